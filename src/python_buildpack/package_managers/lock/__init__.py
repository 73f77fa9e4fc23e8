"""Locks that pip installs: pylock.toml, Pipfile.lock, pdm.lock."""
