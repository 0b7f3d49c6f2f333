"""A corpus passed on: published, merged with another, cited."""
