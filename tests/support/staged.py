"""Light builds with every stage under its real key, and plans of them."""

import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from light import LightSpec, LightStages, recipe_of, write_video
from make_records import PREVIEW, make_reconstruction
from rich.console import Console

from share_data.audit.plan_table import render_plan
from share_data.build.build import BuildOptions, BuildResult, build_corpus
from share_data.build.codecs import to_artifact
from share_data.build.plan.changes import Stage
from share_data.build.plan.forecast import Plan, StagePlan
from share_data.build.plan.plan import plan_build
from share_data.build.plan.tally import ESTIMATION
from share_data.build.stages.keys import identity_of
from share_data.engine.journal import journal_lines
from share_data.engine.watch import Silent, Watcher
from share_data.pipeline.scene.scale_evidence import PooledEvidence
from share_data.recipe.model import Recipe
from share_data.recipe.reading import parse_recipe
from share_data.records import Clip
from share_data.store.store import Store

ACCEPT_ALL = "filters.single_person.max_company_s=1.0"
MEAN = "placement.anchoring=mean"
INLINE = BuildOptions("inline")


class StagedStages(LightStages):
    """Made-up results of every stage, under the real keys: humans, geometry and reconstruction one by one."""

    def reconstruct(self, clip: Clip, pooled: PooledEvidence | None = None) -> str:
        self._misbehave("raise" if "fault=raise" in clip.path.read_text() else "", clip)
        self.store.put("focal", self.keys.focal(identity_of(clip)), to_artifact([None, None]))
        humans = self.humans_key(clip)
        geometry = self.keys.geometry(humans)
        key = self.keys.reconstruct(geometry)
        made = {"reconstruction": make_reconstruction(len(clip)), "preview": np.frombuffer(PREVIEW, np.uint8)}
        values: dict[str, Any] = {"humans": [], "geometry": [], "reconstruct": made}
        for stage, each in zip(ESTIMATION, (humans, geometry, key), strict=True):
            if not self.store.has(stage, each):
                self.store.put(stage, each, to_artifact(values[stage]))
                self.seconds[stage] += 0.5
        return key


@dataclass(frozen=True, slots=True)
class StagedSpec(LightSpec):
    """Workers with made-up stages."""

    def stages(self) -> StagedStages:
        recipe = parse_recipe(json.loads(self.recipe), "staged")
        return StagedStages(recipe, Store(Path(self.cache)))


def make_root(root: Path) -> Path:
    """Three videos of two clips; those of the third show company and are rejected."""
    for name in ("a", "b"):
        write_video(root, name, clips=2, frames=10)
    write_video(root, "c", clips=2, frames=20, flag="company")
    return root


def recipe(root: Path, *overrides: str) -> Recipe:
    return recipe_of(root, "output.samples_per_shard=2", *overrides)


def build(
    root: Path, *overrides: str, out: str = "out", watch: Watcher | None = None, options: BuildOptions = INLINE
) -> BuildResult:
    return build_corpus(recipe(root, *overrides), root / out, watch or Silent(), options, StagedSpec.of)


def plan(root: Path, *overrides: str, out: str = "out", options: BuildOptions = INLINE) -> Plan:
    return plan_build(recipe(root, *overrides), root / out, options, StagedSpec.of)


def stage(planned: Plan, name: Stage) -> StagePlan:
    return next(each for each in planned.stages if each.stage == name)


def to_compute(planned: Plan) -> dict[str, int]:
    """Stages that have something to compute."""
    return {each.stage: each.to_compute for each in planned.stages if each.to_compute}


def why(planned: Plan, name: Stage) -> dict[str, int]:
    return {reason.text: reason.count for reason in stage(planned, name).reasons}


def everything(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder below `root`: time of its last change, and content."""
    paths = {path.relative_to(root).as_posix(): path for path in root.rglob("*")}
    return {
        name: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for name, path in paths.items()
    }


def stored(root: Path) -> Counter[str]:
    """Files in the stage store, by stage; measurements of all filters together."""
    return Counter(path.parents[1].name.split("-")[0] for path in (root / "cache").glob("*/*/*.safetensors"))


def packed(root: Path, out: str = "out") -> int:
    """Shards that builds here have written."""
    journal = root / out / ".share-data" / "journal.jsonl"
    events = [event for _, event in journal_lines(journal)] if journal.exists() else []
    return sum(event["e"] == "done" and event["step"] == "pack" for event in events)


def shown(planned: Plan) -> str:
    console = Console(width=200, file=io.StringIO())
    console.print(render_plan(planned))
    return console.file.getvalue()  # type: ignore[attr-defined]
