"""A build that keeps nothing, and may, says the same each time it is run."""

from pathlib import Path

import light
import pytest

from share_data.build.build import BuildOptions
from share_data.errors import CorpusError

FAULTS = {"every clip fails": {"fault": "raise"}, "every video is rejected": {"flag": "yes"}}


@pytest.mark.parametrize("why", FAULTS)
@pytest.mark.parametrize("options", [BuildOptions("inline"), BuildOptions("inline", retry="")], ids=["again", "retry"])
def test_an_empty_corpus_is_published_again_with_the_same_exit_code(
    tmp_path: Path, why: str, options: BuildOptions
) -> None:
    light.make_videos(tmp_path, 2, **FAULTS[why])
    first = light.light_build(tmp_path)
    files = light.corpus_hashes(tmp_path / "out")
    assert first.records == 0
    for _ in range(2):
        again = light.light_build(tmp_path, options=options)
        assert (again.exit_code, again.records) == (first.exit_code, 0)
        assert light.corpus_hashes(tmp_path / "out") == files


def test_an_empty_folder_is_one_too(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 0)
    codes = [light.light_build(tmp_path).exit_code for _ in range(2)]
    assert codes[0] == codes[1]


def test_what_has_records_still_does_not_give_way_to_nothing(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 2)
    light.light_build(tmp_path)
    files = light.corpus_hashes(tmp_path / "out")
    for video in (tmp_path / "videos").iterdir():
        video.unlink()
    light.make_videos(tmp_path, 2, fault="raise")
    for _ in range(2):
        with pytest.raises(CorpusError, match="nothing was kept and 2 unit"):
            light.light_build(tmp_path)
    assert light.corpus_hashes(tmp_path / "out") == files
