"""The stages whose results are hashed or promised to be the same; determinism.py runs this in processes of its own.

python tests/benchmarks/determinism_stages.py FOLDER --prepare       make the inputs
python tests/benchmarks/determinism_stages.py FOLDER --repeats 20    print the SHA-256 of every result as JSON
"""

import argparse
import hashlib
import json
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from determinism_films import (
    ACTIONS,
    FRAMES,
    HEIGHT,
    KEY,
    KEYFRAMES,
    OPTIONS,
    TIMES,
    WIDTH,
    Film,
    dense_body,
    encoded,
    ground_plane,
    mannequin,
    posed,
    prepare,
    skeleton,
)
from determinism_holds import said, take_hold
from make_records import BODY, RECIPE, make_entries

from share_data import registry
from share_data.body.overlay import camera_vertices, preview
from share_data.corpus.record import to_sample
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.pipeline.humans.blazepose.landmarks import Landmarker
from share_data.pipeline.humans.blazepose.motion import find_motion
from share_data.pipeline.humans.movenet import MoveNet
from share_data.pipeline.placement.place import PlacementOptions, place_human
from share_data.pipeline.reconstruct import assemble, estimate_geometry
from share_data.pipeline.scene.fusion import fuse_scene
from share_data.store.seeds import seeded
from share_data.store.threads import one_thread
from share_data.synthetic.film import shoot
from share_data.synthetic.production import scenes, take
from share_data.video.frames import ClipFrames, iterate


def rendering(film: Film) -> Any:
    return [list(islice(shoot(take(scene, mannequin())), 2)) for scene in scenes(film.scenario, mannequin())]


def filters(film: Film) -> Any:
    """Their numbers, from frames and people already looked for: the detector is a stage of its own."""
    kinds = ("static_camera", "single_person", "keyframe_overlap")
    return [registry.load("filters", kind)().measure(film.observation) for kind in kinds]


def geometry(film: Film) -> Any:
    opened = ClipFrames(film.clip.path, 0, FRAMES, WIDTH, HEIGHT)
    images = opened.read(KEYFRAMES)
    return estimate_geometry(images, film.clip.times, film.track, ground_plane(), mannequin(), np.array(KEYFRAMES))


def fusion(film: Film) -> Any:
    return fuse_scene(film.maps, film.keyframes, [film.track.masks[number] for number in KEYFRAMES], OPTIONS.scene)


def placement(film: Film) -> Any:
    """The exact solver; "adam" takes the better part of a minute."""
    vertices, roots = film.surface.vertices[KEYFRAMES], film.surface.joints[:, 0]
    points = film.fusion.human_points
    times, faces = film.clip.times, mannequin().faces
    return place_human(vertices, points, roots, times, np.array(KEYFRAMES), PlacementOptions(), faces)


def whole_record(film: Film) -> Any:
    """Fusion and placement again, and what comes after: floor, normals, contacts, world frame, scores."""
    return assemble(film.clip, film.keyframes, film.track, film.maps, mannequin(), OPTIONS)


def packed(film: Film, suffix: str) -> Any:
    """The files of a corpus of one record that end in `suffix`, by name."""
    member = Member(film.clip.key, lambda: Sample(*to_sample(film.clip, film.made), b"preview"))
    provenance = Provenance(make_entries([film.clip]), RECIPE, BODY)
    with tempfile.TemporaryDirectory() as folder:
        pack([member], Path(folder) / "out", provenance, PackOptions(2, ("webdataset", "parquet")))
        found = sorted(Path(folder, "out").rglob(f"*{suffix}"))
        return [(path.name, path.read_bytes()) for path in found]


def jpeg(film: Film) -> bytes:
    made = film.made
    vertices = camera_vertices(made.motion, made.T_world_cam, mannequin(), [0])[0]
    return preview(film.frames[0], vertices, mannequin().faces, made.intrinsics)


STAGES: dict[str, Callable[[Film], Any]] = {
    "rendering": rendering,
    "encode": lambda film: encoded(film.frames),
    "decode": lambda film: list(iterate(film.clip.path)),
    "filters": filters,
    "detector": lambda film: MoveNet().detect(film.keyframes[0]),
    "landmarks": lambda film: Landmarker().locate(film.keyframes[0], film.people[0]),
    "body model": lambda film: [posed(film.track, body) for body in (mannequin(), dense_body())],
    "fit": lambda film: find_motion(skeleton(), mannequin(), film.evidence, TIMES),
    "geometry": geometry,
    "fusion": fusion,
    "placement": placement,
    "whole record": whole_record,
    "safetensors": lambda film: packed(film, ".tar"),
    "Parquet": lambda film: packed(film, ".parquet"),
    "JPEG preview": jpeg,
}


def leaves(value: Any) -> Iterator[bytes]:
    """What a result consists of, to the bit."""
    if is_dataclass(value):
        value = [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, list | tuple):
        yield f"{len(value)} parts".encode()
        for part in value:
            yield from leaves(part)
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape}".encode()
        yield value.tobytes()
    else:
        yield value if isinstance(value, bytes) else repr(value).encode()


def digest(value: Any) -> str:
    hasher = hashlib.sha256()
    for leaf in leaves(value):
        hasher.update(leaf)
    return hasher.hexdigest()


def one_round(films: list[Film]) -> dict[str, str]:
    """Every stage's digest of the first film; the other films are the work in between."""
    found: dict[str, str] = {}
    for film in films:
        for name, stage in STAGES.items():
            with seeded(KEY):
                found.setdefault(name, digest(stage(film)))
    return found


def main() -> None:
    """Make the inputs, or print {"digests": {stage: [one a repeat]}, "said": {library: instruction set}}."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--repeats", type=int, default=1)
    chosen = parser.parse_args()
    inputs = chosen.folder / "films.pickle"
    take_hold()
    with one_thread():
        if chosen.prepare:
            inputs.write_bytes(pickle.dumps([prepare(chosen.folder, action) for action in ACTIONS]))
            return
        # A single run has nothing in between to be disturbed by.
        films = pickle.loads(inputs.read_bytes())[: chosen.repeats]
        rounds = [one_round(films) for _ in range(chosen.repeats)]
    json.dump({"digests": {name: [each[name] for each in rounds] for name in STAGES}, "said": said()}, sys.stdout)


if __name__ == "__main__":
    main()
