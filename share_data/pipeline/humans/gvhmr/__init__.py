"""The human estimator `gvhmr`: the package's motion brought to SMPL and to the video's times."""
