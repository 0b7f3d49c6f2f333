"""The human estimator `blazepose`: BlazePose landmarks and one SMPL fit over the whole clip."""
