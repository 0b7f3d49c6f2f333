"""One look at a video: its shots, its windows, and samples with the people in them."""
