"""What a build prints while it runs: on a terminal, in a log, as JSON lines."""
