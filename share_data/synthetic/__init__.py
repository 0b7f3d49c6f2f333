"""Rendered videos with exact ground truth: a clothed body model moving through furnished rooms."""
