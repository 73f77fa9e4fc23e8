"""Environments of conda and pixi, and py-rattler, which installs them."""
