"""Results keep their keys: a build that an older version began is gone on with, nothing stored is computed again.

Where a change gives results other keys on purpose, `python tests/support/half_finished.py FILE` makes the fixture anew.
"""

import shutil
import tarfile
from collections import Counter
from pathlib import Path

import half_finished
import light
import pytest

from share_data.engine.journal import journal_lines

JOURNAL = Path("out/.share-data/journal.jsonl")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The stored build, unpacked."""
    with tarfile.open(half_finished.FILE) as tar:
        tar.extractall(tmp_path / "old", filter="data")
    return tmp_path / "old"


def sent(root: Path) -> Counter[str]:
    """Jobs given to workers, by step."""
    return Counter(event["step"] for _, event in journal_lines(root / JOURNAL) if event["e"] == "sent")


def results(root: Path) -> dict[str, bytes]:
    """Every file of the stage store."""
    cache = root / "cache"
    return {path.relative_to(cache).as_posix(): path.read_bytes() for path in cache.glob("*/*/*.safetensors")}


def test_a_half_finished_build_is_gone_on_with(old: Path, tmp_path: Path) -> None:
    before, kept = sent(old), results(old)
    assert before == {"fetch": 3, "measure": 6, "reconstruct": half_finished.FINISHED}
    assert half_finished.build(old).records == half_finished.CANDIDATES
    left = half_finished.CANDIDATES - half_finished.FINISHED
    # The videos lie at another place than they did: each is looked at once more, and found to be known.
    assert sent(old) - before == Counter(fetch=3, reconstruct=left, pack=3)
    assert kept.items() <= results(old).items()
    half_finished.film(tmp_path / "new")
    half_finished.build(tmp_path / "new")
    assert light.corpus_hashes(old / "out") == light.corpus_hashes(tmp_path / "new" / "out")
    assert results(old) == results(tmp_path / "new")


def test_a_stage_store_is_used_without_the_build_that_filled_it(old: Path) -> None:
    shutil.rmtree(old / "out")
    kept = results(old)
    assert half_finished.build(old).records == half_finished.CANDIDATES
    computed = Counter(name.partition("/")[0] for name in results(old).keys() - kept.keys())
    left = half_finished.CANDIDATES - half_finished.FINISHED
    assert computed == Counter(dict.fromkeys(("focal", "humans", "geometry", "reconstruct"), left))
    assert kept.items() <= results(old).items()
