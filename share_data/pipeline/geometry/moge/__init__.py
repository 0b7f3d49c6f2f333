"""The geometry estimator `moge`: MoGe-2, its weights and its camera."""
