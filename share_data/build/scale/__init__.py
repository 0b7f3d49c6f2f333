"""One scale for the clips of a video, and of a fixed camera: which share it, and how their evidence travels."""
