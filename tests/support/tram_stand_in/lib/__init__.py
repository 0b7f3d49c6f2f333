"""A stand-in for a checkout of TRAM: modules, names, shapes and faults of the same interface, and a tiny network.

It needs torch, numpy and OpenCV. Copy it, and write `data/` with `tram_checkout.make_checkout`.
"""
