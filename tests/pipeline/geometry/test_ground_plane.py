"""Ground from feet: a known camera and floor are found again from joints as noisy as monocular estimators make them."""

import numpy as np
import pytest
from standing import FIGURE

from share_data.camera import Intrinsics, unproject
from share_data.errors import EstimationError
from share_data.pipeline.geometry.base import PersonSurface
from share_data.pipeline.geometry.ground_plane import GroundPlaneConfig, GroundPlaneEstimator, person_ground, stand
from share_data.pipeline.world.gravity import fit_ground, up_from_angles

CAMERA = Intrinsics.centred(900.0, 1280, 720)
T = 120
TIMES = np.arange(T) / 30
BOX = np.array([(x, y, z) for x in (-0.25, 0.25) for y in (-0.12, 0.12) for z in (0.0, 1.7)])
BOX_FACES = np.array(
    [
        (0, 1, 3),
        (0, 3, 2),
        (4, 6, 7),
        (4, 7, 5),
        (0, 4, 5),
        (0, 5, 1),
        (2, 3, 7),
        (2, 7, 6),
        (0, 2, 6),
        (0, 6, 4),
        (1, 5, 7),
        (1, 7, 3),
    ]
)


class Stage:
    """A camera at a known height, pitch and roll above the floor z = 0, looking along +y."""

    def __init__(self, height=1.6, pitch_deg=12.0, roll_deg=0.0):
        self.height = height
        self.up = up_from_angles(np.radians(pitch_deg), np.radians(roll_deg))
        ahead = np.array([0.0, 0.0, 1.0]) - self.up[2] * self.up
        ahead /= np.linalg.norm(ahead)
        self.axes = np.stack([np.cross(ahead, self.up), ahead, self.up])

    def camera_frame(self, world):
        return (world - [0, 0, self.height]) @ self.axes


def walk(path, lift=0.12, jump=None):
    """(T, 24, 3) world joints along `path` (T, 2), feet lifted in turn, everything raised by `jump` (T,)."""
    joints = np.repeat(FIGURE[None], len(path), axis=0)
    phase = np.arange(len(path)) * 2 * np.pi / 30
    for foot, sign in (((7, 10), 1), ((8, 11), -1)):
        joints[:, foot, 2] += lift * np.maximum(0, sign * np.sin(phase))[:, None]
    joints[..., :2] += path[:, None]
    if jump is not None:
        joints[..., 2] += jump[:, None]
    return joints


def as_estimated(joints, sd=0.07, bias=0.10, seed=0):
    """What a monocular estimator makes of camera-frame joints: right direction, wrong depth."""
    depth = joints[:, 0, 2]
    wrong = depth + bias + np.random.default_rng(seed).normal(0, sd, len(depth))
    return joints * (wrong / depth)[:, None, None]


def straight(start, stop, count=T):
    return np.linspace(start, stop, count)


def person(stage, path, seed=0, sd=0.07, bias=0.0, **kw):
    joints = walk(path, **kw)
    box = BOX[None] + np.concatenate([path[[0, -1]], joints[[0, -1], 0, 2:] - 0.92], axis=1)[:, None]
    factor_of = stage.camera_frame(joints)
    estimated = as_estimated(factor_of, sd, bias, seed)
    factors = (estimated[[0, -1], 0, 2] / factor_of[[0, -1], 0, 2])[:, None, None]
    masks = tuple(np.zeros((CAMERA.height, CAMERA.width), bool) for _ in range(2))
    for k, vertices in enumerate(stage.camera_frame(box)):
        pixels = vertices[:, :2] / vertices[:, 2:] * CAMERA.focal + [CAMERA.cx, CAMERA.cy]
        low, high = np.clip(pixels.min(axis=0), 0, None).astype(int), pixels.max(axis=0).astype(int)
        masks[k][low[1] : high[1] + 1, low[0] : high[0] + 1] = True
    vertices = (stage.camera_frame(box) * factors).astype(np.float32)
    return PersonSurface(
        vertices,
        BOX_FACES,
        estimated.astype(np.float32),
        masks,
        np.ones(len(path), bool),
        np.arange(len(path)) / 30,
        (0, len(path) - 1),
    )


def tilt_deg(normal, stage):
    return float(np.degrees(np.arccos(np.clip(normal @ stage.up, -1, 1))))


WALKS = {
    "to and fro in depth": straight((0.0, 3.0), (0.3, 6.0)),
    "across the view": straight((-1.2, 4.0), (1.2, 4.0)),
    "diagonal": straight((-1.0, 3.0), (1.2, 5.5)),
    "on the spot": straight((0.0, 4.0), (0.01, 4.0)),
}
STAGES = [Stage(1.6, 12), Stage(2.4, 25), Stage(1.2, 2), Stage(1.5, 8, roll_deg=1.5)]


@pytest.mark.parametrize("name", WALKS)
@pytest.mark.parametrize("stage", STAGES, ids=["eye level", "high", "low", "rolled"])
def test_height_and_tilt_from_noisy_joints(stage, name):
    """Depth noise of 7 cm a frame; where nobody moves in depth the tilt rests on the priors."""
    for seed in range(3):
        plane = fit_ground(
            as_estimated(stage.camera_frame(walk(WALKS[name])), bias=0.0, seed=seed), np.ones(T, bool), TIMES
        )
        feet = stage.camera_frame(np.concatenate([WALKS[name], np.zeros((T, 1))], axis=1))
        assert tilt_deg(plane.normal, stage) < 2.0
        assert np.abs(plane.heights(feet).mean()) < 0.03


def test_a_constant_depth_bias_scales_the_camera_height_with_it():
    stage = STAGES[0]
    plane = fit_ground(
        as_estimated(stage.camera_frame(walk(WALKS["across the view"])), bias=0.2), np.ones(T, bool), TIMES
    )
    assert plane.offset == pytest.approx(stage.height * (1 + 0.2 / 4.3), abs=0.06)


def test_a_leaning_prior_is_overruled_by_walking_in_depth():
    """The estimator leans everybody back by 8 degrees; feet walking from 3 to 7 m say where the ground is."""
    stage, lean = STAGES[0], np.radians(8)
    joints = stage.camera_frame(walk(straight((0, 3.0), (0, 7.0))))
    turn = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    ankles = joints[:, [7, 8, 10, 11]].mean(axis=1, keepdims=True)
    plane = fit_ground(as_estimated((joints - ankles) @ turn.T + ankles, bias=0), np.ones(T, bool), TIMES)
    assert tilt_deg(plane.normal, stage) < 2.5


def test_jumps_do_not_lift_the_ground():
    jump = 0.4 * np.maximum(0, np.sin(np.arange(T) * 2 * np.pi / 25))
    stage = STAGES[0]
    plane = fit_ground(
        as_estimated(stage.camera_frame(walk(WALKS["diagonal"], 0, jump)), bias=0), np.ones(T, bool), TIMES
    )
    assert plane.offset == pytest.approx(stage.height, abs=0.06)


def test_a_person_lying_all_the_time_lies_on_the_ground():
    stage = STAGES[0]
    lying = FIGURE[:, [0, 2, 1]] * [1, 1, -1] + [0, 3, 0.12]  # on the back, head away from the camera
    joints = np.repeat(stage.camera_frame(lying)[None], T, axis=0)
    plane = fit_ground(as_estimated(joints, bias=0), np.ones(T, bool), TIMES)
    under = stage.camera_frame(np.array([[0.0, 3.9, 0.0]]))
    assert abs(plane.heights(under)[0]) < 0.06


def test_too_few_frames_and_feet_above_the_camera_are_errors():
    stage = STAGES[0]
    joints = stage.camera_frame(walk(WALKS["diagonal"]))
    with pytest.raises(EstimationError, match="at least 5 frames"):
        fit_ground(joints, np.arange(T) < 4, TIMES)
    with pytest.raises(EstimationError, match="above the camera"):
        fit_ground(joints + 4.0 * stage.up, np.ones(T, bool), TIMES)


def estimate(stage, who, **config):
    estimator = GroundPlaneEstimator(GroundPlaneConfig(**config))
    return estimator.estimate([np.zeros((720, 1280, 3), np.uint8)] * 2, CAMERA, who)


def test_floor_backdrop_and_person_are_where_they_are():
    stage, path = STAGES[0], WALKS["diagonal"]
    who = person(stage, path)
    first, last = estimate(stage, who)
    assert first.valid.all() and np.isfinite(first.depth).all()
    camera = first.intrinsics
    assert (camera.width, camera.height) == (960, 540)
    # A floor pixel between camera and person, and one far above the head.
    floor_pixel = np.array([480.5, 520.5])
    floor = unproject(floor_pixel, np.float64(first.depth[520, 480]), camera)
    assert abs(floor @ stage.up + stage.height) < 0.05
    backdrop = unproject(np.array([100.5, 20.5]), np.float64(first.depth[20, 100]), camera)
    assert backdrop @ stage.axes[1] == pytest.approx(5.5 + 0.12 + 1.0, abs=0.35)
    for point_map, k in ((first, 0), (last, -1)):
        mask = who.masks[k][::4, ::4]  # 1280 -> 320; the map is 960 wide: every third pixel
        depths = point_map.depth[1::3, 1::3][mask]
        pelvis = stage.camera_frame(np.array([[*path[k], 0.92]]))[0, 2]
        assert np.median(depths) == pytest.approx(pelvis, abs=0.25)


def test_contact_corrects_the_depth_of_a_keyframe():
    stage, path = STAGES[0], WALKS["diagonal"]
    wrong, right = 0.0, 0.0
    for seed in range(6):
        who = person(stage, path, seed=seed, sd=0.12)
        ground = person_ground(who)
        for k in range(2):
            truth = stage.camera_frame(np.array([[*path[-k], 0.0]]))[0, 2]
            feet = [v[BOX[:, 2] == 0][:, 2].mean() for v in (who.vertices[k], stand(who, k, ground))]
            wrong, right = wrong + abs(feet[0] - truth), right + abs(feet[1] - truth)
    assert right < 0.6 * wrong


def test_a_keyframe_in_mid_air_keeps_its_depth():
    stage = STAGES[0]
    jump = 0.35 * np.maximum(0, 1 - np.arange(T) / 8)
    who = person(stage, WALKS["on the spot"], sd=0.0, lift=0.0, jump=jump)
    ground = person_ground(who)
    np.testing.assert_array_equal(stand(who, 0, ground), who.vertices[0])
    assert ground.heights(stand(who, 1, ground)).min() == pytest.approx(0, abs=1e-6)


def test_an_estimate_that_drifts_off_the_ground_is_put_back():
    stage = STAGES[0]
    drift = 0.11 * np.clip(1 - np.arange(T) / 20, 0, 1)
    who = person(stage, WALKS["on the spot"], sd=0.0, lift=0.0, jump=drift)
    ground = person_ground(who)
    assert ground.heights(who.vertices[0]).min() > 0.08
    assert ground.heights(stand(who, 0, ground)).min() == pytest.approx(0, abs=1e-6)


def test_a_person_on_a_chair_keeps_its_depth():
    stage = STAGES[0]
    up = np.where(np.arange(T) < 50, 0.45, 0.0)
    who = person(stage, WALKS["on the spot"], sd=0.0, lift=0.0, jump=up)
    np.testing.assert_array_equal(stand(who, 0, person_ground(who)), who.vertices[0])


def test_mask_pixels_beside_the_mesh_take_the_nearest_depth():
    stage = STAGES[0]
    who = person(stage, WALKS["diagonal"])
    wide = np.zeros((720, 1280), bool)
    wide[100:700, 200:900] = True
    who = PersonSurface(who.vertices, who.faces, who.joints, (wide, wide), who.valid, who.times, who.keyframes)
    depth = estimate(stage, who)[0].depth[75:525, 150:675]
    body = stand(who, 0, person_ground(who))[:, 2]
    assert depth.min() >= body.min() - 1e-3 and depth.max() <= body.max() + 1e-3


def test_info_and_focal_say_what_it_is():
    estimator = GroundPlaneEstimator(GroundPlaneConfig(kind="ground_plane", long_side=640))
    assert (estimator.info.kind, estimator.info.version) == ("ground_plane", 3)
    assert estimator.info.settings["long_side"] == 640
    assert estimator.focal([]) is None


def test_the_same_person_gives_the_same_maps():
    stage = STAGES[1]
    one, two = (estimate(stage, person(stage, WALKS["diagonal"])) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        assert a.depth.tobytes() == b.depth.tobytes()
