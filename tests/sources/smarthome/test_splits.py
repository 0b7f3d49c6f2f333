"""The splits of Toyota Smarthome on whole copies (of empty files), counted against the sizes of the published lists."""

from collections import Counter
from pathlib import Path

import pytest
from smarthome_tree import touch, trimmed_names, tsu_names

from share_data.sources.smarthome.published import CAMERAS, CROSS_VIEW, SUBJECTS, UNCOUNTED
from share_data.sources.smarthome.source import SmarthomeConfig, SmarthomeSource

# Lines of splits/*.txt in github.com/srijandas07/i3d_smarthome.
TRIMMED = {
    ("xsub", "train"): 8831,
    ("xsub", "val"): 1854,
    ("xsub", "test"): 5444,
    ("xview1", "train"): 1877,
    ("xview1", "val"): 3539,
    ("xview1", "test"): 1901,
    ("xview2", "train"): 7806,
    ("xview2", "val"): 3539,
    ("xview2", "test"): 1901,
}
# Subsets of smarthome_CS_51.json and smarthome_CV_51.json in github.com/dairui01/Toyota_Smarthome.
TSU = {("xsub", "train"): 351, ("xsub", "test"): 185, ("xview", "train"): 369, ("xview", "test"): 167}


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return touch(tmp_path_factory.mktemp("trimmed"), *(f"mp4/{name}" for name in trimmed_names()))


@pytest.fixture(scope="module")
def tsu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return touch(tmp_path_factory.mktemp("tsu"), *(f"Videos_mp4/{name}" for name in tsu_names()))


def listed(root: Path, **fields: object) -> list[dict[str, str]]:
    videos = SmarthomeSource(SmarthomeConfig.model_validate({"root": str(root), **fields})).list()
    return [dict(video.labels) for video in videos]


def sizes(labels: list[dict[str, str]]) -> Counter[tuple[str, str]]:
    return Counter(
        (name.removeprefix("split_"), part)
        for each in labels
        for name, part in each.items()
        if name.startswith("split_")
    )


def test_trimmed_splits_have_the_sizes_of_the_published_lists(trimmed: Path) -> None:
    labels = listed(trimmed)
    assert sizes(labels) == TRIMMED
    assert sum(each["activity"] not in UNCOUNTED for each in labels) == 16_115
    assert {each["activity"] for each in labels if "split_xview2" in each} == CROSS_VIEW
    assert sorted({each["subject"] for each in labels}) == list(SUBJECTS)


def test_cross_subject_parts_share_no_person(trimmed: Path) -> None:
    people = {
        part: {each["subject"] for each in listed(trimmed, split="xsub", subsets=(part,))}
        for part in ("train", "val", "test")
    }
    assert people["val"] == {"p19", "p25"} and people["test"] == {"p02", "p10", "p11", "p14", "p16", "p18", "p20"}
    # The paper trains on the other eleven.
    assert len(people["train"] | people["val"]) == 11
    assert not people["test"] & (people["train"] | people["val"])


def test_cross_view_parts_are_cameras(trimmed: Path) -> None:
    cameras = {
        (name, each[f"split_{name}"], each["camera"])
        for name in ("xview1", "xview2")
        for each in listed(trimmed, split=name)
    }
    assert cameras == {
        *(("xview1", part, camera) for part, camera in (("train", "c01"), ("val", "c05"), ("test", "c02"))),
        *(("xview2", "train", camera) for camera in ("c01", "c03", "c04", "c06", "c07")),
        ("xview2", "val", "c05"),
        ("xview2", "test", "c02"),
    }


def test_untrimmed_splits_and_cameras_have_the_published_sizes(tsu: Path) -> None:
    labels = listed(tsu)
    assert len(labels) == 536 and sizes(labels) == TSU
    by_camera = Counter(each["camera"] for each in labels)
    assert [by_camera[camera] for camera in CAMERAS] == [75, 60, 62, 109, 107, 62, 61]


@pytest.mark.parametrize("split", [("xview2", "val"), ("xsub", "test")])
def test_a_part_of_a_split_is_what_is_listed(trimmed: Path, split: tuple[str, str]) -> None:
    name, part = split
    assert {each[f"split_{name}"] for each in listed(trimmed, split=name, subsets=(part,))} == {part}
    assert len(listed(trimmed, split=name, subsets=(part,))) == TRIMMED[split]
