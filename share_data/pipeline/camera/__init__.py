"""The camera's focal: who says it, and what follows from it."""
