"""Joints and a height: no body model anywhere, so the mannequin will do."""

from pathlib import Path

import numpy as np
from exported import acted_corpus, assert_sides, clip_of, steady

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.export.base import ExportOptions
from share_data.export.run import export_corpus, format_of


def test_positions_and_height_are_those_of_the_corpus(tmp_path: Path) -> None:
    body = load_body()
    acted_corpus(tmp_path / "corpus", body, [clip_of(steady(10)), clip_of(steady(10, 24), "slow")])
    corpus = Corpus(tmp_path / "corpus")
    summary = export_corpus(corpus, format_of("joints_height", ExportOptions()), tmp_path / "out")
    assert summary["clips"] == 2 and summary["clips_resampled"] == 1
    for record in corpus:
        with np.load(tmp_path / "out" / f"{record.key}.npz") as arrays:
            joints, height = arrays["global_joint_positions"], arrays["height"]
        assert_sides(joints, up=2)
        assert height.shape == () and abs(height - body.height(record.arrays["betas"])) < 1e-6
        if record.metadata["video_id"] == "raised":
            assert np.abs(joints - record.arrays["joints"][:, :22]).max() < 1e-5
