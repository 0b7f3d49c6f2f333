"""The RICH source on a made-up copy: what is listed, under which labels, and what is said when parts are missing."""

from pathlib import Path

import numpy as np
import pytest
import rich_tree
from pydantic import ValidationError
from rich_source import LUNGE, only, source, videos
from rich_tree import clip

from share_data.errors import SourceError
from share_data.ledger.opt_out import OptOut
from share_data.needs import Need
from share_data.records import Video
from share_data.sources.rich.published import published_clips
from share_data.sources.rich.sequences import published_sequences
from share_data.sources.rich.source import RichConfig, RichSource
from share_data.sources.spellings import spellings

BATCH = "Gym_010_lunge1_batch00"
LICENCE = "RICH licence: research only, no redistribution (https://rich.is.tue.mpg.de)"
CREDIT = "RICH: Huang et al., Capturing and Inferring Dense Full-Body Human-Scene Contact, CVPR 2022"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """One sequence seen by four cameras, with calibrations and bodies."""
    root = tmp_path / "rich"
    rich_tree.write_calibrations(root)
    rich_tree.touch_images(root, [f"{LUNGE}/cam_{camera:02d}" for camera in (4, 1, 3, 2)], range(5, 8))
    rich_tree.write_bodies(root, "Gym_010_lunge1", 3)
    return root


# What is listed


def test_a_camera_folder_is_a_video_with_all_that_is_known_of_it(tree: Path) -> None:
    listed = videos(tree)
    assert [video.video_id for video in listed] == [f"Gym_010_lunge1_cam{camera:02d}" for camera in (1, 2, 3, 4)]
    assert listed[2] == Video(
        source="rich",
        video_id="Gym_010_lunge1_cam03",
        uri="rich:test/Gym_010_lunge1/cam_03",
        licence=LICENCE,
        redistributable=False,
        attribution=CREDIT,
        title="Gym_010_lunge1, camera 3",
        labels={
            "id": "Gym_010_lunge1_cam03",
            "dataset": "RICH",
            "split": "test",
            "sequence": "Gym_010_lunge1",
            "scene": "Gym",
            "scan": "scan_camcoord",
            "subject": "010",
            "people": "1",
            "action": "lunge1",
            "camera": "3",
            "view": "fixed",
            "moving_camera": "no",
            "frame_first": "5",
            "frames": "3",
        },
        focal_px=4650 / 4,
        camera="Gym_scan_camcoord_cam03",
    )


def test_the_focal_follows_the_scale(tree: Path) -> None:
    assert [video.focal_px for video in videos(tree, downscale=1)] == list(rich_tree.FOCALS[1:])
    assert [video.focal_px for video in videos(tree, downscale=3)] == [focal / 3 for focal in rich_tree.FOCALS[1:]]


@pytest.mark.parametrize("name", ["Gym", "Gym_chair"])
def test_gravity_comes_from_the_scans_world(tree: Path, name: str) -> None:
    """x_scan = c x R + t with rows x of camera 0: the scan's z axis is the third column of R there."""
    sequence = "Gym_010_lunge1"
    up = np.array([0.1, -0.95, -0.2]) / np.linalg.norm([0.1, -0.95, -0.2])
    across = np.cross(up, [0, 0, 1.0]) / np.linalg.norm(np.cross(up, [0, 0, 1.0]))
    rotation = np.stack([across, np.cross(up, across), up], axis=1)
    rich_tree.write_world(tree, name, rotation)
    given = [video.calibration for video in videos(tree)]
    if name != "Gym":
        assert given == [None] * 4, f"{sequence} was filmed around another scan"
        return
    for camera, calibration in zip((1, 2, 3, 4), given, strict=True):
        assert calibration is not None and calibration.T_world_cam is None
        np.testing.assert_allclose(calibration.gravity, -rich_tree.world_to_camera(camera)[:3, :3] @ up, atol=1e-6)


def test_a_world_whose_up_is_not_up_is_refused(tree: Path) -> None:
    rich_tree.write_world(tree, "Gym", np.eye(3))
    with pytest.raises(SourceError, match="Gym_multicam2world"):
        videos(tree)


def test_archives_may_lie_in_a_folder_called_data(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    tree.rename(tmp_path / "checkout" / "data")
    assert len(videos(tmp_path / "checkout")) == 4


def test_the_splits_have_the_published_sizes(tmp_path: Path) -> None:
    """142 sequences; of the test split's 52 in three scenes, 42 have one person and fixed cameras only: 168 views."""
    (tmp_path / "scan_calibration").mkdir()
    released = [
        f"{each.split}/{each.name}/cam_{camera:02d}" for each in published_sequences().values() for camera in each.views
    ]
    rich_tree.touch_images(tmp_path, released)
    listed = videos(tmp_path, splits=("test", "train", "val"))
    sizes = {}
    for split in ("train", "val", "test"):
        views = [video for video in listed if video.labels["split"] == split]
        sizes[split] = (len({video.labels["sequence"] for video in views}), len(views))
    assert sizes == {"train": (62, 415), "val": (28, 201), "test": (52, 199)}
    assert [video.labels["split"] for video in listed] == ["train"] * 415 + ["val"] * 201 + ["test"] * 199
    test = listed[-199:]
    assert {video.labels["scene"] for video in test} == {"Gym", "LectureHall", "ParkingLot2"}
    moving = {video.labels["sequence"] for video in test if video.labels["moving_camera"] == "yes"}
    pairs = {video.labels["sequence"] for video in test if video.labels["people"] == "2"}
    assert (len(moving), pairs) == (9, {"LectureHall_009_021_reparingprojector1"})
    plain = [video for video in test if video.labels["sequence"] not in moving | pairs]
    assert (len({video.labels["sequence"] for video in plain}), len(plain)) == (42, 168)
    assert all(len(video.video_id) <= 40 for video in listed) and len({video.video_id for video in listed}) == 815


def test_two_people_and_the_moving_camera_are_listed_and_labelled(tree: Path) -> None:
    pair, cooking = "test/LectureHall_009_021_reparingprojector1/cam_03", "test/Gym_011_cooking1/cam_10"
    rich_tree.touch_images(tree, [pair, cooking])
    *_, moving, two = videos(tree)
    assert two.labels["subject"] == "009 021" and two.labels["people"] == "2"
    assert two.video_id == "LectureHall_009_021_repar-157151f3_cam03"
    assert (moving.labels["view"], moving.labels["moving_camera"]) == ("moving", "yes")
    assert (moving.focal_px, moving.camera) == (None, "")


def test_a_second_body_counts_as_a_second_person(tree: Path) -> None:
    (tree / "bodies" / "test" / "Gym_010_lunge1" / "00001" / "021.pkl").touch()
    assert {video.labels["people"] for video in videos(tree)} == {"2"}


def test_furniture_was_moved_between_scans_so_they_are_not_one_background(tree: Path) -> None:
    rich_tree.touch_images(tree, ["test/Gym_010_cooking1/cam_03", "test/Gym_013_dips1/cam_03"])
    cameras = {video.labels["sequence"]: video.camera for video in videos(tree, cameras=(3,))}
    assert cameras == {
        "Gym_010_cooking1": "Gym_scan_table_camcoord_cam03",
        "Gym_010_lunge1": "Gym_scan_camcoord_cam03",
        "Gym_013_dips1": "Gym_scan_camcoord_cam03",
    }


def test_a_sequence_of_your_own_is_listed_without_what_only_tables_tell(tree: Path) -> None:
    rich_tree.touch_images(tree, ["test/Attic_007_knitting/cam_00"])
    video = only(tree, sequences=("Attic*",))
    assert (video.labels["scene"], video.labels["subject"], video.labels["action"]) == ("Attic", "007", "knitting")
    assert not {"scan", "moving_camera"} & video.labels.keys()
    assert (video.focal_px, video.camera) == (None, "")


def test_what_is_no_sequence_camera_or_image_is_passed_over(tree: Path) -> None:
    before = videos(tree)
    rich_tree.touch_images(tree, ["test/notes/cam_00", f"{LUNGE}/cam_x1", f"{LUNGE}/previews"])
    for name in ("thumbs.db", "00009_02.png", "00009_01.txt", "9_01.png", "00010_01.PNG"):
        (tree / "images" / LUNGE / "cam_01" / name).touch()
    assert videos(tree) == before


def test_globs_and_cameras_narrow_the_choice(tree: Path) -> None:
    rich_tree.touch_images(tree, ["test/Gym_013_dips1/cam_03", "test/ParkingLot2_009_spray1/cam_03"])
    chosen = videos(tree, sequences=("*_dips?", "Park*"))
    assert [video.video_id for video in chosen] == ["Gym_013_dips1_cam03", "ParkingLot2_009_spray1_cam03"]
    assert [video.video_id for video in videos(tree, sequences=("Gym_010*",), cameras=(4, 1))] == [
        "Gym_010_lunge1_cam01",
        "Gym_010_lunge1_cam04",
    ]


# The published selection


def test_the_published_selection_is_the_33_clips_whatever_lies_there(tree: Path) -> None:
    listed = videos(tree, selection="published")
    assert [(video.labels["sequence"], video.labels["batch"]) for video in listed] == [
        (known.sequence, f"{known.batch:02d}") for known in published_clips()
    ]
    assert len({video.video_id for video in listed}) == 33 and max(len(video.video_id) for video in listed) == 40
    lunge, fence = listed[0], listed[-1]
    assert (lunge.video_id, lunge.uri) == ("Gym_010_lunge1_cam01_batch00", f"rich:{LUNGE}/cam_01#batch00")
    assert (lunge.labels["frame_first"], lunge.labels["frames"], lunge.labels["camera"]) == ("1", "3", "1")
    assert fence.labels["moving_camera"] == "yes", (
        "SHARE took a fixed view of a sequence that a moving camera filmed too"
    )
    assert fence.labels["view"] == "fixed" and "frames" not in fence.labels


@pytest.mark.parametrize("name", ["Gym_011_dips3_cam03", "rich/Gym_011_dips3_cam03", "rich:test/Gym_011_dips3/cam_03"])
def test_who_opts_out_of_a_view_opts_out_of_its_batches(tree: Path, name: str) -> None:
    rules = OptOut.of([f"id:{name}"], spellings())
    named = [video.video_id for video in videos(tree, selection="published") if rules.names(video)]
    assert named == [f"Gym_011_dips3_cam03_batch0{batch}" for batch in (0, 1, 2)]
    rules = OptOut.of(["id:Gym_011_dips3_cam03_batch01"], spellings())
    assert sum(bool(rules.names(video)) for video in videos(tree, selection="published")) == 1


def test_a_part_of_the_published_selection(tree: Path) -> None:
    listed = videos(tree, selection="published", sequences=("Gym_01[13]*",))
    assert [video.video_id for video in listed] == [
        *(f"Gym_011_dips3_cam03_batch0{batch}" for batch in (0, 1, 2)),
        *(f"Gym_013_burpee4_cam00_batch0{batch}" for batch in (0, 2)),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"selection": "published", "splits": ("train",)},
        {"splits": ()},
        {"splits": ("evaluation",)},
        {"downscale": 0},
        {"root": ""},
        {"camera": (1,)},
    ],
)
def test_configurations_that_make_no_sense_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RichConfig.model_validate({"root": ".", **fields})


# Parts that are missing


def test_a_copy_without_calibrations_is_refused_with_what_to_get(tmp_path: Path) -> None:
    rich_tree.touch_images(tmp_path, [f"{LUNGE}/cam_01"])
    with pytest.raises(
        SourceError, match=r"nor its folder data holds scan_calibration.*https://rich\.is\.tue\.mpg\.de"
    ):
        videos(tmp_path)
    with pytest.raises(SourceError, match="there is no such folder"):
        videos(tmp_path / "nowhere")


def test_a_split_without_images_says_what_was_expected_and_found(tree: Path) -> None:
    with pytest.raises(SourceError) as caught:
        videos(tree, splits=("val",))
    assert "Expected images/val or images_ds4/val to hold SEQUENCE/cam_00/00001_00.{bmp,png,jpg,jpeg}" in str(
        caught.value
    )
    assert "found bodies, images, scan_calibration. Register at https://rich.is.tue.mpg.de" in str(caught.value)


def test_a_filter_that_matches_nothing_says_what_there_is(tree: Path) -> None:
    with pytest.raises(
        SourceError, match=r"no video of sequences \['gym'\] and cameras \[\] .* of test below .*Check `sequences`"
    ):
        videos(tree, sequences=("gym",))


def test_needs_say_how_much_of_it_is_there(tree: Path, tmp_path: Path) -> None:
    calibrations, images = RichSource.needs(RichConfig(root=str(tree)))
    assert calibrations == Need("RICH calibrations", True, f"{tree}: Gym, LectureHall, ParkingLot2")
    detail = f"{tree}: 1 of 52 released sequences, 4 of 199 camera folders"
    assert images == Need("RICH images, test", True, detail)
    (_, train, test) = RichSource.needs(RichConfig(root=str(tree), splits=("train", "test")))
    assert (train.met, test.met) == (False, True)
    assert (
        train.remedy == f"Register at https://rich.is.tue.mpg.de, download images of train, and extract it into {tree}"
    )
    nothing = RichSource.needs(RichConfig(root=str(tmp_path / "nowhere")))
    assert [need.met for need in nothing] == [False, False]
    assert "no such folder" in nothing[0].detail and "scan_calibration" in nothing[0].remedy


def test_the_published_clips_need_images_and_bodies_of_all_33(tree: Path) -> None:
    _, images, bodies = RichSource.needs(RichConfig(root=str(tree), selection="published"))
    assert not images.met and images.detail.startswith(
        f"{tree}: images for 3 of 33 clips, not for Gym_010_mountainclimber2, "
    )
    assert not bodies.met and bodies.detail.startswith(f"{tree}: bodies for 0 of 33 clips, not for Gym_010_lunge1, ")
    _, images, _ = RichSource.needs(RichConfig(root=str(tree), selection="published", sequences=("Gym_010_lunge1",)))
    assert images == Need("RICH images, published clips", True, f"{tree}: images for 3 of 3 clips")
    assert bodies.remedy.endswith(f"download bodies, and extract it into {tree}")


# Truth


@pytest.fixture
def exported(tree: Path) -> Path:
    """The SMPL truth of one published clip, and bodies that agree with it."""
    rich_tree.save(tree / "smpl", clip(BATCH), rich_tree.truth(clip(BATCH)))
    return tree


def published(tree: Path) -> Video:
    return videos(tree, selection="published")[0]


def test_truth_is_in_the_frame_of_the_clips_camera(exported: Path) -> None:
    found = source(exported, selection="published").truth(published(exported))
    assert found is not None
    true = rich_tree.truth(clip(BATCH))
    np.testing.assert_allclose(found.joints, rich_tree.to_camera(true["joints"], 1), atol=1e-5)
    np.testing.assert_allclose(found.vertices, rich_tree.to_camera(true["vertices"], 1), atol=1e-5)
    assert (found.body, found.focal) == ("smpl", published(exported).focal_px)


def test_joints_alone_are_truth_without_v2v(exported: Path) -> None:
    (exported / "smpl" / f"{BATCH}_vertices.npy").unlink()
    found = source(exported, selection="published").truth(published(exported))
    assert found is not None and found.vertices.shape == (100, 0, 3)
    assert found.body == "smpl without exported vertices"


def test_there_is_no_truth_without_an_export_and_of_whole_sequences(exported: Path) -> None:
    assert source(exported).truth(videos(exported)[0]) is None
    other = videos(exported, selection="published")[1]
    assert source(exported, selection="published").truth(other) is None


def test_truth_with_holes_is_an_error_that_names_the_file(exported: Path) -> None:
    joints = np.load(exported / "smpl" / f"{BATCH}_joints.npy")
    joints[3:5] = np.nan
    np.save(exported / "smpl" / f"{BATCH}_joints.npy", joints)
    with pytest.raises(SourceError, match=r"batch00_joints\.npy: 2 of 100 frames hold values that are not finite"):
        source(exported, selection="published").truth(published(exported))


def test_truth_that_contradicts_the_bodies_is_an_error(exported: Path) -> None:
    for folder in (exported / "bodies" / "test" / "Gym_010_lunge1").iterdir():
        for body in folder.iterdir():
            body.unlink()
        folder.rmdir()
    rich_tree.write_bodies(exported, "Gym_010_lunge1", 100)
    assert source(exported, selection="published").truth(published(exported)) is not None
    rich_tree.save(exported / "smpl", clip(BATCH), rich_tree.truth(clip("Gym_010_lunge1_batch01")))
    with pytest.raises(SourceError, match="not where RICH's bodies are"):
        source(exported, selection="published").truth(published(exported))
