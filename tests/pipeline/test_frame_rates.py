"""The same motion filmed at 15, 30, 60 and 120 frames a second, and with a tenth of the frames missing."""

from dataclasses import dataclass

import numpy as np
import pytest

from share_data.body.model import load_body
from share_data.camera import Floats
from share_data.pipeline.placement.anchoring import Anchors
from share_data.pipeline.placement.root_paths import smooth_roots, steady_roots
from share_data.pipeline.quality.skating import skating_m_s
from share_data.pipeline.quality.smoothness import jitter, keyframe_jump
from share_data.pipeline.world.contacts import foot_contacts, foot_heights, joint_regions
from share_data.resampling import at_times
from share_data.synthetic.motion import act
from share_data.synthetic.specs import ClipSpec, draw
from share_data.synthetic.staging import stage

SECONDS = 3
RATES = (15, 30, 60, 120)
KEYFRAMES_S = np.array([0, 22, 44]) / 15


@dataclass(frozen=True)
class Filmed:
    times: Floats
    joints: Floats
    heights: Floats
    left: Floats
    right: Floats

    def less(self, seed: int) -> "Filmed":
        """A tenth of the frames missing, but not the keyframes."""
        free = np.setdiff1d(np.arange(len(self.times)), self.keyframes)
        gone = np.random.default_rng(seed).permutation(free)[: len(self.times) // 10]
        return Filmed(
            *(np.delete(each, gone, axis=0) for each in (self.times, self.joints, self.heights, self.left, self.right))
        )

    @property
    def keyframes(self):
        return np.abs(self.times[:, None] - KEYFRAMES_S).argmin(axis=0)


@pytest.fixture(scope="module")
def films():
    """A walk at each rate, whole and with frames missing. All begin and end at the same moments."""
    body, found = load_body(), {}
    for fps in RATES:
        scenario = draw(ClipSpec(action="walk", frames=SECONDS * fps, fps=fps, width=64, height=64), 3, 0)
        motion = act(scenario, stage(scenario), body)
        last = (SECONDS * 15 - 1) * fps // 15 + 1
        times = np.arange(last) / fps
        vertices, regions = motion.vertices[:last], joint_regions(body.weights)
        feet = [vertices[:, np.concatenate([regions[k] for k in pair])] for pair in ((7, 10), (8, 11))]
        whole = Filmed(times, motion.joints[:last], foot_heights(vertices, body.weights), *feet)
        found |= {(fps, "whole"): whole, (fps, "missing"): whole.less(fps)}
    return found


def scores(film: Filmed) -> dict[str, float | None]:
    valid = np.ones(len(film.times), bool)
    contacts = foot_contacts(film.joints, film.heights, film.times, valid)
    return {
        "jitter": jitter(film.joints, film.times, valid),
        "jump": keyframe_jump(film.joints[:, 0], film.keyframes, film.times),
        "contact": float(contacts.mean()),
    }


def test_the_synthetic_gait_is_the_same_motion_at_every_rate(films):
    shared = np.arange(SECONDS * 15 - 1) / 15
    true = at_times(films[30, "whole"].joints, films[30, "whole"].times, shared)
    for fps in RATES:
        film = films[fps, "whole"]
        assert np.linalg.norm(at_times(film.joints, film.times, shared) - true, axis=-1).max() < 0.003


def test_scores_are_the_same_at_every_rate_and_with_frames_missing(films):
    expected = scores(films[30, "whole"])
    for name, film in films.items():
        for score, value in scores(film).items():
            # A path without jumps has any value below 1, and at 15 a second a missing neighbour is simply not known.
            bound = 0.1 if score == "jump" else 0.0
            assert value == pytest.approx(expected[score], rel=0.1, abs=bound), (name, score)


def test_noise_of_every_frame_is_the_same_jitter_at_every_rate(films):
    found = []
    for film in films.values():
        noise = np.random.default_rng(0).normal(0, 0.005, film.joints.shape)
        found.append(jitter(film.joints + noise, film.times, np.ones(len(film.times), bool)))
    assert max(found) <= 1.1 * min(found)
    assert min(found) > 1.3 * scores(films[30, "whole"])["jitter"]


def test_below_fifteen_frames_a_second_jitter_is_not_measured(films):
    film = films[120, "whole"]
    assert jitter(film.joints[::10], film.times[::10], np.ones(len(film.times[::10]), bool)) is None


@pytest.mark.parametrize("smooth", [smooth_roots, steady_roots])
def test_smoothed_paths_are_the_same_to_a_centimetre(films, smooth):
    shared = np.arange(SECONDS * 15 - 1) / 15
    reference = films[30, "whole"]
    expected = at_times(smooth(reference.joints[:, 0], reference.times), reference.times, shared)
    for film in films.values():
        path = at_times(smooth(film.joints[:, 0], film.times), film.times, shared)
        assert np.linalg.norm(path - expected, axis=1).max() < 0.01


@pytest.mark.parametrize("smooth", [smooth_roots, steady_roots])
def test_a_jump_is_smoothed_alike_at_every_rate(smooth):
    """A path that jumps by 0.4 m, as where a track slips: what remains of the step is a matter of time."""
    shared = np.linspace(0.2, 2.8, 40)
    paths = []
    for fps in RATES:
        times = np.arange(SECONDS * fps + 1) / fps
        step = np.where(times >= 1.4 - 0.5 / fps, 0.4, 0.0) - np.where(np.abs(times - 1.4) < 0.25 / fps, 0.2, 0.0)
        paths.append(at_times(smooth(np.outer(step, [1, 0, 0]), times), times, shared))
    assert np.ptp(paths, axis=0).max() < 0.01


@pytest.mark.parametrize("anchoring", ["mean", "blend"])
def test_placed_paths_are_the_same_to_a_centimetre(films, anchoring):
    shared = np.arange(2, SECONDS * 15 - 3) / 15
    displacement = np.array([[0.1, 0.0, 0.3], [0.0, 0.05, 0.2], [-0.1, 0.0, 0.4]])
    paths = []
    for film in films.values():
        roots = film.joints[:, 0].astype(np.float64)
        path = roots + Anchors(roots, film.times, film.keyframes, anchoring).offsets(displacement)
        # Keyframes jump under the paper's rule, for as long as a frame lasts.
        rest = np.setdiff1d(np.arange(len(path)), film.keyframes if anchoring == "mean" else [])
        paths.append(at_times(path[rest], film.times[rest], shared))
    assert np.ptp(paths, axis=0).max() < 0.01


def test_a_true_walk_does_not_skate_and_the_score_rises_with_every_slide(films):
    for name, film in films.items():
        found = [skated(film, speed) for speed in (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)]
        assert found[0] < 0.04, name
        assert (np.diff(found) > 0.01).all(), name
        assert found[3:] == pytest.approx([0.2, 0.3, 0.5], rel=0.1), name


def skated(film: Filmed, speed: float) -> float | None:
    way = speed * film.times[:, None, None] * [0.6, 0.8, 0]
    return skating_m_s([foot + way for foot in (film.left, film.right)], film.times, np.ones(len(film.times), bool))
