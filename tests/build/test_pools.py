"""Ray starts when `gpus_per_worker > 0` or `workers > 1`, or from 32 videos on with more than one core."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from share_data.build.pools import RAY_FROM_VIDEOS, choose_pool, wants_ray
from share_data.cli import app
from share_data.engine.watch import Silent
from share_data.errors import MissingDependencyError
from share_data.recipe.model import EngineConfig


@pytest.mark.parametrize(
    ("settings", "videos", "cores", "ray"),
    [
        ({}, 31, 8, False),
        ({}, 32, 8, True),
        ({}, 32, 1, False),
        ({"workers": 1}, 1, 8, False),
        ({"workers": 1}, 32, 8, True),
        ({"workers": 2}, 1, 1, True),
        ({"gpus_per_worker": 0.5}, 1, 1, True),
        ({"cpu_workers": 4}, 1, 8, False),
    ],
)
def test_the_rule_is_the_one_that_is_told(
    settings: dict[str, Any], videos: int, cores: int, ray: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("share_data.build.pools.cores", lambda: cores)
    config = EngineConfig(**settings)
    assert wants_ray("auto", "", config, videos) is ray
    assert wants_ray("ray", "", config, videos) and not wants_ray("inline", "", config, videos)
    assert wants_ray("auto", "auto", config, videos)


def test_the_help_tells_the_rule() -> None:
    told = " ".join(CliRunner().invoke(app, ["build", "--help"], terminal_width=200).output.split())
    assert "Ray when engine.gpus_per_worker > 0 or engine.workers > 1, or from" in told
    assert f"{RAY_FROM_VIDEOS} videos on with more than one core" in told


def test_where_ray_is_to_start_and_is_not_there_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("share_data.build.pools.find_spec", lambda _: None)
    spec: Any = None
    with pytest.raises(MissingDependencyError, match="--engine inline"):
        choose_pool("auto", "", EngineConfig(workers=2), spec, 1, tmp_path, Silent())
