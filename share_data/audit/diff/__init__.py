"""Two corpora held against each other: clips that came, went or changed, and why."""
