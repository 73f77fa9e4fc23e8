"""Files, processes, downloads and the log: nothing of Python packaging."""
