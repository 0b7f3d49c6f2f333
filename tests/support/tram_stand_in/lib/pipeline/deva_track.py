"""The real one builds DEVA on the GPU and reads its weights when it is imported."""
