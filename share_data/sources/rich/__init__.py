"""The source `rich`: image folders made into straightened videos, the published selection, and truth."""
