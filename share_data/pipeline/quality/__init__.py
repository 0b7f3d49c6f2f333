"""Scores of a reconstruction without ground truth, each with unit, direction and source; and the confidence."""
