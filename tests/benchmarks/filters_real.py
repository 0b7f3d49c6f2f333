"""What the filters make of real videos, window by window.

    python tests/benchmarks/filters_real.py VIDEO ...

Which were tried: cameras of one person and of two in the PyPI package pose2sim 0.10.49 (Pose2Sim/Demo_SinglePerson and
Demo_MultiPerson, BSD-3), and docs/example_video/tennis.mp4 of github.com/zju3dv/GVHMR, filmed by hand.
"""

import sys
import tempfile
from pathlib import Path

from share_data.build.stages.stages import Stages
from share_data.recipe.reading import parse_recipe
from share_data.records import Video
from share_data.store.store import Store


def main(paths: list[str]) -> None:
    """A line a window: frames, each filter's reasons, and the scores that they are of."""
    recipe = parse_recipe({"schema_version": 1, "name": "real", "sources": [{"kind": "local", "root": "."}]}, "real")
    with tempfile.TemporaryDirectory() as folder:
        stages = Stages(recipe, Store(Path(folder)))
        configs = {config.kind: config for config in recipe.filters}
        for name in paths:
            path = Path(name).absolute()
            print(name, flush=True)
            for clip in stages.mine(Video("local", path.stem, path.as_uri()), path).clips:
                told = []
                for filter_, measurement in zip(stages.filters, stages.measure(clip), strict=True):
                    against = filter_.decide(measurement, configs[filter_.kind]).against
                    told += [f"{o.reason} ({o.score} {o.value:.3g}, asked {o.asked} {o.threshold:g})" for o in against]
                print(f"  {clip.start:6}-{clip.stop:<6}", "; ".join(told) or "kept", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
