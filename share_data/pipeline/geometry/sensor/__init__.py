"""The geometry estimator `sensor`: measured depth that lies beside each video."""
