"""Stages: mining, measuring, estimating, fusing, placing, packing."""
