"""A stand-in for pycocotools, for the copies that track; without it `lib.pipeline.tools` does not import."""
