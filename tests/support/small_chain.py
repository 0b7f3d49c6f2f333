"""A small recipe through the whole chain with the embedded estimators: two kept clips, two that are not."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from share_data.build.build import BuildResult, build_corpus
from share_data.engine.watch import Silent
from share_data.recipe.reading import parse_recipe

CLIP = {"frames": 30, "fps": 10}
RECIPE: dict[str, Any] = {
    "schema_version": 1,
    "name": "small",
    "sources": [
        {
            "kind": "synthetic",
            "seed": 7,
            "clips": [
                {"action": "walk", **CLIP},
                {"action": "reach", **CLIP},
                {"action": "reach", "hazard": "in_place", **CLIP},
                {"action": "walk", "hazard": "nobody", **CLIP},
            ],
        }
    ],
    "output": {"formats": ["webdataset", "parquet"], "samples_per_shard": 1},
    "tolerance": {"max_failed_fraction": 0.5},
}


def environment(root: Path) -> dict[str, str]:
    """Stage store and downloads below ROOT."""
    return {"SHARE_DATA_CACHE": str(root / "cache"), "SHARE_DATA_HOME": str(root / "home")}


def build(root: Path, recipe: dict[str, Any] = RECIPE) -> BuildResult:
    """Build below ROOT in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(root).items():
            patch.setenv(name, value)
        return build_corpus(parse_recipe(recipe, "test"), root / "out", Silent())


def run(root: Path, *arguments: str, **extra: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-c", "from share_data.cli import main; main()", *arguments]
    return subprocess.Popen(
        command, env=os.environ | environment(root) | extra, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
