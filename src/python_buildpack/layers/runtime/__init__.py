"""From a runtime's archive to its layer."""
