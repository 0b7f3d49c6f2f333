"""Codecs in containers: every picture at the time it was recorded, or the times are marked as counted."""

from pathlib import Path

import pytest
from containers import CODECS, CONTAINERS, outcome

# What people record with; it may not vanish from the table because a writer changed.
USUAL = {(container, "h264 +B") for container in ("mp4", "mov", "mkv", "avi", "wmv", "mxf", "ts", "m2ts", "3gp")} | {
    ("mp4", "hevc +B"),
    ("webm", "vp9"),
    ("mp4", "av1"),
    ("mpg", "mpeg2 +B"),
    ("avi", "mpeg4 +B"),
    ("avi", "mjpeg"),
    ("mkv", "ffv1"),
    ("gif", "gif"),
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", CODECS)
def test_times_are_the_recorded_ones_or_marked(tmp_path: Path, container: str, name: str) -> None:
    found = outcome(container, name, tmp_path)
    if found is None:
        assert (container, name) not in USUAL
        return
    assert found.right, str(found)
    assert not found.nominal or container == "mpg"
