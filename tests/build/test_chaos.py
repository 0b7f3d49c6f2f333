"""Nothing is lost, repeated or hidden, and the bytes are the same, whatever is killed and whenever.

`pytest -m chaos` kills at random `--kills` times (default 3); `python tests/support/siege.py 100` prints the table of a
longer siege.
"""

from collections import Counter
from pathlib import Path

import chaos
import pytest
from siege import BAD, PER_FRAME, RAY, events, failed, prepare, shards, siege, undisturbed

from share_data.corpus.validate import validate_corpus

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("ray")]


def test_random_kills_change_no_byte(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    kills = pytestconfig.getoption("--kills")
    good = max(20, kills)
    expected = undisturbed(tmp_path / "calm", good, 0.0)
    prepare(tmp_path / "siege", good, 0.0)
    try:
        siege(tmp_path / "siege", kills, seed=1)
    finally:
        chaos.sweep(tmp_path / "siege")
    assert shards(tmp_path / "siege") == expected
    assert set(failed(tmp_path / "siege")) == set(BAD)
    assert validate_corpus(tmp_path / "siege" / "out") == []
    assert not (tmp_path / "siege" / "out" / ".share-data" / "staging").exists()
    assert list((tmp_path / "siege").rglob("*.tmp")) == []


def test_three_bad_clips_are_quarantined_with_their_causes_and_the_rest_is_kept(tmp_path: Path) -> None:
    expected = undisturbed(tmp_path / "calm", 10, 0.0)
    prepare(tmp_path / "ray", 10, 0.0)
    process = chaos.start(tmp_path / "ray", *RAY, *PER_FRAME)
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 3, errors
    assert out == "", "Ray's own messages stay out of standard output"
    assert shards(tmp_path / "ray") == expected
    causes = {name: (e.stage, e.error_class, e.message) for name, e in failed(tmp_path / "ray").items()}
    assert causes == {
        "bad-kill": (
            "reconstruct",
            "WorkerDied",
            "the worker process died (killed, out of memory, or crashed in native code)",
        ),
        "bad-raise": ("reconstruct", "ValueError", "this clip is bad"),
        "bad-hang": ("reconstruct", "DeadlineExceeded", "not done after 6 s"),
    }
    tried = Counter(e["unit"].split("_")[1].rsplit("-", 1)[0] for e in events(tmp_path / "ray", "failed"))
    assert {name: tried[name] for name in BAD} == {"bad-kill": 3, "bad-raise": 2, "bad-hang": 2}
    done = Counter(e["unit"] for e in events(tmp_path / "ray", "done") if e["step"] == "reconstruct")
    assert len(done) == 20 and set(done.values()) == {1}, "no good clip was done twice"
