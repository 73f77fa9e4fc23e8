"""A page of an app with large distributions that it never imports: ``gunicorn app:app``."""

import click


def app(_environ, start_response):
    """Answer with the version of a small one."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"click {click.__version__}\n".encode()]
