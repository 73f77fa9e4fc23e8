"""Layers that the build contributes, one module each."""
