"""SMPL bodies: model files, the forward pass, and pictures of the mesh."""
