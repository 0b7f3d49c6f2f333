"""The human estimator `tram`: VIMO in the user's checkout, in a process of its own."""
