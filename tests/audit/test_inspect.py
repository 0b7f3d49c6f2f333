"""A record in the terminal and as a picture: the mesh lies where the person is, the top view where things stand."""

import io
from dataclasses import replace

import cv2
import media
import numpy as np
import pytest
from rich.console import Console
from samples import BODY, CAMERA, T_WORLD_CAM, floor, record_of, truth_of, walk

from share_data.audit.contact_sheet import overlay_image, overlay_sheet, record_frames
from share_data.audit.inspect import describe, write_sheet
from share_data.audit.top_view import top_view
from share_data.body.overlay import decode_jpeg, overlay_mesh, preview
from share_data.camera import project
from share_data.errors import BodyModelError, CorpusError
from share_data.scan.known_index import keep_index
from share_data.store.hashing import file_sha256
from share_data.store.store import Store
from share_data.video import seek
from share_data.video.decode import decode
from share_data.video.index import IndexBuilder
from share_data.video.tally import Tally

MOTION = walk()
RECORD = record_of(MOTION)
GREY = np.full((CAMERA.height, CAMERA.width, 3), 120, np.uint8)


def shown(record) -> str:
    console = Console(width=120, file=io.StringIO())
    console.print(describe(record))
    return console.file.getvalue()


def changed(image: np.ndarray, background: np.ndarray = GREY) -> np.ndarray:
    """(N, 2) column, row of the pixels that are not background any more."""
    return np.argwhere((image != background).any(axis=-1))[:, ::-1]


@pytest.mark.parametrize(("source", "notes"), [("recipe", []), ("default", ["a guess"]), ("lens", ["10 to 20 % more"])])
def test_a_focal_says_who_told_it_and_what_that_is_worth(source: str, notes: list[str]) -> None:
    told = " ".join(shown(replace(RECORD, metadata={**RECORD.metadata, "focal_source": source})).split())
    assert f"from: {source}" in told
    assert [note for note in ("a guess", "10 to 20 % more") if note in told] == notes


def test_a_camera_says_how_it_is_held_and_who_told_it() -> None:
    scores = {**RECORD.metadata["scores"], "pitch_source": 1.0, "roll_source": 3.0, "height_source": 0.0}
    told = " ".join(shown(replace(RECORD, metadata={**RECORD.metadata, "scores": scores})).split())
    for line in ("above the floor, from: person", "down, from: scene", "°, from: recipe"):
        assert line in told
    assert "from: person" not in shown(RECORD), "records of earlier builds do not say"


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """A grey video of the walk's length, and the walk's record stamped with its hash."""
    path = tmp_path_factory.mktemp("video") / "walk.mp4"
    media.write_video(path, [GREY] * len(MOTION["transl"]))
    return path, record_of(MOTION, sha256=file_sha256(path))


def test_the_mesh_covers_exactly_the_person_in_each_frame():
    truth = truth_of(MOTION)
    for frame in (0, 6):
        drawn = changed(overlay_image(RECORD, GREY, frame, BODY))
        pixels = project(truth.vertices[frame], CAMERA)
        np.testing.assert_allclose(drawn.min(axis=0), pixels.min(axis=0), atol=1.5)
        np.testing.assert_allclose(drawn.max(axis=0) + 1, pixels.max(axis=0), atol=1.5)


def test_an_image_of_another_resolution_gets_the_mesh_at_its_own_scale():
    half = changed(overlay_image(RECORD, GREY[::2, ::2].copy(), 3, BODY), GREY[::2, ::2])
    full = changed(overlay_image(RECORD, GREY, 3, BODY))
    np.testing.assert_allclose(half.mean(axis=0) * 2, full.mean(axis=0), atol=1.5)


def test_the_frame_shines_through_the_mesh():
    vertices = truth_of(MOTION).vertices[3]
    dark, bright = (overlay_mesh(np.full_like(GREY, level), vertices, BODY.faces, CAMERA) for level in (0, 255))
    column, row = changed(dark, np.zeros_like(GREY))[0]
    assert 0 < int(bright[row, column, 0]) - int(dark[row, column, 0]) < 255


def test_a_mesh_behind_the_camera_leaves_the_image_alone():
    behind = truth_of(MOTION).vertices[0] - np.array([0, 0, 8], np.float32)
    np.testing.assert_array_equal(overlay_mesh(GREY, behind, BODY.faces, CAMERA), GREY)


def test_previews_are_small_and_the_same_every_time():
    vertices, image = truth_of(MOTION).vertices[0], np.full((1280, 960, 3), 90, np.uint8)
    first, second = (preview(image, vertices, BODY.faces, CAMERA) for _ in range(2))
    assert first == second
    assert decode_jpeg(first).shape == (512, 384, 3)
    assert decode_jpeg(preview(GREY, vertices, BODY.faces, CAMERA)).shape == GREY.shape


def test_a_scene_that_is_absurdly_large_is_drawn_without_a_line_a_metre():
    far = np.float32([[0, 0, 0], [1e9, 2e9, 0]])
    assert top_view(far, np.zeros((2, 3), np.uint8), far, T_WORLD_CAM, CAMERA, 90).shape[0] == 90


def test_from_above_things_lie_where_they_are():
    scene = replace(floor(), colors=np.full_like(floor().colors, 200))
    pelvis = np.array([[-1.0, 2, 1], [1.0, 2, 1]])
    empty = top_view(scene.points, scene.colors, pelvis[:1], T_WORLD_CAM, CAMERA, 700)
    walked = top_view(scene.points, scene.colors, pelvis, T_WORLD_CAM, CAMERA, 700)
    path = changed(walked, empty)
    # About 100 pixels a metre: the view runs from -0.5 m to 6.4 m in depth, +y upwards, x = 0 in the middle.
    assert path[:, 1].mean() == pytest.approx(700 - 250, abs=8)
    assert path[:, 0].max() - walked.shape[1] / 2 == pytest.approx(100, abs=12)


def test_a_ceiling_hides_nothing():
    scene = floor()
    ceiling = np.concatenate([scene.points, scene.points + np.array([0, 0, 2.5], np.float32)])
    colors = np.concatenate([scene.colors, np.zeros_like(scene.colors)])
    pelvis = RECORD.arrays["joints"][:, 0]
    np.testing.assert_array_equal(
        top_view(ceiling, colors, pelvis, T_WORLD_CAM, CAMERA),
        top_view(scene.points, scene.colors, pelvis, T_WORLD_CAM, CAMERA),
    )


def test_a_record_without_scene_points_has_a_plan():
    nothing = np.zeros((0, 3), np.float32)
    plan = top_view(nothing, nothing.astype(np.uint8), RECORD.arrays["joints"][:, 0], T_WORLD_CAM, CAMERA, 300)
    assert plan.shape[0] == 300


def test_the_sheet_shows_the_frames_asked_for(video):
    path, record = video
    one, two, default = (overlay_sheet(record, path, frames) for frames in ([1], [1, 5], None))
    assert two.shape[1] > one.shape[1]
    assert two.shape[0] == one.shape[0] < default.shape[0], "three frames fill a row, the top view goes below"


def test_the_mesh_is_drawn_on_frames_turned_back_as_those_it_was_made_from(video):
    path, record = video
    filmed = record_frames(record, path)
    aside = np.tile(np.array([[1, 0, 3], [0, 1, 0], [0, 0, 1]], np.float32), (len(filmed), 1, 1))
    turned = record_frames(replace(record, arrays=record.arrays | {"stabilising": aside}), path)
    before, after = filmed.read([2])[0], turned.read([2])[0]
    np.testing.assert_array_equal(after[:, 3:], before[:, :-3])
    np.testing.assert_array_equal(after[:, :3], before[:, [0, 0, 0]])


def test_frames_of_a_video_that_was_gone_through_here_are_sought_and_are_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    passed, builder = [], IndexBuilder()
    path = media.write_video(
        tmp_path / "v.mp4", media.moving_square(60, CAMERA.width, CAMERA.height), options={"g": "10"}
    )
    record = record_of(MOTION, start=50, sha256=file_sha256(path))
    from_the_beginning = record_frames(record, path).read([1, 4])
    for decoded in decode(path, Tally()):
        builder.add(decoded)
    keep_index(Store(tmp_path / "cache"), file_sha256(path), None, builder.done())
    monkeypatch.setattr(seek, "decode", lambda *args: (passed.append(each) or each for each in decode(*args)))
    np.testing.assert_array_equal(record_frames(record, path).read([1, 4]), from_the_beginning)
    assert len(passed) <= 10


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_the_sheet_is_written_as_an_image(suffix, tmp_path):
    target = tmp_path / "new" / f"look{suffix}"
    write_sheet(RECORD, target)
    assert cv2.imread(str(target)).shape == overlay_sheet(RECORD).shape


def test_another_file_ending_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"\.png, \.jpg"):
        write_sheet(RECORD, tmp_path / "look.tiff")


def test_another_video_is_refused(video, tmp_path):
    _, record = video
    (tmp_path / "other.mp4").write_bytes(b"other")
    with pytest.raises(CorpusError, match="is not the video it was made from"):
        overlay_sheet(record, tmp_path / "other.mp4")


def test_a_frame_outside_the_clip_is_refused(video):
    path, record = video
    with pytest.raises(CorpusError, match="numbered 0 to 6, asked for 7"):
        overlay_sheet(record, path, [0, 7])


def test_frames_without_the_video_are_refused():
    with pytest.raises(CorpusError, match="give the video"):
        overlay_sheet(RECORD, frames=[0])


def test_a_record_of_the_users_own_body_asks_for_it(video):
    path, record = video
    stamp = {"name": "smpl", "gender": "male", "sha256": "1" * 64, "licence": "theirs"}
    own = replace(record, metadata=record.metadata | {"body": stamp})
    with pytest.raises(BodyModelError, match="pass it as `body`"):
        overlay_sheet(own, path)
    assert overlay_sheet(own, path, [0], BODY).ndim == 3
    assert "needs the body model" in shown(own)


def test_the_description_tells_provenance_geometry_and_trust():
    text = shown(record_of(MOTION, initial_error=(0, 0, 0.5)))
    for expected in (
        "CC0-1.0 (redistributable)",
        "activity=walk",
        "7 (0 to 6 of the video)",
        "30.000 per second",
        "200.0 px (61.9° across), from: recipe",
        "1.20 m above the floor",
        f"{BODY.height(np.zeros(10)):.2f} m",
        "moved by 0.50 m on average",
        "0, 6",
        "60000 from several keyframes, 50 from keyframe 1",
        "net.onnx sha256 aaaaaaaaaaaa",
        "stride=2",
        "foot_skate_m",
        "not a depth network",
    ):
        assert expected in text, expected


def test_times_that_the_recipe_corrected_are_said_to_be():
    corrected = replace(RECORD, metadata=RECORD.metadata | {"time_scale": 1.25})
    assert "a second of the file being 1.25" in shown(corrected)
    assert "a second of the file" not in shown(RECORD)


def test_hostile_titles_are_shown_as_text():
    record = replace(RECORD, metadata=RECORD.metadata | {"title": "[red]walk[/red]"})
    assert "[red]walk[/red]" in shown(record)
