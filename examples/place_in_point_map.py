"""Place a person into a point map you have: arrays in, arrays out, no files and no build.

    python examples/place_in_point_map.py

Here the point map is made up (a floor, a wall and a person's surface, as a depth camera sees them), and the estimate is
the same motion 15 % too near, which is what a wrong focal does. `place_human` moves it to where the points are.
"""

import numpy as np

from share_data.body.model import load_body
from share_data.body.render import rasterize
from share_data.camera import Intrinsics, pixel_grid, unproject
from share_data.pipeline.placement.place import PlacementOptions, place_human

CAMERA = Intrinsics.from_hfov(60, 320, 240)
FRAMES, KEYFRAMES = 30, np.array([0, 15, 29])
TIMES = np.arange(FRAMES) / 30  # yours: the video's timestamps, seconds
FLOOR_Y, WALL_Z = 1.3, 6.0  # metres in the camera frame: y down, z forward


def room_depth() -> np.ndarray:
    """(H, W) metres along z: the nearer of the floor and the wall."""
    rows = pixel_grid(CAMERA.width, CAMERA.height)[..., 1]
    return np.minimum(WALL_Z, FLOOR_Y * CAMERA.focal / np.maximum(rows - CAMERA.cy, 1e-6))


def main() -> tuple[np.ndarray, np.ndarray]:
    """The placed pelvis and the true one, (T, 3) metres each."""
    body = load_body()
    upright = np.tile([np.pi, 0, 0], (FRAMES, 1))  # SMPL is y-up, the camera y-down
    still, betas = np.zeros((FRAMES, 69)), np.zeros(10)
    true_path = np.linspace([-0.6, 0.3, 3.6], [0.6, 0.3, 4.2], FRAMES)
    truth = body.forward(upright, still, betas, true_path)
    estimate = body.forward(upright, still, betas, 0.85 * true_path)

    human_points = []
    for frame in KEYFRAMES:
        person = rasterize(truth.vertices[frame], body.faces, CAMERA).depth
        mask = (person > 0) & (person < room_depth())  # yours: the person's mask
        depth = np.where(mask, person, room_depth())  # yours: the point map, metres along z
        human_points.append(unproject(pixel_grid(CAMERA.width, CAMERA.height)[mask], depth[mask], CAMERA))

    placement = place_human(
        estimate.vertices[KEYFRAMES],
        human_points,
        estimate.joints[:, 0],
        TIMES,
        KEYFRAMES,
        PlacementOptions(),
        body.faces,
    )
    placed = estimate.joints[:, 0] + placement.offsets  # add the same offsets to SMPL's `transl`
    for frame in KEYFRAMES:
        moved, error = placement.offsets[frame], np.linalg.norm(placed[frame] - truth.joints[frame, 0])
        print(f"frame {frame:2}: moved by {moved.round(2)} m, now {100 * error:.1f} cm from the truth")
    before, after = placement.initial_loss, placement.body_loss
    print(f"Chamfer distance, all keyframes' together: {before:.2f} m before, {after:.2f} m after")
    return placed, truth.joints[:, 0]


if __name__ == "__main__":
    main()
