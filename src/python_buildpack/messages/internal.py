"""Wording for faults of the machine, of the buildpack's packaging, and for bugs."""

from __future__ import annotations

from python_buildpack.layers.bytecode.compiler import BytecodeError
from python_buildpack.messages.links import HOMEPAGE
from python_buildpack.messages.message import text_for
from python_buildpack.package_managers.pip.bundled_wheel import NoVendoredPipError
from python_buildpack.package_managers.pip.report import InvalidReportError
from python_buildpack.system.command import CommandFailedError
from python_buildpack.system.text import printable
from python_buildpack.system.unexpected import DiskFullError, FileSystemError, UnexpectedError

_LAST_LINES = 20
_LIBRARIES_ADVICE = """\
If Python itself didn't start, the build image lacks a library that it needs, or has another
architecture or C library than the runtime, which needs glibc."""


@text_for.register
def _(error: DiskFullError) -> str:
    where = f"Writing {error.path} failed.\n" if error.path else ""
    return f"""\
No space left on the device
{where}The disk or quota of the layers, the cache or the temporary directory is full.

Give the build more disk space, or free some; for example, by removing unused images:
  docker system prune"""


@text_for.register
def _(error: FileSystemError) -> str:
    where = f"File: {error.path}\n" if error.path else ""
    return f"""\
A file can't be read or written
{where}Problem: {error.problem}

Make the app, the layers directory and the temporary directory accessible to the build's user
(CNB_USER_ID of the build image)."""


@text_for.register
def _(error: CommandFailedError) -> str:
    lines = error.output.splitlines()[-_LAST_LINES:]
    output = "\n".join(f"  {line}" for line in lines)
    return f"""\
A command of the build failed
Command: {" ".join(error.command)}
It {_ending(error.exit_status)}:
{output}

{_LIBRARIES_ADVICE}"""


@text_for.register
def _(error: BytecodeError) -> str:
    return f"""\
Can't compile bytecode
Interpreter: {error.python}
It {_ending(error.exit_status)}.

{_LIBRARIES_ADVICE}"""


@text_for.register
def _(error: NoVendoredPipError) -> str:
    return f"""\
pip is missing from this buildpack package
Directory: {error.buildpack_dir}

Package the buildpack with scripts/package, in a clone of {HOMEPAGE},
and use the package in dist/."""


@text_for.register
def _(error: InvalidReportError) -> str:
    return f"""\
Invalid installation report from pip
Problem: {printable(error.problem)}

If BP_PIP_VERSION is set, unset it. Otherwise please report this."""


@text_for.register
def _(error: UnexpectedError) -> str:
    return f"""\
A bug in the buildpack
{error.kind} at {error.location}: {printable(error.text)}

Please report this with the build log. Building again won't help unless the app changes."""


def _ending(exit_status: int | None) -> str:
    return "could not be started" if exit_status is None else f"exited with status {exit_status}"
