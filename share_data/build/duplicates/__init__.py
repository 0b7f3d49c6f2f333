"""Clips of a build that show the same footage: found once all are measured, decided once all are reconstructed."""
