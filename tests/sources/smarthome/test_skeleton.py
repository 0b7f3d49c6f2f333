"""The skeletons that come with Toyota Smarthome: the order of their numbers, and the optional check at listing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from smarthome_tree import pose, skeleton_json, touch, write_skeleton

from share_data.errors import SourceError
from share_data.sources.smarthome.skeleton import JOINTS, read_skeleton
from share_data.sources.smarthome.source import SmarthomeConfig, SmarthomeSource

CUT, WALK, ENTER = "Cook.Cut_p02_r00_v02_c03", "Walk_p19_r04_v11_c05", "Enter_p02_r00_v02_c01"


def labels_of(root: Path) -> dict[str, dict[str, str]]:
    """Labels of each video that begin with `skeleton`."""
    videos = SmarthomeSource(SmarthomeConfig(root=str(root), check_skeletons=True)).list()
    return {v.title: {name: text for name, text in v.labels.items() if name.startswith("skeleton")} for v in videos}


def test_numbers_are_all_x_then_all_y_then_all_z(tmp_path: Path) -> None:
    skeleton = read_skeleton(write_skeleton(tmp_path / "a.json", [1, 0, 1]))
    assert skeleton.pixels.shape == (3, 13, 2) and skeleton.space.shape == (3, 13, 3)
    assert skeleton.pixels.dtype == skeleton.space.dtype == np.float32
    for frame in (0, 2):
        pixels, space = pose(frame)
        np.testing.assert_allclose(skeleton.pixels[frame], pixels)
        np.testing.assert_allclose(skeleton.space[frame], space, rtol=1e-6)
    assert JOINTS[0] == "right_ankle" and JOINTS[12] == "head" and len(JOINTS) == 13


def test_frames_without_a_person_keep_their_place_and_the_first_of_several_is_kept(tmp_path: Path) -> None:
    skeleton = read_skeleton(write_skeleton(tmp_path / "a.json", [0, 2, 1]))
    assert np.isnan(skeleton.pixels[0]).all() and np.isfinite(skeleton.pixels[1:]).all()
    assert skeleton.people.tolist() == [0, 2, 1] and len(skeleton) == 3


def test_a_skeleton_without_any_frame_or_person_is_read(tmp_path: Path) -> None:
    assert len(read_skeleton(write_skeleton(tmp_path / "a.json", []))) == 0
    assert read_skeleton(write_skeleton(tmp_path / "b.json", [0, 0])).labels() == {
        "skeleton_frames": "2",
        "skeleton_people_max": "0",
        "skeleton_one_person": "0.000",
    }


def broken(change: Any) -> str:
    data = skeleton_json([1, 1])
    change(data["frames"])
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "{}",
        '{"frames": 3}',
        '{"frames": [null]}',
        '{"frames": [[null]]}',
        '{"frames": [{"pose2d": []}]}',
        "[" * 100_000,
        "\xff",
        broken(lambda frames: frames[0][0].pop("pose3d")),
        broken(lambda frames: frames[0][0]["pose2d"].pop()),
        broken(lambda frames: [frame[0].update(pose2d=[1.0] * 39) for frame in frames]),
        broken(lambda frames: frames[1][0]["pose2d"].__setitem__(0, None)),
        broken(lambda frames: frames[1][0]["pose3d"].__setitem__(0, 1e60)),
        broken(lambda frames: frames[1][0]["pose3d"].__setitem__(0, float("nan"))),
    ],
)
def test_anything_else_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad_pose3d.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SourceError, match=r"bad_pose3d\.json: not a skeleton.*pose2d \(26 numbers\)"):
        read_skeleton(path)


def test_the_check_labels_what_the_skeletons_saw_and_loses_no_video(tmp_path: Path) -> None:
    touch(tmp_path, *(f"mp4/{name}.mp4" for name in (CUT, WALK, ENTER)))
    write_skeleton(tmp_path / "skeletonv12" / f"{CUT}_pose3d.json", [1, 1, 1, 0, 2, 1, 1, 1])
    (tmp_path / "skeletonv12" / f"{WALK}_pose3d.json").write_text("{")
    assert labels_of(tmp_path) == {
        CUT: {
            "skeleton": "read",
            "skeleton_frames": "8",
            "skeleton_people_max": "2",
            "skeleton_one_person": "0.750",
        },
        WALK: {"skeleton": "unreadable"},
        ENTER: {"skeleton": "absent"},
    }


def test_without_the_check_no_skeleton_is_opened(tmp_path: Path) -> None:
    touch(tmp_path, f"{CUT}.mp4", f"{CUT}_pose3d.json")
    (video,) = SmarthomeSource(SmarthomeConfig(root=str(tmp_path))).list()
    assert not any(name.startswith("skeleton") for name in video.labels)


@pytest.mark.parametrize(
    ("video", "files", "taken"),
    [
        (CUT, [f"{CUT}.json"], 0),
        (CUT, [f"{CUT}.json", f"{CUT}_pose3d.json"], 1),
        (CUT, [f"a/{CUT}_pose3d.json", f"b/{CUT}.json"], 0),
        ("P17T07C02", ["Skeleton/results_P17T07C02_lcrnet+v3d.json"], 0),
        ("P17T07C02", ["P17T07C02.json"], 0),
    ],
)
def test_every_release_of_the_skeletons_is_found_and_the_refined_one_preferred(
    tmp_path: Path, video: str, files: list[str], taken: int
) -> None:
    touch(tmp_path, f"{video}.mp4", "annotations.json")
    for number, name in enumerate(files):
        write_skeleton(tmp_path / name, [1] * (number + 1))
    source = SmarthomeSource(SmarthomeConfig(root=str(tmp_path)))
    (listed,) = source.list()
    skeleton = source.skeleton(listed)
    assert skeleton is not None and len(skeleton) == taken + 1
