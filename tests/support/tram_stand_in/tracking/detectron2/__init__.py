"""A stand-in for detectron2, of which TRAM uses the loading of a configuration."""
