"""Compiling: the environment, Python and the app, in processes of their own."""
