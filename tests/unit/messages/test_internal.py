from __future__ import annotations

import pytest

from python_buildpack.layers.bytecode.compiler import BytecodeError
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.pip.bundled_wheel import NoVendoredPipError
from python_buildpack.system.command import CommandFailedError
from python_buildpack.system.unexpected import DiskFullError, FileSystemError, UnexpectedError


@pytest.mark.parametrize(
    ("path", "begin"),
    [
        ("/layers/f", "Writing /layers/f failed.\nThe disk or quota of the layers, "),
        (None, "The disk or quota of the layers, "),
    ],
)
def test_disk_full(path: str | None, begin: str) -> None:
    message = message_for(DiskFullError(path))
    assert message.heading == "No space left on the device"
    assert message.body.startswith(begin)
    assert "docker system prune" in message.body


@pytest.mark.parametrize(
    ("path", "begin"),
    [
        ("/app/f", "File: /app/f\nProblem: Permission denied\n\n"),
        (None, "Problem: Permission denied\n\n"),
    ],
)
def test_file_system(path: str | None, begin: str) -> None:
    message = message_for(FileSystemError(path, "Permission denied"))
    assert message.heading == "A file can't be read or written"
    assert message.body.startswith(begin)


def test_command_failed() -> None:
    error = CommandFailedError(("python3.13", "-m", "venv", "/layers/venv"), 1, "one\ntwo")
    message = message_for(error)
    assert message.heading == "A command of the build failed"
    assert message.body.startswith(
        "Command: python3.13 -m venv /layers/venv\nIt exited with status 1:\n  one\n  two\n\n"
    )
    assert "glibc" in message.body


def test_command_failed_shows_the_last_lines() -> None:
    output = "\n".join(f"line {number}" for number in range(50))
    body = message_for(CommandFailedError(("a",), 1, output)).body
    assert "line 29" not in body
    assert "line 30\n" in body
    assert "line 49\n" in body


def test_command_that_could_not_be_started() -> None:
    error = CommandFailedError(("python3.13",), None, "[Errno 2] No such file or directory: 'x'")
    body = message_for(error).body
    assert "It could not be started:\n  [Errno 2] No such file or directory: 'x'\n" in body


def test_bytecode() -> None:
    message = message_for(BytecodeError("/layers/python/bin/python3.13", -11))
    assert message.heading == "Can't compile bytecode"
    assert message.body.startswith(
        "Interpreter: /layers/python/bin/python3.13\nIt exited with status -11.\n\n"
    )


def test_no_vendored_pip() -> None:
    message = message_for(NoVendoredPipError("/cnb/buildpacks/own/1.0"))
    assert message.heading == "pip is missing from this buildpack package"
    assert message.body.startswith("Directory: /cnb/buildpacks/own/1.0\n")
    assert "scripts/package" in message.body


def test_unexpected() -> None:
    message = message_for(UnexpectedError("KeyError", "'a\nb'", "build.py:12"))
    assert message.heading == "A bug in the buildpack"
    assert message.body.startswith("KeyError at build.py:12: 'a\\nb'\n\nPlease report this ")
