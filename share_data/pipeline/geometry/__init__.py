"""Geometry estimators."""
