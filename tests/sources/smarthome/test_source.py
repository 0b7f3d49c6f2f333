"""Toyota Smarthome: what a copy of it lists, under which names and labels, and what is said of half a copy."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from smarthome_tree import touch

from share_data.errors import SourceError
from share_data.ledger.opt_out import OptOut
from share_data.records import Video
from share_data.sources.smarthome.names import read_name
from share_data.sources.smarthome.published import (
    ACTIVITIES,
    CAMERAS,
    COMPOSITES,
    CROSS_VIEW,
    LICENCE,
    SUBJECTS,
    UNCOUNTED,
)
from share_data.sources.smarthome.source import SmarthomeConfig, SmarthomeSource
from share_data.sources.spellings import spellings

CUT = "Cook.Cut_p02_r00_v02_c03"
WALK = "Walk_p19_r04_v11_c05"


def config_of(root: Path, **fields: Any) -> SmarthomeConfig:
    """Lists become tuples, as they do on the way from a recipe."""
    frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return SmarthomeConfig.model_validate({"root": str(root), **frozen})


def source_of(root: Path, **fields: Any) -> SmarthomeSource:
    return SmarthomeSource(config_of(root, **fields))


def titles(root: Path, **fields: Any) -> list[str]:
    return [video.title for video in source_of(root, **fields).list()]


def test_a_trimmed_clip_is_listed_exactly_so(tmp_path: Path) -> None:
    (video,) = source_of(touch(tmp_path, f"mp4/{CUT}.mp4")).list()
    assert video == Video(
        source="smarthome",
        video_id="Cook-Cut_p02_r00_v02_c03",
        uri="file:mp4/Cook.Cut_p02_r00_v02_c03.mp4",
        licence=LICENCE,
        redistributable=False,
        attribution="S. Das, R. Dai, M. Koperski, L. Minciullo, L. Garattoni, F. Bremond, G. Francesca: "
        "Toyota Smarthome: Real-World Activities of Daily Living. ICCV 2019",
        title="Cook.Cut_p02_r00_v02_c03",
        labels={
            "id": "Cook.Cut_p02_r00_v02_c03",
            "dataset": "toyota_smarthome",
            "variant": "trimmed",
            "activity": "Cook.Cut",
            "activity_top": "Cook",
            "is_composite": "true",
            "subject": "p02",
            "repetition": "r00",
            "video": "v02",
            "camera": "c03",
            "split_xsub": "test",
            "faces_blurred": "true",
        },
        camera="c03",
    )


def test_an_untrimmed_video_is_listed_exactly_so(tmp_path: Path) -> None:
    (video,) = source_of(touch(tmp_path, "Videos_mp4/P11T13C03.mp4"), name="home").list()
    assert (video.source, video.video_id, video.camera) == ("home", "P11T13C03", "c03")
    assert video.attribution.endswith("Real-World Untrimmed Videos for Activity Detection. TPAMI 2022")
    assert video.labels == {
        "id": "P11T13C03",
        "dataset": "toyota_smarthome",
        "variant": "tsu",
        "subject": "p11",
        "take": "t13",
        "camera": "c03",
        "playback_speed": "1.25",
        "split_xsub": "test",
        "split_xview": "train",
        "faces_blurred": "true",
    }


@pytest.mark.parametrize("name", [CUT, WALK])
def test_an_opt_out_list_names_a_recording_as_published_or_by_its_file(tmp_path: Path, name: str) -> None:
    videos = list(source_of(touch(tmp_path, f"mp4/{CUT}.mp4", f"mp4/{WALK}.mp4")).list())
    for rule in (name, f"smarthome/{name}", name.replace(".", "-"), f"file:mp4/{name}.mp4"):
        named = [video.title for video in videos if OptOut.of([f"id:{rule}"], spellings()).names(video) == "video"]
        assert named == [name], rule


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("WatchTV_p25_r15_v01_c04", "WatchTV_p25_r15_v01_c04"),
        ("Makecoffee.Pourgrains_p06_r53_v27_c07", "Makecoffee.Pourgrains_p06_r53_v27_c07"),
        ("drink.FROMCUP_P02_R00_V02_C03", "Drink.Fromcup_p02_r00_v02_c03"),
        ("P11T13C03", "P11T13C03"),
        ("P11_T13_C03", "P11T13C03"),
        ("p11t13c03", "P11T13C03"),
    ],
)
def test_every_form_of_a_name_is_read(stem: str, name: str) -> None:
    assert read_name(stem).name == name


@given(st.sampled_from(ACTIVITIES), st.sampled_from(SUBJECTS), st.integers(0, 99), st.sampled_from(CAMERAS))
def test_any_trimmed_name_says_what_it_was_made_of(activity: str, subject: str, number: int, camera: str) -> None:
    recording = read_name(f"{activity}_{subject}_r{number:02d}_v{number:02d}_{camera}")
    assert (recording.activity, recording.subject, recording.camera) == (activity, subject, camera)
    assert recording.labels["is_composite"] == str(activity.split(".")[0] in COMPOSITES).lower()
    assert len(recording.name) <= 40


def test_the_classes_are_those_of_the_paper() -> None:
    assert len(set(ACTIVITIES) - UNCOUNTED) == 31 and len(CROSS_VIEW) == 19 and set(ACTIVITIES) > CROSS_VIEW
    assert (len(SUBJECTS), len(CAMERAS)) == (18, 7)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("holiday.mp4", "'holiday' is no name of the dataset, which are Activity_pXX_rXX_vXX_cXX.mp4 or PXXTXXCXX"),
        ("Walk_p2_r04_v11_c05.mp4", "is no name of the dataset"),
        ("Cook_Cut_p02_r00_v02_c03.mp4", "is no name of the dataset"),
        ("P11T13C03 (1).mp4", "is no name of the dataset"),
        ("Walking_p19_r04_v11_c05.avi", "'Walking' is none of the dataset's activities; nearest: Walk"),
        ("Zzz_p19_r04_v11_c05.mkv", "'Zzz' is none of the dataset's activities."),
        ("Walk_p01_r04_v11_c05.mp4", "'p01' is none of the dataset's subjects, p02 p03"),
        ("P11T13C08.mp4", "'c08' is none of the dataset's cameras, c01 to c07"),
    ],
)
def test_a_misnamed_video_is_listed_and_fails_by_name(tmp_path: Path, name: str, said: str) -> None:
    source = source_of(touch(tmp_path, f"mp4/{CUT}.mp4", f"mp4/{name}"), subjects=["p02"])
    (bad,) = [video for video in source.list() if video.title != CUT]
    assert not bad.redistributable and bad.licence == LICENCE and len(bad.video_id) <= 40
    with pytest.raises(SourceError) as caught:
        source.fetch(bad, tmp_path)
    assert said in str(caught.value)
    assert f"smarthome/{bad.video_id}: mp4/{name}" in str(caught.value) and "Rename the file" in str(caught.value)


def test_two_files_for_one_recording_both_fail_and_say_so(tmp_path: Path) -> None:
    names = [f"a/{CUT}.mp4", f"b/{CUT}.avi", f"b/{WALK}.mp4", f"b/{WALK.lower()}.MP4"]
    source = source_of(touch(tmp_path, *names, "Enter_p02_r00_v02_c03.mp4"))
    videos = list(source.list())
    assert len({video.video_id for video in videos}) == 5
    for video, other in zip([v for v in videos if "problem" in v.labels], [1, 0, 3, 2], strict=True):
        with pytest.raises(SourceError, match=f"the same recording as {names[other]}"):
            source.fetch(video, tmp_path)


def test_a_copy_of_which_every_video_is_there_twice_says_so_at_once(tmp_path: Path) -> None:
    touch(tmp_path, f"mp4/{CUT}.mp4", f"smaller/{CUT}.mp4")
    with pytest.raises(SourceError, match=f"2 video.*mp4/{CUT}.mp4: the same recording as smaller/{CUT}.mp4"):
        titles(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX only")
def test_undecodable_names_are_listed_and_storable(tmp_path: Path) -> None:
    touch(tmp_path, f"{CUT}.mp4")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mp4")).touch()
    source = source_of(tmp_path)
    _, bad = source.list()
    f"{bad.title}{bad.uri}{bad.video_id}{bad.labels}{SmarthomeSource.needs(source.config)}".encode()
    with pytest.raises(SourceError, match="is no name of the dataset"):
        source.fetch(bad, tmp_path)


def test_every_video_file_is_accounted_for_and_nothing_else_is(tmp_path: Path) -> None:
    videos = [f"mp4/{CUT}.mp4", "mp4/deep/holiday.mov", f"mp4/{WALK}.AVI"]
    rest = [f"depth/{CUT}.mp4", f"json/{CUT}.json", "splits/train_CS.txt", f"mp4/._{CUT}.mp4", f".cache/{WALK}.mp4"]
    listed = list(source_of(touch(tmp_path, *videos, *rest)).list())
    assert [video.uri for video in listed] == sorted(f"file:{name}" for name in videos)


def test_listed_videos_can_be_fetched_links_too_and_places_stay_out_of_them(tmp_path: Path) -> None:
    root = touch(tmp_path / "root", f"mp4/{CUT}.mp4")
    touch(tmp_path, "store/blob")
    (root / f"{WALK}.mp4").symlink_to(tmp_path / "store" / "blob")
    (root / "Enter_p02_r00_v02_c03.mp4").symlink_to(tmp_path / "nowhere")
    source = source_of(root)
    gone, walk, cut = source.list()
    assert source.fetch(walk, tmp_path) == root / f"{WALK}.mp4"
    assert source.fetch(cut, tmp_path) == root / "mp4" / f"{CUT}.mp4"
    assert str(tmp_path) not in f"{walk}{cut}"
    with pytest.raises(SourceError, match=r"Enter_p02_r00_v02_c03\.mp4 is no file below root.*unpack the dataset"):
        source.fetch(gone, tmp_path)


@pytest.mark.parametrize("uri", ["file:../secret.mp4", "file:/etc/passwd", "file:%2e%2e/secret.mp4"])
def test_an_uri_that_leaves_root_is_refused(tmp_path: Path, uri: str) -> None:
    touch(tmp_path, "root/a.mp4", "secret.mp4")
    with pytest.raises(SourceError, match="no file below root"):
        source_of(tmp_path / "root").fetch(Video("smarthome", "x", uri), tmp_path)


def test_filters_narrow_and_go_together(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}.mp4" for name in (CUT, WALK, "Walk_p02_r00_v02_c01", "Enter_p19_r00_v02_c01")))
    assert titles(tmp_path, activities=["Walk"]) == ["Walk_p02_r00_v02_c01", WALK]
    assert titles(tmp_path, cameras=["c01", "c03"], subjects=["p02"]) == [CUT, "Walk_p02_r00_v02_c01"]
    assert titles(tmp_path, split="xview1") == ["Enter_p19_r00_v02_c01", "Walk_p02_r00_v02_c01", WALK]
    assert titles(tmp_path, split="xview1", subsets=["val"]) == [WALK]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"subsets": ["train"]}, "set split, too"),
        ({"variant": "tsu", "split": "xview2"}, "tsu has the splits xsub, xview, not xview2"),
        ({"variant": "tsu", "activities": ["Walk"]}, "a tsu video shows many"),
        ({"activities": ["Walking"]}, "Input should be"),
        ({"cameras": ["c08"]}, "Input should be"),
        ({"redistributable": True}, "unknown field 'redistributable'"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        config_of(Path(), **fields)


def test_a_folder_with_both_variants_must_be_told_which(tmp_path: Path) -> None:
    touch(tmp_path, f"mp4/{CUT}.mp4", "tsu/P11T13C03.mp4")
    with pytest.raises(SourceError, match=r"holds both variants.*1 of 16,115 trimmed.*1 of 536 tsu.*Set `variant`"):
        titles(tmp_path)
    assert titles(tmp_path, variant="tsu") == ["P11T13C03"]
    assert titles(tmp_path, variant="trimmed") == [CUT]


ASK = "request form at https://project.inria.fr/toyotasmarthome/"


def test_a_missing_root_says_what_is_expected_and_where_to_ask(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        titles(tmp_path / "nowhere")
    message = str(caught.value)
    assert "nowhere': it does not exist" in message
    assert "the 16,115 trimmed videos, named Activity_pXX_rXX_vXX_cXX.mp4" in message
    assert "the 536 tsu videos, named PXXTXXCXX.mp4" in message
    assert ASK in message and "toyotasmarthome@inria.fr" in message and "Set `root`" in message


def test_a_root_without_the_dataset_says_what_is_there_instead(tmp_path: Path) -> None:
    touch(tmp_path, "holiday.mp4", "toyota_smarthome_mp4.tar.gz", f"depth/{CUT}.mp4", "notes.txt")
    with pytest.raises(SourceError) as caught:
        titles(tmp_path, variant="trimmed")
    message = str(caught.value)
    assert "1 video file(s) that cannot be placed, such as holiday.mp4: 'holiday' is no name" in message
    assert "1 archive(s) not unpacked, such as toyota_smarthome_mp4.tar.gz;" in message
    assert "2 other file(s)" in message and "536" not in message and ASK in message


@pytest.mark.parametrize("root", ["empty", "file.mp4"])
def test_an_empty_folder_and_a_file_are_no_copy(tmp_path: Path, root: str) -> None:
    touch(tmp_path, "file.mp4")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"Found: nothing\.|it is no folder"):
        titles(tmp_path / root)


def test_filters_that_leave_nothing_name_what_the_copy_has(tmp_path: Path) -> None:
    touch(tmp_path, f"{CUT}.mp4", f"{WALK}.mp4", "holiday.mp4")
    with pytest.raises(SourceError, match=r"no video passes.*\(c03 1, c05 1\).*split \(here: xsub xview1 xview2\)"):
        titles(tmp_path, cameras=["c07"])
    with pytest.raises(SourceError, match="no video passes"):
        titles(tmp_path, split="xview")


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, f"{CUT}.mp4", "locked/x.mp4")
    allowed = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return allowed(path)

    monkeypatch.setattr("os.scandir", scandir)
    source = SmarthomeSource(SmarthomeConfig(root=str(tmp_path)))
    taken, closed = source.list()
    assert taken.title == CUT and "problem" not in taken.labels
    with pytest.raises(SourceError, match=r"locked: the folder cannot be read \(Permission denied\).*chmod u\+rx"):
        source.fetch(closed, tmp_path)


def test_doctor_is_told_how_much_of_the_dataset_is_there(tmp_path: Path) -> None:
    touch(tmp_path, f"{CUT}.mp4", "Pour.Fromcup_p11_r00_v03_c04.mp4", "holiday.mp4", f"{CUT}_pose3d.json")
    need, skeletons = SmarthomeSource.needs(config_of(tmp_path, check_skeletons=True))
    assert need.met and need.remedy == ""
    assert need.detail.startswith("1 of 16,115 trimmed videos (c03 1), 1 of Pour.Fromcup; 1 video file(s) that cannot")
    assert skeletons.met and skeletons.detail == "1 of 2 videos have one below root"


def test_doctor_is_told_what_correcting_the_speed_of_untrimmed_videos_would_change(tmp_path: Path) -> None:
    touch(tmp_path, "P11T13C03.mp4")
    _, need = SmarthomeSource.needs(config_of(tmp_path, name="home"))
    assert (need.name, need.met) == ("time_scale", True)
    for told in (
        "1.25 times too fast",
        "no frame here has confirmed",
        "--set sources.home.time_scale=1.25",
        "are 0.8 of",
    ):
        assert told in need.detail
    assert len(SmarthomeSource.needs(config_of(tmp_path, time_scale=1.25))) == 1
    touch(tmp_path / "trimmed", f"{CUT}.mp4")
    assert len(SmarthomeSource.needs(config_of(tmp_path / "trimmed"))) == 1


def test_doctor_is_told_what_is_missing_and_never_fails(tmp_path: Path) -> None:
    (need,) = SmarthomeSource.needs(config_of(tmp_path / "nowhere"))
    assert not need.met and "does not exist" in need.detail and ASK not in need.detail and ASK in need.remedy
    for root in ("a\0b", "~nobody-of-this-name/x"):
        (need,) = SmarthomeSource.needs(config_of(Path(root)))
        assert not need.met
    touch(tmp_path, f"{CUT}.mp4")
    _, skeletons = SmarthomeSource.needs(config_of(tmp_path, check_skeletons=True))
    assert not skeletons.met and "toyota_smarthome_skeleton_v1.2.zip" in skeletons.remedy


def test_siblings_are_of_one_camera_of_many_people_and_always_the_same(tmp_path: Path) -> None:
    people = ("p02", "p03", "p04", "p06")
    names = [f"Walk_{p}_r{r:02d}_v01_{c}.mp4" for p in people for r in range(5) for c in ("c01", "c05")]
    touch(tmp_path / "one", *(f"mp4/{name}" for name in names))
    touch(tmp_path / "two", *(f"videos/{name}" for name in reversed(names)))
    source, other = source_of(tmp_path / "one", subjects=["p03"]), source_of(tmp_path / "two")
    first, second, *_ = source.list()
    assert (first.camera, second.camera) == ("c01", "c05")
    chosen = source.siblings(first, 4)
    assert all(path.is_file() and "_c01" in path.name for path in chosen)
    assert {path.name.split("_")[1] for path in chosen} == set(people)
    assert [p.name for p in chosen] == [p.name for p in other.siblings(next(other.list()), 4)]
    assert source.siblings(first, 6)[:4] == chosen and len(source.siblings(first, 99)) == 20
    assert source.siblings(second, 4) != chosen
    assert source.siblings(Video("smarthome", "x", "file:x"), 4) == []


def test_there_is_no_ground_truth(tmp_path: Path) -> None:
    source = source_of(touch(tmp_path, f"{CUT}.mp4"))
    assert source.truth(next(source.list())) is None
