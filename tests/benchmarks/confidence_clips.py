"""The clips of `confidence.py`, made once and kept: those of simulated estimators, and rendered ones.

python tests/benchmarks/confidence_clips.py --cache FOLDER --setup simulated --seed 40000 --clips 300
python tests/benchmarks/confidence_clips.py --cache FOLDER --setup embedded --seed 20000 --clips 60
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import hazard_clips
import spread_clips
from confidence_rows import Row, row_of, rows

from share_data.body.model import BodyModel, load_body
from share_data.build.codecs import from_artifact
from share_data.build.stages.stages import Stages
from share_data.recipe.reading import parse_recipe
from share_data.records import PersonTrack
from share_data.store.store import Store
from share_data.store.threads import one_thread

SETUPS = ("simulated", "embedded")


def simulated(body: BodyModel) -> Callable[[int, int], Row]:
    """Rows of `spread_clips`, which say beside scores and errors how wrong such clips usually are."""

    def make(seed: int, index: int) -> Row:
        drawn = spread_clips.spread(seed, index)
        made = spread_clips.make(drawn, body)
        about = {**spread_clips.known(drawn), "fault": drawn.fault, "by_person": drawn.by_person}
        return {"about": about, **row_of(made.found, made.seen, made.times, made.joints, made.up)}

    return make


def embedded(body: BodyModel, cache: Path) -> Callable[[int, int], Row]:
    """Rows of `hazard_clips` through blazepose and ground_plane. cache: keeps clips and what stages made of them."""
    (cache / "clips").mkdir(parents=True, exist_ok=True)

    def make(seed: int, index: int) -> Row:
        drawn = hazard_clips.troubled(seed, index)
        film = hazard_clips.filmed(drawn, body, cache / "clips")
        source = {"kind": "local", "root": str(film.clip.path)}
        recipe = parse_recipe({"schema_version": 1, "name": "truth", "sources": [source]}, "benchmark")
        stages = Stages(recipe, Store(cache / "store"))
        found, _ = stages.reconstruction(stages.reconstruct(film.clip))
        stored = stages.store.get("humans", stages.humans_key(film.clip))
        seen = from_artifact(stored, PersonTrack).confidence
        about = {"trouble": drawn.trouble, "hazard": drawn.plan.scenario.hazard}
        return {"about": about, **row_of(found, seen, film.clip.times, film.joints, film.up)}

    return make


def made(setup: str, cache: Path, seed: int, count: int, body: BodyModel) -> list[Row]:
    """The rows of a setup's first `count` clips of a seed that became records."""
    make = simulated(body) if setup == "simulated" else embedded(body, cache)
    found = []
    with one_thread():
        for row in rows(cache / f"{setup}-{seed}.jsonl", seed, count, make):
            found.append(row)
            if "scores" in row and len(found) % 10 == 0:
                print(f"{setup} {seed}: {len(found)} of {count}", flush=True)
    return [row for row in found if "scores" in row]


def main() -> None:
    """Make and keep the rows of one setup and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--setup", choices=SETUPS, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--clips", type=int, default=300)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    found = made(given.setup, given.cache, given.seed, given.clips, load_body("mannequin"))
    print(f"{len(found)} of {given.clips} became records")


if __name__ == "__main__":
    main()
