"""The real one imports a renderer, and builds a network on the GPU."""

raise ImportError("lib.pipeline needs pytorch3d, detectron2, segment_anything, DEVA and a GPU")
