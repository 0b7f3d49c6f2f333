"""Where the repository and what lies beside it are: the one place that counts folders upwards."""

from pathlib import Path

SUPPORT = Path(__file__).parent
TESTS = SUPPORT.parent
REPOSITORY = TESTS.parent
PACKAGE = REPOSITORY / "share_data"
RECIPES = REPOSITORY / "recipes"
CLIPS = REPOSITORY.parent / "shared" / "clips"
"""Real recordings, which are no part of the repository."""
