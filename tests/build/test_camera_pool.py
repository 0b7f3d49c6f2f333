"""Clips of one fixed camera share its focal and its empty room, whatever order, process or build they are met in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixed_camera import FOCAL, SEAT, FixedSource, Network, empty, fixed_cameras, recipe_of, write
from light import corpus_hashes
from media import damaged, moving_square, square_left, truncated, write_audio, write_video

from share_data.build.build import BuildOptions, build_corpus
from share_data.build.camera_pool import CameraPool, Still
from share_data.build.plan.plan import plan_build
from share_data.build.stages.keys import identity
from share_data.build.stages.stages import Stages
from share_data.corpus.read import Corpus
from share_data.engine.watch import Silent
from share_data.errors import SourceError, StaleVideoError, VideoError
from share_data.records import Clip, Video
from share_data.store.hashing import file_sha256
from share_data.store.store import Store
from share_data.video.one_frame import middle_picture

__all__ = ["fixed_cameras"]

NOISY = (71.0, 74.0, 78.0, 80.0, 80.0, 84.0, 95.0)
"""Focals that seven pictures of one camera suggest; the true one is 80."""
SEATED = [SEAT, SEAT, SEAT, slice(0, 12), slice(14, 26), slice(60, 72), slice(80, 92)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Seven videos of camera c01 and two of c02."""
    for number, (focal, person) in enumerate(zip(NOISY, SEATED, strict=True)):
        write(tmp_path / "videos" / f"c01_video{number}.mkv", focal, person)
    for number in range(2):
        write(tmp_path / "videos" / f"c02_video{number}.mkv", 60.0)
    return tmp_path


def stages_of(root: Path, *overrides: str, cache: str = "cache") -> Stages:
    return Stages(recipe_of(root, *overrides), Store(root / cache))


def clip_of(stages: Stages, name: str) -> Clip:
    """The only clip of a video."""
    source = FixedSource(stages.recipe.sources[0])  # type: ignore[arg-type]
    video = next(video for video in source.list() if video.video_id == name)
    path = source.fetch(video, Path())
    (clip,) = stages.mine(video, path).clips
    return clip


def reconstructed(stages: Stages, name: str):
    return stages.reconstruction(stages.reconstruct(clip_of(stages, name)))[0]


# The picture in the middle.


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("a.mkv", {}),
        ("gop.mp4", {"options": {"g": "5", "bf": "2"}}),
        ("a.avi", {"codec": "mpeg4"}),
        ("a.ts", {"options": {"g": "5"}}),
    ],
)
def test_the_middle_picture_is_had_without_decoding_the_rest(tmp_path: Path, name: str, options: dict) -> None:
    path = write_video(tmp_path / name, moving_square(24), **options)
    assert square_left(middle_picture(path)) == pytest.approx(4 * 12, abs=4 * 3)
    assert np.array_equal(middle_picture(path), middle_picture(path))


def test_without_a_length_it_is_the_first_picture(tmp_path: Path) -> None:
    assert square_left(middle_picture(write_video(tmp_path / "raw.h264", moving_square(24)))) == 0


def test_a_file_that_ends_before_its_middle_gives_its_last_picture(tmp_path: Path) -> None:
    path = truncated(write_video(tmp_path / "cut.mkv", moving_square(24), codec="ffv1", pix_fmt="bgr0"), 0.3)
    assert 0 < square_left(middle_picture(path)) < 4 * 12


@pytest.mark.parametrize("make", [write_audio, lambda path: path.write_bytes(b"no video"), Path.touch])
def test_what_is_no_video_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "x.mp4")
    with pytest.raises(VideoError, match=r"x\.mp4"):
        middle_picture(tmp_path / "x.mp4")


def test_it_is_upright(tmp_path: Path) -> None:
    path = write_video(tmp_path / "turned.mp4", moving_square(24), rotation=90)
    assert middle_picture(path).shape == (128, 96, 3)


# Who is in a pool.


@pytest.mark.usefixtures("fixed_cameras")
class TestMembers:
    def stills(self, home: Path, *overrides: str, name: str = "c01_video0") -> list[str]:
        stages = stages_of(home, *overrides)
        return [still.path.name for still in stages.cameras.stills(clip_of(stages, name))]

    def test_it_is_the_cameras_own_videos_and_no_more_than_asked_for(self, home: Path) -> None:
        assert self.stills(home) == [f"c01_video{k}.mkv" for k in range(7)]
        assert self.stills(home, name="c02_video1") == ["c02_video0.mkv", "c02_video1.mkv"]
        assert self.stills(home, "camera.pool=3") == [f"c01_video{k}.mkv" for k in range(3)]

    def test_what_cannot_be_read_or_has_another_size_is_passed_over(self, home: Path) -> None:
        videos = home / "videos"
        (videos / "c01_broken.mkv").write_bytes(b"no video")
        (videos / "c01_empty.mkv").touch()
        write_video(videos / "c01_wide.mp4", moving_square())
        damaged(write_video(videos / "c01_worn.mp4", moving_square()), 0.9)
        assert self.stills(home) == [f"c01_video{k}.mkv" for k in range(7)]

    def test_one_picture_is_no_pool(self, home: Path) -> None:
        (home / "videos" / "c02_video1.mkv").unlink()
        assert self.stills(home, name="c02_video0") == []
        assert self.stills(home, "camera.pool=1") == []

    def test_without_a_pool_a_camera_or_a_source_that_knows_of_them_there_is_none(self, home: Path) -> None:
        assert self.stills(home, "camera.pool=0") == []
        stages = stages_of(home)
        clip = clip_of(stages, "c01_video0")
        for video in (Video("fixed", "x", "x"), Video("elsewhere", "x", "x", camera="c01")):
            other = Clip(video, clip.path, clip.sha256, 0, 2, clip.times[:2], clip.width, clip.height)
            assert stages.cameras.stills(other) == () and stages.cameras.stamp(video) == ""

    @pytest.mark.parametrize("rule", ["id:c01_video0", "id:fixed/c01_video0", "id:C01.Video0.mkv", "content"])
    def test_whoever_opted_out_is_in_no_pool_and_the_next_one_is(self, home: Path, rule: str) -> None:
        named = f"sha256:{file_sha256(home / 'videos' / 'c01_video0.mkv')}" if rule == "content" else rule
        chosen = self.stills(home, f"opt_out=['{named}']", "camera.pool=3", name="c01_video1")
        assert chosen == ["c01_video1.mkv", "c01_video2.mkv", "c01_video3.mkv"]

    def test_contents_are_hashed_once_a_process_and_again_when_they_change(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed: list[str] = []
        monkeypatch.setattr(
            "share_data.store.content.file_sha256", lambda path: hashed.append(path.name) or file_sha256(path)
        )
        rule = f"opt_out=['sha256:{file_sha256(home / 'videos' / 'c01_video2.mkv')}']"
        kept = [f"c01_video{k}.mkv" for k in (0, 1, 3)]
        for _ in range(2):  # two pools, as of two builds, or a plan and a build
            assert self.stills(home, rule, "camera.pool=3") == kept
        assert hashed == [f"c01_video{k}.mkv" for k in range(4)]
        write(home / "videos" / "c01_video1.mkv", 75.0)
        assert self.stills(home, rule, "camera.pool=3") == kept
        assert hashed[4:] == ["c01_video1.mkv"]

    def test_a_video_that_changes_or_goes_while_it_is_in_use_is_noticed(self, home: Path) -> None:
        path = home / "videos" / "c01_video0.mkv"
        still = Still.of(path)
        write(path, person=None)
        with pytest.raises(StaleVideoError, match="has changed"):
            still.image()
        path.unlink()
        with pytest.raises(StaleVideoError, match="is not there"):
            Still.of(path)


# What a driver knows of a pool.


@pytest.mark.usefixtures("fixed_cameras")
class TestStamp:
    C01, C02 = (Video("fixed", "x", "x", camera=camera) for camera in ("c01", "c02"))

    def stamp(self, root: Path, video: Video = C01, *overrides: str) -> str:
        return CameraPool(recipe_of(root, *overrides)).stamp(video)

    def test_it_follows_the_names_and_sizes_of_the_members_wherever_they_lie(self, home: Path, tmp_path: Path) -> None:
        before, other = self.stamp(home), self.stamp(home, self.C02)
        shutil.copytree(home / "videos", tmp_path / "moved" / "videos")
        assert self.stamp(tmp_path / "moved") == before != other
        for change in (
            lambda videos: (videos / "c01_video9.mkv").write_bytes(b"new"),
            lambda videos: (videos / "c01_video9.mkv").write_bytes(b"longer"),
            lambda videos: (videos / "c01_video9.mkv").rename(videos / "c01_video8.mkv"),
        ):
            change(home / "videos")
            assert self.stamp(home) != before
            before = self.stamp(home)
        assert self.stamp(home, self.C02) == other

    def test_nothing_is_opened_for_it(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("share_data.build.camera_pool.middle_picture", lambda _: pytest.fail("opened"))
        assert self.stamp(home)

    def test_a_worker_that_finds_other_files_than_the_driver_does_says_so(self, home: Path) -> None:
        before = self.stamp(home)
        (home / "videos" / "c01_video9.mkv").write_bytes(b"unpacked meanwhile")
        pool = CameraPool(recipe_of(home))
        pool.require(self.C02, self.stamp(home, self.C02))
        with pytest.raises(StaleVideoError, match="camera 'c01'"):
            pool.require(self.C01, before)

    def test_a_source_in_trouble_is_left_for_the_worker_to_report(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise SourceError("the disk is away")

        monkeypatch.setattr(FixedSource, "siblings", fail)
        stages = stages_of(home)
        clip = clip_of(stages, "c01_video0")
        assert stages.cameras.stamp(clip.video) == "untold"
        assert stages.humans_key(clip) == ""
        with pytest.raises(SourceError, match="away"):
            stages.reconstruct(clip)

    def test_it_alone_makes_another_job_of_a_clip(self, home: Path) -> None:
        keys, video = stages_of(home).keys, self.C01
        clip = identity("0" * 64, 0, 10)
        plain = keys.reconstruct_digest(clip, video, "key")
        assert (
            len(
                {
                    plain,
                    keys.reconstruct_digest(clip, video, "key", "a"),
                    keys.reconstruct_digest(clip, video, "key", "b"),
                }
            )
            == 3
        )
        off = stages_of(home, "camera.pool=0", "scene.backdrop=false").keys
        assert off.reconstruct_digest(clip, video, "key") == plain
        assert off.reconstruct_digest(clip, video, "key", "a") != keys.reconstruct_digest(clip, video, "key", "a")
        assert off.reconstruct("geometry") == keys.reconstruct("geometry") != keys.reconstruct("geometry", "backdrop")


# The focal.


@pytest.mark.usefixtures("fixed_cameras")
class TestFocal:
    def focals(self, root: Path, *overrides: str) -> list[tuple[float, str]]:
        stages = stages_of(root, *overrides)
        found = [reconstructed(stages, f"c01_video{number}").intrinsics for number in (0, 6)]
        return [(camera.focal, camera.source) for camera in found]

    def test_the_median_over_a_camera_is_nearer_the_truth_than_any_clip_need_be(self, home: Path) -> None:
        assert self.focals(home) == [(FOCAL, "camera")] * 2
        assert self.focals(home, "camera.pool=0") == [(NOISY[k], "geometry") for k in (0, 6)]

    def test_it_is_estimated_once_for_all_clips_and_all_processes(self, home: Path) -> None:
        self.focals(home)
        assert Network.calls["focal"] == len(NOISY)
        self.focals(home)
        assert Network.calls["focal"] == len(NOISY)

    def test_a_camera_that_gains_a_video_asks_for_that_one(self, home: Path) -> None:
        self.focals(home)
        write(home / "videos" / "c01_video7.mkv", 86.0)
        assert self.focals(home) == [(FOCAL, "camera")] * 2
        assert Network.calls["focal"] == len(NOISY) + 1

    def test_the_recipes_focal_and_a_calibrated_one_come_first_and_no_picture_is_looked_at(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(CameraPool, "stills", lambda *_: pytest.fail("looked at"))
        off = "scene.backdrop=false"
        assert self.focals(home, off, "camera.focal_px=99.0") == [(99.0, "recipe")] * 2
        assert self.focals(home, off, "sources.0.focal_px=77.0") == [(77.0, "source")] * 2

    def test_a_driver_knows_a_clips_keys_as_soon_as_its_cameras_focal_is_stored(self, home: Path) -> None:
        driver, worker = stages_of(home), stages_of(home)
        first, second = (clip_of(driver, f"c01_video{number}") for number in (0, 1))
        assert driver.humans_key(first) == "" and driver.reconstruct_key(first, "geometry") == ""
        key = worker.reconstruct(first)
        assert driver.store.has("humans", driver.humans_key(first))
        assert driver.reconstruct_key(first, driver.geometry_key(first, driver.humans_key(first))) == key
        # The other clip's person is not estimated, but it is known under which key that will be.
        assert driver.humans_key(second) and not driver.store.has("humans", driver.humans_key(second))

    def test_an_estimator_that_does_not_see_the_scene_gives_what_it_always_gave(self, home: Path) -> None:
        results = []
        for pool in (16, 0):
            stages = stages_of(home, "geometry={kind: ground_plane}", f"camera.pool={pool}", cache=f"cache{pool}")
            key = stages.reconstruct(clip_of(stages, "c01_video0"))
            results.append((key, stages.store.path("reconstruct", key).read_bytes()))
        assert results[0] == results[1]


# The empty room.


@pytest.mark.usefixtures("fixed_cameras")
class TestBackdrop:
    def test_what_somebody_hides_all_the_time_is_known_from_the_cameras_other_videos(self, home: Path) -> None:
        stages = stages_of(home)
        made = reconstructed(stages, "c01_video0")
        without = reconstructed(stages_of(home, "scene.backdrop=false"), "c01_video0")
        assert without.scores["scene_hole_fraction"] > 0.1 and "backdrop_filled" not in without.scores
        assert made.scores["scene_hole_fraction"] < 0.02
        assert made.scores["backdrop_residual"] < 0.01
        new = made.scene.point_source == 255
        assert made.scores["backdrop_filled"] == pytest.approx(new.mean()) and new.mean() > 0.02
        assert (made.scene.colors[new, 1] == empty()[1, 1, 1]).all()

    def test_it_is_made_once_for_all_clips(self, home: Path) -> None:
        stages = stages_of(home)
        reconstructed(stages, "c01_video0")
        before = Network.calls["map"]
        reconstructed(stages, "c01_video1")
        reconstructed(stages_of(home), "c01_video2")
        keyframes = stages.recipe.keyframes.count
        assert Network.calls["map"] - before == 2 * keyframes

    def test_a_clip_from_before_the_furniture_was_moved_gets_none_of_it(self, home: Path) -> None:
        ramp = empty()
        ramp[..., 0] = np.linspace(60, 230, ramp.shape[1]).astype(np.uint8)
        write(home / "videos" / "c01_video0.mkv", background=ramp)
        made = reconstructed(stages_of(home), "c01_video0")
        assert made.scores["backdrop_filled"] == 0 and made.scores["backdrop_residual"] > 0.1
        assert not (made.scene.point_source == 255).any()

    def test_too_few_pictures_make_no_room(self, home: Path) -> None:
        assert "backdrop_filled" not in reconstructed(stages_of(home), "c02_video0").scores


# Builds.


@pytest.mark.usefixtures("fixed_cameras")
class TestBuild:
    def build(self, root: Path, out: str, monkeypatch: pytest.MonkeyPatch, cache: str = "cache") -> Path:
        monkeypatch.setenv("SHARE_DATA_CACHE", str(root / cache))
        monkeypatch.setenv("SHARE_DATA_HOME", str(root / "home"))
        build_corpus(recipe_of(root), root / out, Silent(), BuildOptions("inline"))
        return root / out

    def to_compute(self, root: Path) -> dict[str, int]:
        planned = plan_build(recipe_of(root), root / "out", BuildOptions("inline"))
        return {stage.stage: stage.to_compute for stage in planned.stages if stage.to_compute}

    def test_a_camera_that_gains_a_video_gives_what_a_fresh_build_gives(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        videos = home / "videos"
        for number in range(2, 7):  # siblings need not be listed themselves
            (videos / f"c01_video{number}.mkv").rename(videos / f"c01_other{number}.mkv")
        out = self.build(home, "out", monkeypatch)
        records = {record.metadata["video_id"]: record for record in Corpus(out)}
        assert {name: record.metadata["focal"] for name, record in records.items()} == {
            "c01_video0": FOCAL, "c01_video1": FOCAL, "c02_video0": 60.0, "c02_video1": 60.0,
        }  # fmt: skip
        assert {record.metadata["focal_source"] for record in records.values()} == {"camera"}
        assert {name for name, record in records.items() if 255 in record.arrays["point_source"]} == {
            "c01_video0", "c01_video1",
        }  # fmt: skip
        assert self.to_compute(home) == {}
        scores = {name: record.metadata["scores"] for name, record in records.items()}
        assert {(each["scale_source"], each["scale_clips"]) for each in scores.values()} == {(2.0, 2.0)}
        for camera in ("c01", "c02"):
            assert len({scores[f"{camera}_video{number}"]["scale_map"] for number in range(2)}) == 1

        write(videos / "c02_other0.mkv", 62.0)
        write(videos / "c02_other1.mkv", 66.0)
        told = self.to_compute(home)
        assert [told[stage] for stage in ("humans", "geometry", "reconstruct")] == [2, 2, 2]
        self.build(home, "out", monkeypatch)
        assert {record.metadata["focal"] for record in Corpus(out)} == {FOCAL, 61.0}
        fresh = self.build(home, "fresh", monkeypatch, cache="other")
        assert corpus_hashes(fresh) == corpus_hashes(out)
