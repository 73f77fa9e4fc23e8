"""A WSGI app with large distributions that it never imports."""

import click


def app(_environ, start_response):
    """Answer with the version of the small one."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"click {click.__version__}\n".encode()]
