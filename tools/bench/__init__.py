"""The benchmark: builds beside plain pip and uv on the same work."""
