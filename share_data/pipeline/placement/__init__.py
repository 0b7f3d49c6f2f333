"""Placing the person in the scene (SHARE, eqs. 4-9): the objective, its solvers, and frames between keyframes."""
