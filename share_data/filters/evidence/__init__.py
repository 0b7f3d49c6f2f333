"""What can be seen in a video before any threshold: pure functions over arrays, for filters and events alike."""
