"""A camera that sways a little: how it turned in every frame, and frames turned back."""
