"""Read a corpus in a plain loop: what a trainer needs of each record.

    python examples/read_corpus.py out/demo
    python examples/read_corpus.py s3://bucket/corpus

Only numpy, pyarrow and safetensors are imported: no torch, no Ray, no model. Records come in corpus order, which is
shuffled once and for all; `corpus[3]` and `corpus["KEY"]` fetch one without reading the others.
"""

import sys

import numpy as np

from share_data.corpus.read import Corpus, Record


def path_length(record: Record) -> float:
    """Metres that the pelvis travels, over the frames in which the person was seen."""
    pelvis = record.arrays["joints"][record.arrays["valid"], 0]  # (T', 3) metres, z up, floor at 0
    return float(np.linalg.norm(np.diff(pelvis, axis=0), axis=1).sum())


def describe(record: Record) -> str:
    """One line about a record; `record.arrays` holds the motion itself, see `share_data.corpus.layout.ARRAYS`."""
    meta, arrays = record.metadata, record.arrays
    return (
        f"{record.key}: {meta['n_frames']} frames at {meta['fps']:.1f} fps, {len(record.points)} points, "
        f"pelvis path {path_length(record):.2f} m, confidence {arrays['confidence'].mean():.2f}"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/read_corpus.py CORPUS")
    for each in Corpus(sys.argv[1]):
        print(describe(each))
