"""Wording for what is not the app's fault: the machine, the buildpack's packaging, bugs."""

from __future__ import annotations

from python_buildpack.layers.bytecode.compiler import BytecodeError
from python_buildpack.messages.links import HOMEPAGE
from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.package_managers.pip.bundled_wheel import NoVendoredPipError
from python_buildpack.package_managers.pip.report import InvalidReportError
from python_buildpack.system.command import CommandFailedError
from python_buildpack.system.text import printable
from python_buildpack.system.unexpected import DiskFullError, FileSystemError, UnexpectedError

_LAST_LINES = 20
_LIBRARIES_ADVICE = """\
If Python itself didn't start, the build image lacks a library that it needs, or is of another
architecture or C library than the runtime was built for (glibc is needed)."""


@message_for.register
def _(error: DiskFullError) -> UserMessage:
    where = f"Writing {error.path} failed.\n" if error.path else ""
    return UserMessage(
        "No space left on the device",
        f"""\
{where}The disk is full, or a quota is used up: of the layers, of the cache, or of the temporary
directory.

Give the build more disk space, or make some: docker system prune, for example, removes images and
volumes that nobody uses.""",
    )


@message_for.register
def _(error: FileSystemError) -> UserMessage:
    where = f"File: {error.path}\n" if error.path else ""
    return UserMessage(
        "A file can't be read or written",
        f"""\
{where}Problem: {error.problem}

The files of the app, the layers directory and the temporary directory must be accessible to the
build's user (CNB_USER_ID of the build image).""",
    )


@message_for.register
def _(error: CommandFailedError) -> UserMessage:
    lines = error.output.splitlines()[-_LAST_LINES:]
    output = "\n".join(f"  {line}" for line in lines)
    return UserMessage(
        "A command of the build failed",
        f"""\
Command: {" ".join(error.command)}
It {_ending(error.exit_status)}:
{output}

{_LIBRARIES_ADVICE}""",
    )


@message_for.register
def _(error: BytecodeError) -> UserMessage:
    return UserMessage(
        "Bytecode could not be compiled",
        f"""\
Interpreter: {error.python}
It {_ending(error.exit_status)}.

{_LIBRARIES_ADVICE}""",
    )


@message_for.register
def _(error: NoVendoredPipError) -> UserMessage:
    return UserMessage(
        "pip is missing from this buildpack package",
        f"""\
Directory: {error.buildpack_dir}
It was not packaged, or only in part. In a clone of {HOMEPAGE},
run scripts/package, and use what it makes in dist/.""",
    )


@message_for.register
def _(error: InvalidReportError) -> UserMessage:
    return UserMessage(
        "pip's installation report can't be understood",
        f"""\
Problem: {printable(error.problem)}

If BP_PIP_VERSION names another pip than the buildpack's, unset it. Otherwise please report this.""",
    )


@message_for.register
def _(error: UnexpectedError) -> UserMessage:
    return UserMessage(
        "A bug in the buildpack",
        f"""\
{error.kind} at {error.location}: {printable(error.text)}

Please report this with the log of the build. Building again won't help unless the app changes.""",
    )


def _ending(exit_status: int | None) -> str:
    return "could not be started" if exit_status is None else f"ended with {exit_status}"
