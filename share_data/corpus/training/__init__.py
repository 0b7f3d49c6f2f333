"""What turns records into training samples, without torch: which records, frames and points, and in which order."""
