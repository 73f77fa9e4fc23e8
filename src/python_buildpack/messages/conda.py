"""Wording for environments of conda and pixi."""

from __future__ import annotations

from python_buildpack.layers.conda import NoPythonInEnvironmentError, OtherPythonLockedError
from python_buildpack.messages.message import text_for
from python_buildpack.package_managers.conda.diagnosis import (
    InvalidEnvironmentFileError,
    NotACondaPackageError,
    PlatformNotLockedError,
)
from python_buildpack.system.text import joined, printable


@text_for.register
def _(error: NoPythonInEnvironmentError) -> str:
    file = printable(error.file)
    return f"""\
{file} has no Python
An environment of conda or pixi brings its own, and this one has none.

Add python to the dependencies of the environment. A lock is made again by: {error.command}"""


@text_for.register
def _(error: OtherPythonLockedError) -> str:
    file, source = printable(error.file), error.source
    return f"""\
{source.name} asks for another Python than {file} has
{source.name}: {printable(source.text)}
{file}: {error.version}

An environment of conda or pixi has its own Python. Change {source.name}, or the version of python that
the environment asks for. A lock is made again by: {error.command}"""


@text_for.register
def _(error: PlatformNotLockedError) -> str:
    lock = printable(error.lock)
    return f"""\
{lock} has no packages for {error.platform}
It has some for: {joined(error.known) or "no platform"}

Add {error.platform} to the platforms that are locked, lock again, and commit {lock}: {error.command}"""


@text_for.register
def _(error: NotACondaPackageError) -> str:
    lock, package = printable(error.lock), printable(error.package)
    return f"""\
{package} in {lock} isn't a package that can be installed
It is a directory, a repository, or to be built from source. What a lock has is installed from packages
of channels, and from wheels of the package index with a hash.

If it is the app itself, leave it out of the environment: the app is started in its own directory.
Otherwise take {package} from a channel, or as a wheel, and lock again."""


@text_for.register
def _(error: InvalidEnvironmentFileError) -> str:
    file = printable(error.file)
    return f"""\
{file} is invalid
{printable(error.problem)}

Correct it: its channels and dependencies are lists, each entry of which is a name with versions, such as
python=3.13; what pip is to install is a list of its own, below pip."""
