"""The background of a clip: point maps brought to one scale, merged and fused into a point cloud (SHARE, eqs. 1-3)."""
