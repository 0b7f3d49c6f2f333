"""Container crop: the picture is what the container says is shown, and the lens stays where it was."""

from fractions import Fraction
from pathlib import Path

import av
import boxes
import media
import numpy as np
import pytest

from share_data.video.frames import iterate, probe

SIZE = (160, 128)
SIDES = (40, 20, 10, 4)
"""Left, top, right, bottom."""


def remuxed(path: Path, into: Path) -> Path:
    """The same stream in another container: FFmpeg carries the crop over."""
    with av.open(str(path)) as source, av.open(str(into), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                target.mux(packet)
    return into


def cropped(folder: Path, suffix: str, sides: tuple[int, int, int, int], **options: object) -> tuple[Path, Path]:
    """A whole video, and the same with this much cropped by its container."""
    pictures = [media.texture(*SIZE, seed=seed) for seed in range(3)]
    first = "mov" if suffix == "mov" else "mp4"
    whole = media.write_video(folder / f"whole.{first}", pictures, **options)  # type: ignore[arg-type]
    path = folder / f"cropped.{first}"
    path.write_bytes(whole.read_bytes())
    boxes.add_clean_aperture(path, *sides, size=SIZE)
    return whole, path if suffix == first else remuxed(path, folder / f"cropped.{suffix}")


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_the_picture_is_the_part_that_is_shown(tmp_path: Path, suffix: str) -> None:
    whole, path = cropped(tmp_path, suffix, SIDES)

    shown = [image for _, image in iterate(path)]

    assert len(shown) == 3
    for (_, stored), image in zip(iterate(whole), shown, strict=True):
        assert np.array_equal(image, stored[20:-4, 40:-10])
    info = probe(path)
    assert (info.width, info.height) == (110, 104)
    assert any("cropped" in done for done in info.footage.done)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_pixels_are_made_square_after_cropping(tmp_path: Path, suffix: str) -> None:
    _, path = cropped(tmp_path, suffix, SIDES, aspect=Fraction(4, 3))

    info = probe(path)

    assert (info.width, info.height) == (round(110 * 4 / 3), 104)
    assert info.footage.principal_point == pytest.approx(((80 - 40) * 147 / 110, 64 - 20))


def test_a_track_size_that_is_the_aperture_is_no_squeeze(tmp_path: Path) -> None:
    _, path = cropped(tmp_path, "mp4", (30, 0, 30, 0))
    boxes.set_track_size(path, 100, 128)

    info = probe(path)

    assert (info.width, info.height) == (100, 128)


def test_a_track_size_that_is_not_the_apertures_shape_is_one(tmp_path: Path) -> None:
    _, path = cropped(tmp_path, "mp4", (30, 0, 30, 0))
    boxes.set_track_size(path, 150, 128)

    assert (probe(path).width, probe(path).height) == (150, 128)


@pytest.mark.parametrize(
    ("sides", "middle"),
    [
        ((40, 20, 10, 4), (80 - 40, 64 - 20)),
        ((0, 20, 0, 20), None),
        ((0, 0, 0, 8), None),
        ((0, 0, 0, 32), (80, 64)),
    ],
)
def test_the_principal_point_is_the_middle_of_the_whole_picture(
    tmp_path: Path, sides: tuple[int, int, int, int], middle: tuple[float, float] | None
) -> None:
    """Where rows at the bottom only fill up a codec's blocks, they were never seen by the lens."""
    _, path = cropped(tmp_path, "mp4", sides)

    assert probe(path).footage.principal_point == middle


@pytest.mark.parametrize(
    ("matrix", "middle"),
    [
        ([0, 1, 0, -1, 0, 0], (104 - 44, 40)),
        ([-1, 0, 0, 0, 1, 0], (110 - 40, 44)),
        ([0, 1, 0, 1, 0, 0], (44, 40)),
    ],
)
def test_the_principal_point_turns_with_the_picture(
    tmp_path: Path, matrix: list[int], middle: tuple[float, float]
) -> None:
    nine = [value << 16 for value in matrix] + [0, 0, 1 << 30]
    _, path = cropped(tmp_path, "mp4", SIDES, matrix=nine)

    assert probe(path).footage.principal_point == middle


def test_a_crop_that_leaves_nothing_is_ignored(tmp_path: Path) -> None:
    _, path = cropped(tmp_path, "mp4", (100, 0, 80, 0))

    assert (probe(path).width, probe(path).height) == SIZE
