"""Secrets that a build is given, and what keeps them out of the log and the image."""
