"""Whether what is installed finds the shared libraries that it needs."""
