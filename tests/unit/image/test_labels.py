from __future__ import annotations

from python_buildpack.cnb.launch import Label
from python_buildpack.image.image import image_labels
from python_buildpack.start_commands.determination import StartCommands
from python_buildpack.start_commands.processes import StartCommand

WEB = StartCommand("web", "gunicorn app:app", ("gunicorn", "app:app"), "app.py", 8)


def test_image_labels() -> None:
    start = StartCommands((WEB,), WEB, "Flask")
    assert image_labels("3.13.2", "uv", start) == (
        Label("io.github.python-buildpack.python-version", "3.13.2"),
        Label("io.github.python-buildpack.package-manager", "uv"),
        Label("io.github.python-buildpack.framework", "Flask"),
        Label("io.github.python-buildpack.start-command-source", "app.py:8"),
    )


def test_image_labels_of_an_app_without_a_process() -> None:
    assert [label.value for label in image_labels("3.13.2", "pip", StartCommands())] == [
        "3.13.2",
        "pip",
    ]
