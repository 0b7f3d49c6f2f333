"""Errors of the filters themselves: a sample that a person judges, and what the filters are worth by it."""
