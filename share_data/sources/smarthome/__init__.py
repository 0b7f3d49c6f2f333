"""The source `smarthome`: Toyota Smarthome, trimmed and untrimmed, with labels and published splits."""
