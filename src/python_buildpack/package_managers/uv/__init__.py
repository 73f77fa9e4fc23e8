"""uv.lock, and uv, which installs it."""
