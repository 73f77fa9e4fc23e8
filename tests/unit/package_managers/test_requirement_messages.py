"""The wording of errors in requirements files."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.pip.requirements_tree import read_requirement_closure
from python_buildpack.system.errors import BuildpackError


def message_of(app_dir: Path, text: str) -> UserMessage:
    (app_dir / "requirements.txt").write_text(text)
    with pytest.raises(BuildpackError) as error:
        read_requirement_closure(app_dir, ["requirements.txt"], {"TOKEN": "s3cret"})
    return message_for(error.value)


@pytest.mark.parametrize(
    ("text", "heading", "parts"),
    [
        (
            "a\nrequests=2\n",
            "Invalid requirement in requirements.txt",
            ["requirements.txt, line 2:\n    requests=2\n", "requests==2.32.4"],
        ),
        ("<<<<<<< HEAD", None, ["merge conflict"]),
        ("pip install requests", None, ["Remove the command"]),
        ("[tool.poetry]", None, ["another format"]),
        ("a b${TOKEN}", None, ["    a b${TOKEN}\n", "its variables"]),
        ("a \x1b[31m", None, ["    a \\x1b[31m\n"]),
        ("x y" * 500, None, ["…"]),
        ("a --hash=0", "Invalid option in requirements.txt", ["--hash needs the form"]),
        ("a -U", "Unknown option in requirements.txt", ["-U isn't an option"]),
        (
            "x @ https://u:pw@h/other-1-py3-none-any.whl",
            "requirements.txt names a wheel of another distribution",
            ["line 1:\n    x @ https://****@h/other-1-py3", "a wheel of other.", "other @ URL"],
        ),
        ("-r b.txt", "b.txt doesn't exist", ["requirements.txt, line 1, includes it"]),
        (
            "-c requirements.txt",
            "requirements.txt includes itself",
            ["    requirements.txt, which includes\n    requirements.txt again, on line 1\n"],
        ),
    ],
)
def test_message_of_a_wrong_requirements_file(
    tmp_path: Path, text: str, heading: str | None, parts: list[str]
) -> None:
    message = message_of(tmp_path, text)
    assert heading is None or message.heading == heading
    for part in parts:
        assert part in message.body
    assert "s3cret" not in message.body
    assert "\x1b" not in message.body


def test_message_of_a_line_that_is_too_long(tmp_path: Path) -> None:
    message = message_of(tmp_path, "a\nb==1 \\\n" + f"    --hash=sha256:{'0' * 64} \\\n" * 100_000)
    assert message.heading == "A line of requirements.txt is too long"
    assert "requirements.txt, line 2, has 8,300,004 characters" in message.body
    assert "the hashes of its own release only" in message.body


def test_message_of_inclusions_that_are_too_deep(tmp_path: Path) -> None:
    for number in range(101):
        (tmp_path / f"{number}.txt").write_text(f"a\n-r {number + 1}.txt\n")
    message = message_of(tmp_path, "-r 0.txt")
    assert message.heading == "99.txt is nested too deep in other requirements files"
    assert "99.txt, line 2, includes a file more than 100 levels below the first." in message.body


def test_message_of_a_requirements_file_that_is_asked_for_and_missing(tmp_path: Path) -> None:
    with pytest.raises(BuildpackError) as error:
        read_requirement_closure(tmp_path, ["prod.txt"], {})
    message = message_for(error.value)
    assert message.heading == "prod.txt doesn't exist"
    assert "BP_PIP_REQUIREMENT" in message.body
