"""What other thresholds would have kept: the build's own decision, replayed over a corpus' measurements at once."""
