"""What became of every unit: outcomes, the proof that none is lost, and the opt-out list."""
