"""Corpora put together: their records as they are, their books added up, nothing computed."""
