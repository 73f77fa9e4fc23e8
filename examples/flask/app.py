"""A web page that says what answers it."""

from importlib.metadata import version
from platform import python_version

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return f"Hello from Flask {version('flask')} on Python {python_version()}!\n"
