"""A blend on a tripod: told by the whole shot, cut out by mining, and rejected in whatever window shows it."""

from pathlib import Path

import media
import numpy as np
from square_finder import scanned

from share_data.filters.continuous import Continuous
from share_data.records import Clip, Video
from share_data.scan.events.borders import event_borders
from share_data.scan.observe import observation_of

RATE, BEGINS, ENDS = 15, 40, 48


def film(path: Path) -> Path:
    """Somebody walks; over eight frames he fades to where he would be two seconds later."""
    room = (media.texture(160, 120) * 0.4).astype(np.float64)

    def picture(k: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        image, left = room.copy(), 20 + k
        image[40:100, left : left + 24] = 220
        return image

    images, rng = [], np.random.default_rng(5)
    for k in range(75):
        share = min(max((k - BEGINS) / (ENDS - BEGINS), 0.0), 1.0)
        image = (1 - share) * picture(k) + share * picture(k + 30)
        images.append(np.clip(image + rng.normal(0, 1, image.shape), 0, 255).astype(np.uint8))
    return media.write_video(path, images, fps=RATE, codec="ffv1")


def test_a_blend_is_a_jump_cut_in_every_window_that_shows_it(tmp_path: Path) -> None:
    scan, pictures = scanned(film(tmp_path / "a.mkv"))
    (start, *_, stop) = np.flatnonzero(scan.fades).tolist()
    assert BEGINS - 4 <= start <= BEGINS + 2 and ENDS - 3 <= stop <= ENDS + 3
    video, filter_ = Video(source="local", video_id="v", uri="file:v.mp4"), Continuous()
    for begin, end, reason in ((0, 75, "jump_cut"), (start, stop, "jump_cut"), (0, start, ""), (stop + 1, 75, "")):
        clip = Clip(video, tmp_path, "0" * 64, begin, end, scan.index.times[begin:end], scan.width, scan.height)
        measured = filter_.measure(observation_of(clip, scan, pictures))
        assert filter_.decide(measured, filter_.Config()).reason == reason, (begin, end)
    borders = event_borders(scan, pictures, scan.index.times).tolist()
    assert [border for border in borders if start < border <= stop] == []
    assert any(border <= start for border in borders[1:]) and borders[-1] > stop
