"""From a copy of RICH to a corpus and its evaluation: two published clips of rendered people, embedded estimators."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rich_tree
from rich_tree import clip
from synthetic_clips import mannequin, plan_of

from share_data.build.build import build_corpus
from share_data.camera import transform
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.engine.watch import Silent
from share_data.evaluation.corpus import evaluate_corpus
from share_data.recipe.reading import parse_recipe
from share_data.synthetic.film import shoot
from share_data.synthetic.production import in_camera, scenes, take

pytestmark = pytest.mark.xdist_group("build")

CLIPS = {"Gym_010_lunge1_batch00": "reach", "LectureHall_021_plankjack1_batch00": "turn"}
FRAMES = 100


def film(tree: Path, name: str, action: str) -> None:
    """Render a person as the clip's camera sees him; lay out images, calibration, bodies and SMPL truth as in RICH."""
    known = clip(name)
    width, height = rich_tree.SIZE
    plan = plan_of(action, frames=FRAMES, fps=30, index=known.camera, width=width, height=height)
    (scene,) = scenes(plan, mannequin())
    assert scene.motion is not None
    first = rich_tree.FIRST[known.sequence]
    shot = shoot(take(scene, mannequin()))
    pictures = {first + number: picture for number, picture in enumerate(shot)}
    view = f"test/{known.sequence}/cam_{known.camera:02d}"
    rich_tree.write_images(tree, view, pictures, "jpeg")
    scale = 4112 / width
    rich_tree.write_calibration(tree, known.scene, known.camera, plan.focal_px * scale, (2055.5, 1503.5), (0, 0))
    to_world = np.linalg.inv(rich_tree.world_to_camera(known.camera))
    joints = transform(in_camera(scene, scene.motion.joints).astype(np.float64), to_world)
    rich_tree.save(tree / "smpl", known, {"joints": joints})
    rich_tree.write_bodies(tree, known.sequence, FRAMES, pelvis=joints[:, 0])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rich")
    for name, action in CLIPS.items():
        film(root / "data", name, action)
    source = {
        "kind": "rich",
        "root": str(root),
        "selection": "published",
        "downscale": 8,
        "sequences": ["*lunge1", "*plankjack1"],
    }
    recipe: dict[str, Any] = {
        "schema_version": 1,
        "name": "rich",
        "sources": [source],
        "tolerance": {"max_failed_fraction": 0.9},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARE_DATA_CACHE", str(root / "cache"))
        patch.setenv("SHARE_DATA_HOME", str(root / "home"))
        result = build_corpus(parse_recipe(recipe, "test"), root / "out", Silent())
    outcomes = {(row.level, row.status, row.reason): row.count for row in result.totals.funnel()}
    # Batch 00 of each lies there; the lunge has two batches more, the plank jack four.
    assert outcomes[("clip", "kept", "")] == 2 and outcomes[("video", "failed", "SourceError")] == 6, outcomes
    return root / "out"


def test_the_clips_that_are_there_are_whole_records(built: Path) -> None:
    assert validate_corpus(built) == []
    for record, name in zip(sorted(Corpus(built), key=lambda each: each.metadata["video_id"]), CLIPS, strict=True):
        metadata = record.metadata
        assert metadata["labels"]["sequence"] == clip(name).sequence
        assert (metadata["frame_stop"] - metadata["frame_start"], metadata["focal_source"]) == (FRAMES, "source")
        assert metadata["redistributable"] is False and "research only" in metadata["licence"]


def test_the_corpus_is_evaluated_against_the_exported_truth(built: Path) -> None:
    evaluation = evaluate_corpus(built)
    assert [clip.frames for clip in evaluation.clips] == [FRAMES, FRAMES]
    assert all(clip.focal == pytest.approx(clip.true_focal) for clip in evaluation.clips)
    assert evaluation.pooled["mrpe"].mean < 0.15
    assert all("the truth's is smpl without exported vertices" in clip.no_v2v for clip in evaluation.clips)
