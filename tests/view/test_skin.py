"""The body that a browser bends is the body model's, but for the weights that it cannot hold."""

from dataclasses import replace

import numpy as np
import samples

from share_data.view.clip import clip_view
from share_data.view.skin import bent, heaviest, skin_of


def test_with_every_weight_it_is_the_body_model_and_with_four_it_is_close() -> None:
    motion = samples.walk()
    motion["betas"] = np.linspace(-1, 1, 10).astype(np.float32)
    record = samples.record_of(motion)
    body, clip = samples.BODY, clip_view(record)
    assert clip.skin is not None and clip.why == ""
    posed = body.forward(*(record.arrays[name] for name in ("global_orient", "body_pose", "betas", "transl")))
    every = replace(clip.skin, weights=body.weights)
    stiff = bent(every, clip.turns, record.arrays["joints"])
    pose_shapes = float(np.abs(body.arrays.posedirs).max())
    assert np.abs(stiff - posed.vertices).max() < 1e-5 + 20 * pose_shapes
    four = bent(clip.skin, clip.turns, record.arrays["joints"])
    away = np.linalg.norm(four - posed.vertices, axis=-1)
    assert away.max() < 0.01 and away.mean() < 2e-4
    raw = replace(clip.skin, weights=np.where(clip.skin.weights > 0, body.weights, 0))
    assert np.linalg.norm(bent(raw, clip.turns, record.arrays["joints"]) - posed.vertices, axis=-1).max() > 0.01


def test_four_weights_a_vertex_that_sum_to_one_and_are_in_the_same_proportion() -> None:
    weights = samples.BODY.weights
    kept = heaviest(weights)
    assert ((kept > 0).sum(axis=1) <= 4).all()
    np.testing.assert_allclose(kept.sum(axis=1), 1, atol=1e-6)
    share = kept / np.where(weights > 0, weights, 1)
    assert np.ptp(np.where(kept > 0, share, share.max(axis=1, keepdims=True)), axis=1).max() < 1e-4


def test_without_its_body_model_a_record_has_bones_and_says_why() -> None:
    record = samples.record_of(samples.walk())
    record.metadata["body"] = {"name": "smpl", "gender": "neutral", "sha256": "a" * 64, "licence": "mine"}
    clip = clip_view(record)
    assert clip.skin is None and "--body" in clip.why
    assert clip.bones(0).shape == (23, 2, 3)
    assert skin_of(samples.BODY, record.arrays["betas"]).joints.shape == (24, 3)
