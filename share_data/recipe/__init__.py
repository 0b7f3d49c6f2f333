"""Recipes: the model of a corpus to build, read from YAML, and the JSON Schemas of what users write and read."""
