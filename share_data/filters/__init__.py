"""Filters: each asks one question about a clip and stores its scores."""
