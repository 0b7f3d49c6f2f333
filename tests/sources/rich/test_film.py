"""What the RICH source makes of image folders: one straightened video a camera, its times, its bytes, its refusals."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import rich_tree
from media import texture, truncated
from numpy.typing import NDArray
from rich_source import LUNGE, only, source, videos
from rich_tree import grey_of, greys

from share_data.camera import Intrinsics, project
from share_data.errors import SourceError, VideoError
from share_data.records import Video
from share_data.sources.rich.calibration import read_calibration
from share_data.video.frames import iterate, probe
from share_data.video.picture import Image

VIEW = f"{LUNGE}/cam_01"
Points = NDArray[np.float64]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    rich_tree.write_calibrations(tmp_path / "rich", ["Gym"])
    return tmp_path / "rich"


def fetched(tree: Path, **fields: object) -> Path:
    """The film of the only video listed; images of the tests' size are reduced once more, for speed."""
    fields = {"downscale": 16} | fields
    return source(tree, **fields).fetch(only(tree, **fields), tree.parent / "films")


def decoded(path: Path) -> tuple[list[float], list[Image]]:
    pairs = list(iterate(path))
    return [time for time, _ in pairs], [image for _, image in pairs]


def difference(one: Image, other: Image) -> float:
    """Mean over the pixels, in grey levels: colour is stored at half the resolution."""
    return float(np.abs(one.mean(axis=2) - other.mean(axis=2)).mean())


# The lens


def spread(seed: int = 0) -> Points:
    """(40, 3) metres, frame of camera 1: points all over its picture, 3 to 8 m away."""
    rng = np.random.default_rng(seed)
    depth = rng.uniform(3, 8, 40)
    return np.column_stack([rng.uniform(-0.5, 0.5, 40) * depth, rng.uniform(-0.36, 0.36, 40) * depth, depth])


def dots(pixels: Points, size: tuple[int, int], radius: float) -> Image:
    """White dots on black, with soft edges, centred at pixels (N, 2): the centre of the first pixel is (0, 0)."""
    picture = np.zeros((size[1], size[0]), np.float32)
    for u, v in pixels:
        left, top = max(0, int(u - 4 * radius)), max(0, int(v - 4 * radius))
        y, x = np.mgrid[top : min(size[1], int(v + 4 * radius)), left : min(size[0], int(u + 4 * radius))]
        picture[y, x] += np.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * radius**2))
    return np.repeat((240 * np.clip(picture, 0, 1)).astype(np.uint8)[..., None], 3, axis=2)


def centroid(picture: Image, near: Points) -> Points:
    """(2,) pixels (first centre at 0.5): where the dot is that is expected `near`."""
    left, top = (near - 7).round().astype(int)
    y, x = np.mgrid[top : top + 15, left : left + 15]
    weight = np.clip(picture[y, x].mean(axis=2) - 30, 0, None)
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum() + 0.5


def apart(pixels: Points, size: tuple[int, int]) -> list[int]:
    """Those that lie at least 8 pixels inside the picture and 18 from every other."""
    inside = ((pixels > 8) & (pixels < np.array(size) - 8)).all(axis=1)
    far = np.linalg.norm(pixels[:, None] - pixels[None], axis=2) + 1e3 * np.eye(len(pixels))
    return [int(k) for k in np.flatnonzero(inside & (far.min(axis=1) > 18))]


@pytest.mark.parametrize(
    ("size", "downscale", "folder"),
    [
        ((4112, 3008), 4, "images"),
        ((1028, 752), 4, "images_ds4"),
        ((1028, 752), 5, "images"),
        ((2056, 1504), 4, "images"),
    ],
)
@pytest.mark.parametrize("distortion", [(-0.12, 0.08, 0.002, -0.003, 0.01), (0.09, 0.02), (0.0, 0.0, 0.0, 0.0)])
def test_known_points_lie_where_an_ideal_pinhole_sees_them(
    tree: Path, size: tuple[int, int], downscale: int, folder: str, distortion: tuple[float, ...]
) -> None:
    rich_tree.write_calibration(tree, "Gym", 1, 3580.0, (1951.0, 1467.5), distortion)
    calibration = read_calibration(tree / "scan_calibration" / "Gym" / "calibration" / "001.xml")
    points = spread()
    seen, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), calibration.matrix, calibration.distortion)
    scale = size[0] / 4112
    picture = dots((seen[:, 0] + 0.5) * scale - 0.5, size, 1.5 * downscale * scale)
    rich_tree.write_images(tree, VIEW, {1: picture}, "bmp", folder)
    video = only(tree, downscale=downscale)
    _, (straight,) = decoded(fetched(tree, downscale=downscale))
    height, width = straight.shape[:2]
    assert video.focal_px == 3580.0 / downscale
    ideal = project(points, Intrinsics.centred(video.focal_px, width, height))
    judged = apart(ideal, (width, height))
    errors = [np.linalg.norm(centroid(straight, ideal[k]) - ideal[k]) for k in judged]
    assert len(errors) >= 12 and max(errors) < 0.3, errors


def test_the_picture_ends_where_the_nearer_border_ends(tree: Path) -> None:
    """The principal point of this lens is 104 of 4112 pixels left of the centre: 208 are lost at the right."""
    rich_tree.write_calibration(tree, "Gym", 1, 3580.0, (1951.5, 1503.5), (0, 0, 0, 0))
    picture = texture(*rich_tree.SIZE)
    rich_tree.write_images(tree, VIEW, {1: picture})
    _, (straight,) = decoded(fetched(tree, downscale=8))
    assert straight.shape == (376, 488, 3)
    assert difference(straight, picture[:, :488]) < 3


def test_an_upright_camera(tree: Path) -> None:
    rich_tree.write_calibration(tree, "Gym", 1, 4646.0, (1503.5, 2055.5), (0, 0))
    rich_tree.write_images(tree, VIEW, {1: texture(376, 514)})
    _, (straight,) = decoded(fetched(tree, downscale=8))
    assert straight.shape == (514, 376, 3)


def test_fine_stripes_come_out_grey_not_as_waves(tree: Path) -> None:
    """Every second column white: sampled without an average over the area, that would alias."""
    stripes = np.zeros((752, 1028, 3), np.uint8)
    stripes[:, ::2] = 200
    rich_tree.write_images(tree, VIEW, {1: stripes})
    _, (straight,) = decoded(fetched(tree, downscale=16))
    assert straight.std() < 6 and abs(straight.mean() - 100) < 3


def test_the_moving_camera_has_no_calibration_and_keeps_its_lens(tree: Path) -> None:
    picture = texture(*rich_tree.SIZE)
    rich_tree.write_images(tree, "test/Gym_011_cooking1/cam_10", {1: picture, 2: picture})
    assert only(tree).focal_px is None
    _, images = decoded(fetched(tree, downscale=16))
    small = cv2.resize(picture, (256, 188), interpolation=cv2.INTER_AREA)
    assert len(images) == 2 and difference(images[0], small) < 3


# Time


@pytest.mark.parametrize("suffix", ["bmp", "png", "jpg", "jpeg"])
def test_frame_numbers_are_times_and_a_missing_one_is_a_gap(tree: Path, suffix: str) -> None:
    numbers = [7, 8, 9, 12, 13, 20]
    rich_tree.write_images(tree, VIEW, greys(numbers), suffix)
    times, images = decoded(fetched(tree))
    assert [grey_of(image) for image in images] == numbers
    np.testing.assert_allclose(times, (np.array(numbers) - 7) / 30, atol=1e-9)


def test_of_two_images_of_one_frame_the_lossless_one_is_taken(tree: Path) -> None:
    rich_tree.write_images(tree, VIEW, greys([1, 2, 3]), "jpg")
    rich_tree.write_images(tree, VIEW, {2: greys([30])[30]}, "bmp")
    _, images = decoded(fetched(tree))
    assert [grey_of(image) for image in images] == [1, 30, 3]


def test_released_images_come_before_reduced_copies(tree: Path) -> None:
    rich_tree.write_images(tree, VIEW, greys([1, 2]), folder="images")
    rich_tree.write_images(tree, VIEW, greys([5, 6, 7], (1028, 752)), "jpeg", "images_ds4")
    _, images = decoded(fetched(tree))
    assert [grey_of(image) for image in images] == [1, 2]


# The file


def test_the_same_images_give_the_same_bytes_under_the_same_name(tree: Path, tmp_path: Path) -> None:
    rich_tree.write_images(tree, VIEW, {number: texture(*rich_tree.SIZE, seed=number) for number in range(1, 9)})
    video = only(tree, downscale=8)
    first = source(tree, downscale=8).fetch(video, tmp_path / "one")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    second = source(tree, downscale=8).fetch(video, tmp_path / "two")
    cv2.setNumThreads(threads)
    assert first.name == second.name and first.read_bytes() == second.read_bytes()
    assert probe(first).codec == "h264"
    assert [path.name for path in first.parent.iterdir()] == [first.name]
    assert first.name.startswith("Gym_010_lunge1_cam01-") and first.suffix == ".mp4"


def test_a_film_that_is_there_is_held_and_not_made_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rich_tree.write_images(tree, VIEW, greys([1, 2, 3]))
    video, place = only(tree, downscale=16), tree.parent / "films"
    assert source(tree, downscale=16).held(video, place) is None
    film = fetched(tree)
    monkeypatch.setattr("share_data.sources.rich.film.Film.write", lambda *_: pytest.fail("made again"))
    assert fetched(tree) == source(tree, downscale=16).held(video, place) == film
    (tree / "scan_calibration" / "Gym" / "calibration" / "001.xml").unlink()
    assert source(tree, downscale=16).held(video, place) is None


def test_images_scale_and_lens_are_in_the_name(tree: Path) -> None:
    rich_tree.write_images(tree, VIEW, greys([1, 2, 3]))
    films = [fetched(tree), fetched(tree, downscale=8)]
    rich_tree.write_images(tree, VIEW, greys([4]))
    films.append(fetched(tree))
    rich_tree.write_calibration(tree, "Gym", 1, 3000.0)
    films.append(fetched(tree))
    assert len(set(films)) == 4


# Damage


@pytest.mark.parametrize("suffix", ["bmp", "png", "jpeg"])
def test_a_damaged_image_is_a_gap_in_time(tree: Path, suffix: str) -> None:
    folder = rich_tree.write_images(tree, VIEW, {n: texture(*rich_tree.SIZE, seed=n) for n in range(1, 11)}, suffix)
    truncated(folder / f"00004_01.{suffix}", 0.6)
    times, _ = decoded(fetched(tree))
    np.testing.assert_allclose(times, np.array([0, 1, 2, 4, 5, 6, 7, 8, 9]) / 30, atol=1e-9)


def test_a_first_image_that_is_damaged_does_not_shift_the_others(tree: Path) -> None:
    folder = rich_tree.write_images(tree, VIEW, greys(range(1, 11)))
    (folder / "00001_01.png").write_bytes(b"")
    times, images = decoded(fetched(tree))
    assert grey_of(images[0]) == 2
    np.testing.assert_allclose(times, np.arange(1, 10) / 30, atol=1e-9)


def test_more_than_a_tenth_damaged_is_an_error_that_counts_them(tree: Path) -> None:
    folder = rich_tree.write_images(tree, VIEW, greys(range(1, 11)))
    for number in (3, 8):
        truncated(folder / f"{number:05d}_01.png", 0.5)
    with pytest.raises(VideoError, match=r"cam01: 2 of 10 images are damaged \(at most 10%.*first is 00003_01\.png"):
        fetched(tree)
    assert list((tree.parent / "films").iterdir()) == []
    (folder / "00003_01.png").unlink()
    (folder / "00003_01.png").symlink_to(tree / "nowhere")
    with pytest.raises(VideoError, match="2 of 10 images are damaged"):
        fetched(tree)


def test_images_of_two_sizes_are_an_error(tree: Path) -> None:
    rich_tree.write_images(tree, VIEW, greys([1, 2]))
    rich_tree.write_images(tree, VIEW, greys([3], (1028, 752)))
    with pytest.raises(VideoError, match=r"00003_01\.png is 1028 x 752, the images before it are 514 x 376"):
        fetched(tree)


@pytest.mark.parametrize(
    ("size", "downscale", "said"),
    [
        ((500, 376), 16, r"its images are 500 x 376; RICH's are 4112 x 3008.*uncropped"),
        ((514, 376), 4, r"514 x 376, too small for downscale 4\. Set `downscale` to 8"),
        ((376, 514), 16, r"principal point at 69%, 36% of the image\) does not fit images of 3008 x 4112"),
    ],
)
def test_images_that_do_not_fit_the_calibration(tree: Path, size: tuple[int, int], downscale: int, said: str) -> None:
    rich_tree.write_images(tree, VIEW, greys([1], size))
    with pytest.raises(SourceError, match=f"rich/Gym_010_lunge1_cam01: .*{said}"):
        fetched(tree, downscale=downscale)


def test_a_lens_that_leaves_too_little_of_the_picture_is_refused(tree: Path) -> None:
    rich_tree.write_calibration(tree, "Gym", 1, 3580.0, distortion=(3.0, 0.0))
    rich_tree.write_images(tree, VIEW, greys([1]))
    with pytest.raises(SourceError, match="does not fit images of 4112 x 3008"):
        fetched(tree)


def test_a_missing_calibration_is_named_with_its_archive(tree: Path) -> None:
    (tree / "scan_calibration" / "Gym" / "calibration" / "001.xml").unlink()
    rich_tree.write_images(tree, VIEW, greys([1]))
    assert only(tree).focal_px is None
    with pytest.raises(SourceError, match=r"Gym/calibration/001\.xml: cannot be read.*scan_calibration archive"):
        fetched(tree)


@pytest.mark.parametrize(
    "uri",
    [
        "rich:test/../cam_01",
        "rich:test/Gym_010_lunge1/../../cam_01",
        "rich:evil/Gym_010_lunge1/cam_01",
        "rich:test/Gym_010_lunge1/cam_01#batch07",
        "file:/etc/passwd",
    ],
)
def test_a_uri_that_names_no_video_chooses_no_path(tree: Path, uri: str) -> None:
    with pytest.raises(SourceError, match="names no video of RICH"):
        source(tree).fetch(Video("rich", "x", uri), tree)


# The published clips


@pytest.fixture
def batch(tree: Path) -> Path:
    """Images of frames 1 to 104 of camera 1, and bodies of 1 to 102 but 51: the clip is frames 1 to 101 without it."""
    rich_tree.write_images(tree, VIEW, {number: greys([number % 50])[number % 50] for number in range(1, 105)})
    rich_tree.write_bodies(tree, "Gym_010_lunge1", 102)
    bodies = tree / "bodies" / "test" / "Gym_010_lunge1" / "00051"
    (bodies / "010.pkl").unlink()
    bodies.rmdir()
    return tree


def published(tree: Path) -> Path:
    fields = {"selection": "published", "downscale": 16}
    return source(tree, **fields).fetch(videos(tree, **fields)[0], tree.parent / "films")


def test_a_published_clip_is_its_hundred_body_frames(batch: Path) -> None:
    numbers = np.array([n for n in range(1, 102) if n != 51])
    times, images = decoded(published(batch))
    assert [grey_of(image) for image in images] == [n % 50 for n in numbers]
    np.testing.assert_allclose(times, (numbers - 1) / 30, atol=1e-9)


def test_a_published_clip_may_lack_no_frame(batch: Path) -> None:
    path = batch / "images" / VIEW / "00060_01.png"
    content = path.read_bytes()
    path.write_bytes(content[:50])
    with pytest.raises(VideoError, match=r"batch00: 1 of 100 images are damaged \(a published clip needs them all\)"):
        published(batch)
    path.unlink()
    with pytest.raises(SourceError, match=r"cam_01 lacks 1 of the clip's 100 images, the first is frame 00060"):
        published(batch)
    path.write_bytes(content)
    for number in (100, 101, 102):
        (batch / "bodies" / "test" / "Gym_010_lunge1" / f"{number:05d}").rename(batch / f"{number}")
    with pytest.raises(SourceError, match=r"bodies/test/Gym_010_lunge1 holds 98 of the clip's 100 frames"):
        published(batch)
    (batch / "images" / VIEW).rename(batch / "elsewhere")
    with pytest.raises(SourceError, match=r"no images in images/test/Gym_010_lunge1/cam_01 .*Register at https"):
        published(batch)
