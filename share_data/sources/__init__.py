"""Source adapters: where videos come from."""
