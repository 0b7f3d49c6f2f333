"""share-data: videos in, a training corpus of people moving in metric 3-D scenes out."""

__version__ = "0.1.0"
