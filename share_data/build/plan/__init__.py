"""What a build would do, what is stored already, and why the rest is not."""
