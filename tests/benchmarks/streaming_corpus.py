"""The benchmark's records as a corpus."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from make_records import BODY, PREVIEW, RECIPE, make_clip, make_entries, make_reconstruction
from streaming_loaders import Arrays, record

from share_data.corpus.record import Precision, to_sample
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.records import Clip


def write(folder: Path, count: int, frames: int, points: int, precision: Precision) -> None:
    """Pack so many of the benchmark's records."""
    clips = [make_clip(number, frames) for number in range(count)]

    def member(number: int) -> Member:
        return Member(clips[number].key, lambda: _sample(clips[number], record(number, frames, points), precision))

    members = [member(number) for number in range(count)]
    pack(members, folder, Provenance(make_entries(clips), RECIPE, BODY), PackOptions(64))


def _sample(clip: Clip, arrays: Arrays, precision: Precision) -> Sample:
    template = make_reconstruction(2, 2)
    motion = {name: array for name, array in arrays.items() if hasattr(template.motion, name)}
    motion |= {"transl_initial": arrays["transl"], "keyframe": np.zeros(len(arrays["times"]), bool)}
    scene = {name: array for name, array in arrays.items() if hasattr(template.scene, name)}
    made = replace(template, motion=replace(template.motion, **motion), scene=replace(template.scene, **scene))
    return Sample(*to_sample(clip, made, precision), PREVIEW)
