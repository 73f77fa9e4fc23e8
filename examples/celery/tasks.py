"""A task that adds two numbers, and how its worker gets to know of it."""

import os
import tempfile
from pathlib import Path

from celery import Celery

FILES = "filesystem://"
BROKER_URL = os.environ.get("BROKER_URL", FILES)

app = Celery("tasks", broker=BROKER_URL, backend=os.environ.get("RESULT_BACKEND"))

if BROKER_URL == FILES:
    # Enough for a first look, on one machine: each message is a file in this directory.
    messages = Path(os.environ.get("MESSAGES_DIR", f"{tempfile.gettempdir()}/celery-example"))
    messages.mkdir(parents=True, exist_ok=True)
    names = ("data_folder_in", "data_folder_out", "control_folder")
    app.conf.broker_transport_options = {name: str(messages) for name in names}


@app.task
def add(first: int, second: int) -> int:
    return first + second
