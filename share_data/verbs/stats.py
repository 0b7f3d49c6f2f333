"""`share-data stats`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import emit, say

EXAMPLE = "Example: share-data stats out/demo --rotation 6d --frame canonical --fps 20"
FILE = "stats.json"


def stats(
    corpus: CorpusArgument,
    rotation: Annotated[str, typer.Option(help="axis_angle, 6d or matrix.")] = "6d",
    frame: Annotated[str, typer.Option(help="world or canonical.")] = "canonical",
    fps: Annotated[float | None, typer.Option(help="Frames a second; default: each clip's own.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; default: stats.json in the corpus.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """How much a corpus holds, of whom, doing what; mean and std of what a model is trained on; written to a file."""
    from share_data.corpus.manifest import pretty_json
    from share_data.corpus.opening import open_storage
    from share_data.corpus.training.options import SampleOptions
    from share_data.corpus.training.statistics import corpus_statistics
    from share_data.store.atomic import atomic_write

    if output is None and "://" in corpus:
        raise typer.BadParameter("a corpus behind a URL is left as it is: name a file", param_hint="--output")
    options = SampleOptions(rotation=rotation, frame=frame, fps=fps, scene_points=None)  # type: ignore[arg-type]
    found = corpus_statistics(open_storage(corpus), options)
    file = output or Path(corpus) / FILE
    atomic_write(file, pretty_json(found))
    if as_json:
        return emit(found)
    say(f"{_told(found)}\nmean and std of pose, joints and transl: {file}")


def _told(found: dict[str, Any]) -> str:
    seconds, speed = found["seconds"], found["speed_m_s"]
    known = [f"{found[name]} {name}" for name in ("people", "cameras") if found[name] is not None]
    doing = ", ".join(f"{name} {count}" for name, count in found["activities"].items())
    lines = [
        f"{found['records']} records of {found['videos']} videos, {found['frames']} frames, {found['hours']:.3f} hours",
        f"seconds a record: {seconds['min']:.1f} to {seconds['max']:.1f}, median {seconds['median']:.1f}",
        f"frames a second: {found['fps']['min']:.2f} to {found['fps']['max']:.2f}",
        f"pelvis: {speed['pelvis_mean']:.2f} m/s on average, {speed['pelvis_max']:.2f} at most",
        f"frames in which the person was seen: {found['frames_seen']}",
    ]
    return "\n".join([*lines, *([", ".join(known)] if known else []), *([f"doing: {doing}"] if doing else [])])
