"""Which of a video's files is fetched."""

from typing import Any

import pytest
from youtube_stub import media_format

from share_data.sources.youtube.errors import BadMediaError
from share_data.sources.youtube.formats import choose


def _file(name: str, width: int, height: int, **changes: Any) -> dict[str, Any]:
    return media_format("/x", 1, format_id=name, width=width, height=height, protocol="https", **changes)


SD, HD = _file("135", 854, 480), _file("137", 1920, 1080)


def test_the_largest_within_the_cap() -> None:
    files = [_file("160", 256, 144), _file("271", 2560, 1440, vcodec="vp9"), HD, SD]
    assert choose(files, 1080) is HD
    assert choose(files, 1440)["format_id"] == "271"
    assert choose(files, 720) is SD


def test_the_cap_is_on_the_short_side_of_an_upright_video() -> None:
    files = [_file("137", 1080, 1920), _file("313", 2160, 3840, vcodec="vp9")]
    assert choose(files, 1080)["format_id"] == "137"


def test_upscaled_pixels_are_no_pixels() -> None:
    """As YouTube serves old videos: true pixels to 240p, "super resolution" above."""
    true = _file("242", 320, 240, vcodec="vp9")
    upscaled = [
        _file("244-sr", 640, 480, vcodec="vp9", format_note="480p, AI-upscaled"),
        _file("397", 640, 480, vcodec="av01.0.04M.08", format_note="480p, AI-upscaled, webm_dash"),
        _file("96", 640, 480, url="https://host/xtags/sr%3D1/index.m3u8"),
    ]
    assert choose([*upscaled, true], 1080) is true


def test_a_crop_for_telephones_is_not_the_whole_picture() -> None:
    files = [_file("1", 1080, 1920), _file("2", 608, 1080), SD, HD, _file("160", 256, 144)]
    assert choose(files, 1080) is HD
    assert choose([_file("1", 1080, 1920), HD], 1080) is HD


def test_small_sizes_are_rounded_and_not_cropped() -> None:
    files = [_file("160", 256, 110), _file("133", 426, 182), _file("134", 640, 272)]
    assert choose(files, 1080)["format_id"] == "134"


@pytest.mark.parametrize(
    "changes",
    [
        {"format_note": "1080p, equi"},
        {"format_note": "1080p, mesh"},
        {"format_note": "DAMAGED"},
        {"dynamic_range": "HDR10"},
        {"stretched_ratio": 1.5},
        {"format_note": "1080p (Last 2 hours)"},
    ],
)
def test_what_a_pinhole_camera_does_not_see_is_passed_over(changes: dict[str, Any]) -> None:
    assert choose([_file("337", 1920, 1080, **changes), SD], 1080) is SD


def test_of_equal_size_without_sound_then_by_plain_http_then_by_codec() -> None:
    with_sound = _file("22", 1920, 1080, acodec="mp4a.40.2")
    segments = HD | {"format_id": "137-dash", "protocol": "http_dash_segments"}
    vp9, av1 = (HD | {"format_id": f"{codec}", "vcodec": codec, "tbr": 9000} for codec in ("vp9", "av01.0.08M.08"))
    for files in ([with_sound, segments], [segments, av1], [av1, vp9], [vp9, HD]):
        assert choose(files, 1080) is choose(files[::-1], 1080) is files[1]


def test_sound_is_taken_where_there_is_nothing_without() -> None:
    audio = {"format_id": "140", "vcodec": "none", "acodec": "mp4a.40.2"}
    storyboard = {"format_id": "sb0", "vcodec": "none", "acodec": "none", "width": 160, "height": 90}
    assert choose([audio, storyboard, _file("18", 640, 360, acodec="mp4a.40.2")], 1080)["format_id"] == "18"


def test_what_was_passed_over_is_counted() -> None:
    files = [_file("1", 1920, 1080, format_note="AI-upscaled"), _file("2", 2560, 1440), _file("3", 1440, 2560)]
    told = r"none of its 3 files is fit for measuring \(1 above 1080 pixels, 1 cropped, 1 upscaled\)"
    with pytest.raises(BadMediaError, match=told):
        choose(files, 1080)
    with pytest.raises(BadMediaError, match=r"0 files .*no picture"):
        choose([{"format_id": "140", "vcodec": "none"}], 1080)
