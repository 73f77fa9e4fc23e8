"""Pipenv: its lock, and a Pipfile without one."""
