"""Files that are whole or absent, found by what they were made from; hashes, seeds and threads."""
