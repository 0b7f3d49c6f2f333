"""What happens in a video, by fixed constants: where clips begin and end, whatever a recipe's thresholds are."""
