"""Wording for environments of conda and pixi."""

from __future__ import annotations

from python_buildpack.layers.conda import NoPythonInEnvironmentError, OtherPythonLockedError
from python_buildpack.messages.message import text_for
from python_buildpack.package_managers.conda.diagnosis import (
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

Add python to it, lock again, and commit {file}: {error.command}"""


@text_for.register
def _(error: OtherPythonLockedError) -> str:
    file, source = printable(error.file), error.source
    return f"""\
{source.name} asks for another Python than {file} has
{source.name}: {printable(source.text)}
{file}: {error.version}

The Python of such an environment is that of its lock. Change {source.name}; or lock again with the
Python that is wanted, and commit {file}: {error.command}"""


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
{package} in {lock} isn't a package of a conda channel
Packages from the package index, and packages that are built from source, can't be installed into an
environment of conda or pixi yet.

Take {package} from a channel, where one has it, and lock again. Or list all that the app needs in
requirements.txt: then set BP_PACKAGE_MANAGER=pip."""
