"""Numbers of SMPL's joints that are asked for by name."""

PELVIS = 0
"""The root: `transl` is not its position, `joints[:, PELVIS]` is."""
