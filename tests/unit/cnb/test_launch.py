from __future__ import annotations

import pytest

from python_buildpack.cnb.launch import Label, Launch, Process


def test_launch_to_toml() -> None:
    launch = Launch(
        labels=(Label("org.example.key", "value"),),
        processes=(
            Process("web", ("gunicorn", "app:app"), default=True),
            Process("worker", ("python", "-m", "worker")),
        ),
    )
    assert launch.to_toml() == (
        "[[labels]]\n"
        'key = "org.example.key"\n'
        'value = "value"\n'
        "\n"
        "[[processes]]\n"
        'type = "web"\n'
        'command = ["gunicorn", "app:app"]\n'
        "default = true\n"
        "\n"
        "[[processes]]\n"
        'type = "worker"\n'
        'command = ["python", "-m", "worker"]\n'
    )


def test_launch_to_toml_of_nothing() -> None:
    assert Launch().to_toml() == ""


@pytest.mark.parametrize("process_type", ["web", "Web-1", "a.b_c", "..."])
def test_process_type(process_type: str) -> None:
    assert Process(process_type, ("true",)).type == process_type


@pytest.mark.parametrize("process_type", ["", "a b", "a/b", "wéb", "web\n", ".", ".."])
def test_process_rejects_other_types(process_type: str) -> None:
    with pytest.raises(ValueError, match="Invalid process type"):
        Process(process_type, ("true",))


def test_process_rejects_an_empty_command() -> None:
    with pytest.raises(ValueError, match="Process web has no command"):
        Process("web", ())


def test_launch_rejects_two_default_processes() -> None:
    processes = (
        Process("web", ("true",), default=True),
        Process("worker", ("true",)),
        Process("api", ("true",), default=True),
    )
    with pytest.raises(ValueError, match="More than one default process: web, api"):
        Launch(processes=processes)
