"""Records with known errors, evaluated against exact truth."""

import io
import json
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from rich.console import Console
from samples import BODY, FRAMES, T_WORLD_CAM, record_of, truth_of, walk
from scipy.spatial.transform import Rotation
from typer.testing import CliRunner

from share_data import registry
from share_data.cli import app
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.errors import CorpusError
from share_data.evaluation.clip import clip_errors
from share_data.evaluation.corpus import evaluate_corpus, evaluate_records, evaluation_markdown, render_evaluation
from share_data.ledger.ledger import Entry
from share_data.records import Video
from share_data.sources.local import LocalConfig

MOTION = walk()


class Studio:
    """A source with truth for the video `walk` alone, which counts how often it is asked."""

    Config = LocalConfig
    asked: ClassVar[list[str]] = []

    def __init__(self, config):
        self.config = config

    def list(self):
        return iter([Video(self.config.label, name, name) for name in ("walk", "unseen")])

    def truth(self, video):
        self.asked.append(video.video_id)
        return truth_of(MOTION, before=FRAMES) if video.video_id == "walk" else None


@pytest.fixture
def studio(monkeypatch):
    """Recipes whose source is called `synthetic` find their videos in the studio."""
    load = registry.load
    monkeypatch.setattr(registry, "load", lambda group, kind: Studio if kind == "local" else load(group, kind))
    monkeypatch.setattr(Studio, "asked", [])
    return Studio


def corpus_of(folder, records, **more):
    """A corpus on disk that holds `records`, built from a recipe with one source."""
    members = [Member(r.key, lambda r=r: Sample(r.metadata, r.arrays, r.preview)) for r in records]
    videos = {
        r.metadata["video_id"]: [s for s in records if s.metadata["video_id"] == r.metadata["video_id"]]
        for r in records
    }
    entries = [Entry("source", "synthetic", "", "kept", children=len(videos))]
    for video, clips in videos.items():
        entries.append(Entry("video", f"synthetic/{video}", "synthetic", "kept", children=len(clips)))
        entries += [Entry("clip", clip.key, f"synthetic/{video}", "kept") for clip in clips]
    recipe = {"schema_version": 1, "name": "t", "sources": [{"kind": "local", "name": "synthetic", "root": "x"}]} | more
    pack(members, folder, Provenance(entries, recipe, BODY.stamp), PackOptions(2, ("webdataset",)))
    return folder


def evaluated(*records, truth=None, body=BODY):
    truth = truth or truth_of(MOTION)
    return evaluate_records(records, lambda metadata: truth, body)


def shown(evaluation) -> str:
    console = Console(width=140, file=io.StringIO())
    console.print(render_evaluation(evaluation))
    return console.file.getvalue()


def test_a_perfect_record_has_no_error():
    pooled = evaluated(record_of(MOTION)).pooled
    for name in ("mrpe", "mrpe_initial", "v2v", "v2v_initial", "depth", "lateral", "mpjpe", "pa_mpjpe"):
        assert pooled[name].mean == pytest.approx(0, abs=1e-5), name
    assert pooled["jitter"].mean == pytest.approx(pooled["jitter_true"].mean, abs=1e-6)


def test_errors_before_and_after_placement_are_told_apart_in_the_camera_frame():
    pooled = evaluated(record_of(MOTION, error=(0.03, 0, 0.04), initial_error=(0, 0, 0.5))).pooled
    assert pooled["mrpe"].mean == pytest.approx(0.05, abs=1e-4)
    assert pooled["v2v"].mean == pytest.approx(0.05, abs=1e-4)
    assert pooled["mrpe_initial"].mean == pytest.approx(0.5, abs=1e-4)
    assert pooled["v2v_initial"].mean == pytest.approx(0.5, abs=1e-4)
    assert pooled["depth_bias_initial"].mean == pytest.approx(0.5, abs=0.01)
    assert pooled["mpjpe"].mean == pytest.approx(0, abs=1e-5)


def test_too_near_is_a_negative_depth_bias():
    pooled = evaluated(record_of(MOTION, error=(0, 0, -0.2))).pooled
    assert pooled["depth_bias"].mean < -0.19
    assert pooled["depth"].mean > 0.19


def test_only_the_frames_of_the_record_are_compared():
    late = evaluated(record_of(MOTION, start=5), truth=truth_of(MOTION, before=5))
    assert late.pooled["mrpe"].mean == pytest.approx(0, abs=1e-5)
    assert late.pooled["mrpe"].count == FRAMES


def test_frames_are_pooled_over_clips():
    short = {name: part if name == "betas" else part[:1] for name, part in MOTION.items()}
    evaluation = evaluated(record_of(MOTION), record_of(short, error=(0, 0, 0.8), video_id="short"))
    assert evaluation.pooled["mrpe"].mean == pytest.approx(0.8 / (FRAMES + 1), abs=1e-5)


def test_intervals_resample_clips_and_weigh_them_by_their_frames():
    two = evaluated(record_of(MOTION, error=(0, 0, 0.1)), record_of(MOTION, error=(0, 0, 0.3), video_id="far"))
    found = two.summaries["mrpe"]
    # Both the near clip, one of each, both the far one: a quarter, a half and a quarter of the draws.
    assert (found.mean, found.low, found.high) == pytest.approx((0.2, 0.1, 0.3), abs=1e-4)
    assert found.sd == pytest.approx(0.1 * (2 * FRAMES / (2 * FRAMES - 1)) ** 0.5, abs=1e-4)
    assert (found.frames, found.clips) == (2 * FRAMES, 2)
    assert "0.20 ± 0.10" in shown(two)
    assert "[0.10, 0.30]" in shown(two)
    pooled = two.to_json()["pooled"]["mrpe"]
    assert (pooled["low"], pooled["high"], pooled["count"]) == (found.low, found.high, 2 * FRAMES)


def test_a_single_clip_has_no_interval():
    evaluation = evaluated(record_of(MOTION, error=(0, 0, 0.1)))
    assert evaluation.to_json()["pooled"]["mrpe"]["low"] is None
    assert "0.10 ± 0.00 " in shown(evaluation)
    assert "[0.10" not in shown(evaluation)


def test_a_slide_that_placement_adds_under_a_standing_person_is_skating():
    standing = MOTION | {"transl": np.repeat(MOTION["transl"][:1], FRAMES, axis=0)}
    slide = np.array([0.004, 0, 0.003], np.float32) * np.arange(FRAMES, dtype=np.float32)[:, None]
    record = record_of(standing | {"transl": standing["transl"] + slide})
    record.arrays["transl_initial"] = standing["transl"]
    pooled = evaluated(record, truth=truth_of(standing)).pooled
    assert pooled["skating"].mean == pytest.approx(0.005, abs=1e-5)
    assert pooled["skating"].count == 4 * (FRAMES - 1)
    assert pooled["skating_initial"].mean == pytest.approx(0, abs=1e-5)


def test_nobody_skates_where_no_true_foot_stands():
    hurried = MOTION | {"transl": MOTION["transl"] * [4, 1, 1]}
    evaluation = evaluated(record_of(hurried), truth=truth_of(hurried))
    assert "v2v" in evaluation.pooled
    assert "skating" not in evaluation.pooled
    assert "skating" not in evaluation.to_json()["clips"][0]["metrics"]


def test_a_truth_shorter_than_the_clip_is_an_error_that_names_the_record():
    with pytest.raises(CorpusError, match=r"frames 3 to 10 are not all in the truth of walk"):
        evaluated(record_of(MOTION, start=3))


def test_v2v_between_different_bodies_is_refused_and_the_rest_is_kept():
    evaluation = evaluated(record_of(MOTION), truth=truth_of(MOTION, body="smpl"))
    assert "v2v" not in evaluation.pooled
    assert "mrpe" in evaluation.pooled
    assert "mannequin, the truth's is smpl" in shown(evaluation)


def test_without_its_body_model_a_record_still_has_root_and_joint_errors():
    evaluation = evaluated(record_of(MOTION), body=None)
    assert "v2v" not in evaluation.pooled
    assert "not at hand" in evaluation.clips[0].no_v2v


def test_records_without_truth_are_named_not_counted():
    record = record_of(MOTION, video_id="other")
    evaluation = evaluate_records([record], lambda metadata: None, BODY)
    assert evaluation.clips == []
    assert evaluation.without_truth == [record.key]


def test_the_json_has_pooled_and_clip_metrics_with_deviations():
    data = json.loads(json.dumps(evaluated(record_of(MOTION, error=(0, 0, 0.1))).to_json(), allow_nan=False))
    assert data["unit"] == "metres"
    assert data["pooled"]["mrpe"] == data["clips"][0]["metrics"]["mrpe"]
    assert data["pooled"]["mrpe"]["mean"] == pytest.approx(0.1, abs=1e-4)
    assert data["pooled"]["mrpe"]["count"] == FRAMES


def test_a_person_taken_for_taller_is_told_by_size_not_only_by_depth():
    taller = MOTION | {"betas": np.array([2, *[0] * 9], np.float32)}
    (clip,) = evaluated(record_of(taller)).clips
    assert clip.size == pytest.approx(BODY.height(taller["betas"]) / BODY.height(MOTION["betas"]), abs=0.03)
    assert abs(clip.size - 1) > 0.02
    assert f"{clip.size - 1:+.0%}" in shown(evaluated(record_of(taller)))


def test_the_table_shows_before_and_after():
    text = shown(evaluated(record_of(MOTION, error=(0, 0, 0.1), initial_error=(0, 0, 0.7))))
    assert "0.70 ± 0.00" in text
    assert "0.70 → 0.10" in text


def test_the_markdown_has_both_tables_and_the_notes():
    records = record_of(MOTION, error=(0, 0, 0.1), initial_error=(0, 0, 0.7)), record_of(MOTION, video_id="a|b")
    lines = evaluation_markdown(evaluated(*records)).splitlines()
    assert "| error | before placement | after placement |  |" in lines
    assert "| MRPE | 0.35 ± 0.36 [0.00, 0.70] | 0.05 ± 0.05 [0.00, 0.10] | m |" in lines
    assert "| MPJPE |  | 0 ± 0 [0, 0] | mm |" in lines
    assert f"| walk | {FRAMES} | +0% | +0% | 0.70 → 0.10 | 0.70 → 0.10 | 0 |" in lines
    assert any(line.startswith("| a\\|b |") for line in lines)
    assert any(line.startswith("skating: ") for line in lines)


def test_a_clip_of_two_frames_has_no_jitter_and_no_nan():
    short = {name: part if name == "betas" else part[:2] for name, part in MOTION.items()}
    evaluation = evaluated(record_of(short), truth=truth_of(short))
    assert "jitter" not in evaluation.pooled
    assert np.isfinite([spread.mean for spread in evaluation.pooled.values()]).all()


def test_a_corpus_is_evaluated_with_the_sources_of_its_own_recipe(tmp_path, studio):
    records = [
        record_of(MOTION, error=(0, 0, 0.1)),
        record_of(MOTION, video_id="unseen"),
        record_of(MOTION, error=(0, 0, 0.3), start=FRAMES),
    ]
    evaluation = evaluate_corpus(corpus_of(tmp_path / "corpus", records))
    first = evaluation.clips[0].errors["mrpe"]
    assert len(evaluation.clips) == 2
    assert evaluation.pooled["v2v"].count == 2 * FRAMES
    assert evaluation.without_truth == [records[1].key]
    np.testing.assert_allclose(evaluation.clips[1].errors["mrpe"], 0.3, atol=1e-4)
    assert len(first) == FRAMES
    assert sorted(studio.asked) == ["unseen", "walk"]


def test_the_command_writes_markdown_beside_what_it_prints(tmp_path, studio):
    corpus = corpus_of(tmp_path / "corpus", [record_of(MOTION, error=(0, 0, 0.1), start=FRAMES)])
    page = tmp_path / "page.md"
    result = CliRunner().invoke(app, ["evaluate", str(corpus), "--markdown", str(page), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["pooled"]["mrpe"]["mean"] == pytest.approx(0.1, abs=1e-4)
    assert "| MRPE | 0.00 ± 0.00 | 0.10 ± 0.00 | m |" in page.read_text(encoding="utf-8")


def test_a_corpus_whose_recipe_has_fields_of_old_names_is_evaluated(tmp_path, studio):
    records = [record_of(MOTION, error=(0, 0, 0.1), start=FRAMES)]
    corpus = corpus_of(tmp_path / "corpus", records, camera={"default_hfov_deg": 60.0})
    assert len(evaluate_corpus(corpus).clips) == 1


def test_a_corpus_without_any_truth_is_an_error_that_says_what_has_truth(tmp_path, studio):
    corpus = corpus_of(tmp_path / "corpus", [record_of(MOTION, video_id="unseen")])
    with pytest.raises(CorpusError, match=r"none of its 1 record\(s\) has ground truth.*synthetic"):
        evaluate_corpus(corpus)


def test_a_folder_that_is_no_corpus_is_an_error(tmp_path):
    with pytest.raises(CorpusError):
        evaluate_corpus(tmp_path)


def test_how_the_camera_was_held_is_compared_where_the_truth_knows_it():
    """A record whose world is turned by 3 degrees about the camera's axis, and 10 cm too high above its floor."""
    record = record_of(MOTION)
    turn, wrong = np.radians(3.0), record.arrays["T_world_cam"].copy()
    about = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    wrong[:3, :3] = wrong[:3, :3] @ about
    wrong[2, 3] += 0.1
    held_wrongly = replace(record, arrays={**record.arrays, "T_world_cam": wrong})
    right, off = (evaluate_records([each], lambda _: truth_of(MOTION), BODY).pooled for each in (record, held_wrongly))
    level = np.cos(np.arcsin(record.arrays["T_world_cam"][2, 2]))  # a roll turns up about the optical axis
    assert off["up_error_deg"].mean == pytest.approx(np.degrees(2 * np.arcsin(level * np.sin(turn / 2))), abs=1e-3)
    assert off["camera_height"].mean == pytest.approx(0.1)
    assert (right["up_error_deg"].mean, right["camera_height"].mean) == pytest.approx((0, 0), abs=1e-3)
    told = evaluation_markdown(evaluate_records([held_wrongly], lambda _: truth_of(MOTION), BODY))
    assert "| up error |" in told and "| camera height error |" in told


def test_frames_turned_back_are_compared_in_the_view_they_were_turned_to():
    """The camera turned by a degree about its vertical axis in all frames but the third, which the record is of."""
    record, truth = record_of(MOTION), truth_of(MOTION)
    swung = np.eye(4)
    swung[:3, :3] = Rotation.from_rotvec([0, np.radians(1), 0]).as_matrix()
    poses = np.tile(T_WORLD_CAM, (FRAMES, 1, 1))
    others = np.arange(FRAMES) != 2
    poses[others] = T_WORLD_CAM @ swung
    seen = {name: getattr(truth, name).copy() for name in ("joints", "vertices")}
    for points in seen.values():
        points[others] = points[others] @ swung[:3, :3]
    aside = np.tile(np.eye(3, dtype=np.float32), (FRAMES, 1, 1))
    aside[others, 0, 2] = 5
    swaying = replace(truth, T_world_cam=poses, **seen)
    turned = replace(record, arrays=record.arrays | {"stabilising": aside})
    errors = clip_errors(turned.metadata, turned.arrays, swaying, BODY).errors
    assert errors["mrpe"].max() < 1e-4
    assert errors["v2v"].max() < 1e-4
    assert errors["up_error_deg"].max() < 1e-3
    assert clip_errors(record.metadata, record.arrays, swaying, BODY).errors["mrpe"].max() > 0.02


def test_a_truth_that_knows_no_camera_pose_leaves_both_out():
    unheld = replace(truth_of(MOTION), T_world_cam=None)
    found = evaluate_records([record_of(MOTION)], lambda _: unheld, BODY).pooled
    assert not {"up_error_deg", "camera_height"} & set(found)
