"""What scale reconciliation brings and what it costs: bodies of the wrong size in perfect and in wrong maps.

python tests/benchmarks/scale.py [--draws 1000]

First table: a walking person through `assemble`, true depth (times a factor) and a track that is true but for the
body's height, which moves it along the ray. MRPE and the camera's height over the floor, with reconciliation on and
off, for an estimator that says nothing of what its body is worth, as BlazePose, TRAM and GVHMR do.
Second table, for one that answers within 4.5 cm and says so, too: simulated videos, depth error at 5.5 m before and
after. Errors are drawn from the priors of `pipeline/scene/scale.py`, and from laws they do not know: a mixture (four
maps in five within a few per cent, the fifth off by a fifth), the published per-video errors with random sign, and each
single error alone.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from share_data.body.model import BodyModel, load_body
from share_data.body.render import rasterize
from share_data.camera import transform
from share_data.masks import MaskStack
from share_data.pipeline.error_levels import NONE
from share_data.pipeline.humans.simulated import TrueMotion, simulate_track, with_height
from share_data.pipeline.placement.place import PlacementOptions
from share_data.pipeline.reconstruct import ReconstructOptions, assemble
from share_data.pipeline.scene.fusion import SceneConfig
from share_data.pipeline.scene.scale import ScaleConfig, estimate_scale
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence
from share_data.pipeline.world.grounding import transform_smpl
from share_data.records import Clip, EstimatorInfo, PersonTrack, PointMap, Reconstruction, Video
from share_data.store.threads import one_thread
from share_data.synthetic.boxes import mesh_of
from share_data.synthetic.cameras import camera_path
from share_data.synthetic.motion import act
from share_data.synthetic.rooms import furnish
from share_data.synthetic.specs import ClipSpec, draw
from share_data.synthetic.staging import stage

# SHARE's published MRPE of RICH's eight test videos over the distance to their working volume.
PUBLISHED = (0.033, 0.039, 0.074, 0.068, 0.137, 0.224, 0.060, 0.093)
DEPTH_M = 5.5
FRAMES, KEYFRAMES = 60, 5
BODIES = ((1.20, 1.60), (1.20, 1.45), (1.60, 1.70), (2.00, 1.82), (1.63, 1.70), (1.82, 1.71), (1.72, 1.72))
SILENT = ScaleConfig().settled()
SURE = ScaleConfig(body_height_sd=0.026, human_depth_sd=0.02).settled()
Draw = Callable[[np.random.Generator, int], np.ndarray]


class Stage:
    """A clip of a person `height` metres tall: the truth, and what is seen of it at the keyframes."""

    def __init__(self, body: BodyModel, height: float) -> None:
        betas = tuple(float(beta) for beta in with_height(body, np.zeros(10, np.float32), height))
        scenario = draw(ClipSpec(action="walk", frames=FRAMES, betas=betas), 31, 0)
        staging = stage(scenario)
        path, world = camera_path(scenario, staging), act(scenario, staging, body)
        view = np.eye(4)
        view[:3, :3], view[:3, 3] = path.base, -path.base @ path.centre
        orient, transl = transform_smpl(world.global_orient, world.transl, body.rest_pelvis(world.betas), view)
        vertices, joints = transform(world.vertices, view), transform(world.joints, view)
        self.body, self.camera, self.camera_height = body, staging.intrinsics, staging.camera_height
        self.motion = TrueMotion(orient, world.body_pose, world.betas, transl, vertices, joints)
        self.keyframes = np.round(np.linspace(0, FRAMES - 1, KEYFRAMES)).astype(int)
        room = mesh_of([box for box in furnish(scenario, staging) if box.centre[2] < 2.8])
        self.behind = rasterize(transform(room.vertices, view), room.faces, self.camera).depth
        people = [rasterize(mesh, body.faces, self.camera).depth for mesh in vertices]
        self.people = [np.where((self.behind <= 0) | (one < self.behind), one, 0) for one in people]

    def reconstruct(self, estimated: float, factor: float, config: ScaleConfig) -> Reconstruction:
        """The clip with a body `estimated` metres tall and maps `factor` times as deep as the truth."""
        height = self.body.height(self.motion.betas)
        told = simulate_track(self.motion, self.camera, self.body, NONE, estimated - height, (0,), 30.0)
        masks = MaskStack.pack([person > 0 for person in self.people])
        ones = np.ones(FRAMES, np.float32)
        track = PersonTrack(
            told.global_orient, told.body_pose, told.betas, told.transl, np.zeros((FRAMES, 4), np.float32),
            ones > 0, ones, masks, self.camera, EstimatorInfo("truth", 1),
        )  # fmt: skip
        depths = [np.where(self.people[k] > 0, self.people[k], self.behind) * factor for k in self.keyframes]
        maps = [PointMap(d.astype(np.float32), d > 0, self.camera, EstimatorInfo("truth", 1)) for d in depths]
        images = [np.zeros((self.camera.height, self.camera.width, 3), np.uint8)] * KEYFRAMES
        size = self.camera.width, self.camera.height
        clip = Clip(Video("made", "up", ""), Path("none"), "0" * 64, 0, FRAMES, np.arange(FRAMES) / 30, *size)
        options = ReconstructOptions(SceneConfig(), PlacementOptions(), config)
        return assemble(clip, images, track, maps, self.body, options)

    def errors(self, made: Reconstruction) -> tuple[float, float]:
        """MRPE in the camera frame and the camera's height over the floor less the true one, centimetres."""
        roots = transform(made.motion.joints[:, 0], np.linalg.inv(made.T_world_cam))
        away = np.linalg.norm(roots - self.motion.joints[:, 0], axis=1).mean()
        return 100 * float(away), 100 * float(made.T_world_cam[2, 3] - self.camera_height)


@one_thread()
def bodies() -> None:
    """Prints the first table."""
    print("true -> estimated m  map  MRPE on/off cm  floor on/off cm  scale  certainty  raw disagreement")
    body = load_body()
    for true, estimated in BODIES:
        made = Stage(body, true)
        for factor in (1.0, 0.8, 1.2):
            off = made.errors(made.reconstruct(estimated, factor, SILENT.model_copy(update={"reconcile": False})))
            result = made.reconstruct(estimated, factor, SILENT)
            on, scores = made.errors(result), result.scores
            print(
                f"{true:.2f} -> {estimated:.2f} {factor:10.1f}{on[0]:8.1f} /{off[0]:6.1f}"
                f"{on[1]:9.1f} /{off[1]:6.1f}{scores['scale_map'] if scores['scale_applied'] else 1:8.3f}"
                f"{scores['scale_certainty']:10.2f}{scores['scale_disagreement_raw']:12.3f}"
            )


def _signs(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.choice([-1.0, 1.0], n)


MAPS: dict[str, Draw] = {
    "student (the prior)": lambda rng, n: np.clip(0.06 * rng.standard_t(3, n), -0.6, 0.6),
    "mixture 4:1": lambda rng, n: np.where(
        rng.random(n) < 0.2, _signs(rng, n) * rng.normal(0.2, 0.03, n), rng.normal(0, 0.03, n)
    ),
    "published": lambda rng, n: _signs(rng, n) * rng.choice(PUBLISHED, n),
    "perfect map": lambda rng, n: np.zeros(n),
    "off by 5 %": lambda rng, n: 0.05 * _signs(rng, n),
    "off by a fifth": lambda rng, n: 0.2 * _signs(rng, n),
}


def errors(
    maps: Draw, keyframes: int, body_sd: float, hidden_sd: float, draws: int, config: ScaleConfig
) -> list[float]:
    """Mean depth error in metres of the raw map, of the reconciled one, of trusting the body alone; share rescaled."""
    rng = np.random.default_rng(7)
    true_map = maps(rng, draws)
    statures = 1.70 * np.exp(rng.normal(0, 0.06, draws))
    body = rng.normal(0, body_sd, draws)
    ratios = (true_map - body - hidden_sd * rng.standard_normal(draws))[:, None]
    ratios = ratios + rng.normal(0, 0.03, (draws, keyframes))
    estimates = [
        estimate_scale([KeyframeEvidence(r, 0.03, 2000, 1.0, height) for r in row], config)
        for row, height in zip(ratios, statures * np.exp(body), strict=True)
    ]
    factors = np.array([each.factor for each in estimates])
    answers = np.exp(true_map), np.exp(true_map) * factors, np.exp(true_map - ratios.mean(axis=1))
    applied = float(np.mean([each.applied for each in estimates]))
    return [*(float(np.abs(answer - 1).mean() * DEPTH_M) for answer in answers), applied]


def videos(draws: int) -> None:
    """Prints the second table."""
    print(f"\n{'map error':20s} keyframes  body  hidden   before  after    cut  body alone  rescaled")
    for name, maps in MAPS.items():
        for config, body_sd, hidden in ((SURE, 0.026, 0.02), (SILENT, 0.056, 0.02), (SILENT, 0.056, 0.05)):
            for keyframes in (2, 5):
                before, after, alone, applied = errors(maps, keyframes, body_sd, hidden, draws, config)
                cut = f"{1 - after / before:6.0%}" if before else "     -"
                print(
                    f"{name:20s} {keyframes:9d} {body_sd:6.3f} {hidden:6.2f} {before:8.3f} {after:6.3f} {cut} "
                    f"{alone:11.3f} {applied:9.0%}"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000)
    draws = parser.parse_args().draws
    bodies()
    videos(draws)


if __name__ == "__main__":
    main()
