"""TRC files read by trc-data-reader (PyPI, 0.4.1): the largest error of a joint, and of a time.

`pip install trc-data-reader==0.4.1 && python tests/benchmarks/export_trc.py`
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from exported import acted_corpus, clip_of, steady

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.export.base import ExportOptions
from share_data.export.run import export_corpus, format_of

FPS = 30000 / 1001
Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])


def main() -> None:
    from trc import TRCData

    with TemporaryDirectory() as folder:
        corpus = Corpus(acted_corpus(Path(folder) / "corpus", load_body(), [clip_of(steady(90, FPS))]))
        export_corpus(corpus, format_of("trc", ExportOptions()), Path(folder) / "out")
        read = TRCData()
        read.load(str(next((Path(folder) / "out").glob("*.trc"))))
        joints = np.array([read[name] for name in read["Markers"]]).transpose(1, 0, 2)
        off = np.abs(joints - corpus[0].arrays["joints"] @ Y_UP.T * 1000).max()
    late = np.abs(np.array(read["Time"]) - np.arange(90) / FPS).max()
    sys.stdout.write(f"{read['NumFrames']} frames, {read['Units']}: joints {off:.5f} mm off, times {late:.1e} s\n")


if __name__ == "__main__":
    main()
