"""A page that counts the distributions around it: ``gunicorn app:app``."""

from importlib.metadata import distributions

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    """Say how many distributions are installed."""
    return f"{len(list(distributions()))} distributions\n"
