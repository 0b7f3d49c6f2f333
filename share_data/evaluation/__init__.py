"""Errors of a corpus against ground truth."""
