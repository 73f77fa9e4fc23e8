"""poetry.lock, and Poetry, which installs it."""
