"""Wording for builds without a network: what is missing, and how to add it."""

from __future__ import annotations

import shlex

from packaging.version import Version

from python_buildpack.app.find_links import NoArchiveError, UnreadableWheelsError
from python_buildpack.app.offline import DEFAULT_DIRECTORY
from python_buildpack.layers.runtime.archive import OfflineDownloadError
from python_buildpack.layers.user_site import ToolNotBundledError
from python_buildpack.messages.links import HOMEPAGE, OFFLINE
from python_buildpack.messages.message import text_for
from python_buildpack.package_managers.offline_failures import (
    BuildBackendMissingOfflineError,
    LockNeedsIndexError,
    RemoteRequirementError,
    WheelNotFoundOfflineError,
)
from python_buildpack.python_version.sources import abi_series_of
from python_buildpack.system.text import printable

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
# Tags of older systems, which a wheel may have, don't follow from those of newer ones.
_PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")


@text_for.register
def _(error: NoArchiveError) -> str:
    return f"""\
A wheel or source distribution isn't a file
Found: {printable(error.path)}{_named_by(error.named_by)}
It is a directory, pipe, socket, device or dangling link: the build would fail or hang.

Replace it with the file itself, or remove it."""


def _named_by(place: str) -> str:
    return f"\nNamed by: {printable(place)}" if place else ""


@text_for.register
def _(error: UnreadableWheelsError) -> str:
    return f"""\
A directory of wheels can't be read
Directory: {printable(error.path)}{_named_by(error.named_by)}
Problem: {printable(error.detail)}

Make it readable, or name another directory:
    chmod -R a+rX {shlex.quote(printable(error.path))}"""


@text_for.register
def _(error: OfflineDownloadError) -> str:
    return f"""\
{error.what} can't be downloaded: BP_OFFLINE is set
URL: {printable(error.url)}

{_offline_package(error.what.rpartition(" ")[2].rpartition(".")[0])}
or set BP_DEPENDENCY_MIRROR to the file:// URL of a directory that has it, or unset BP_OFFLINE."""


@text_for.register
def _(error: ToolNotBundledError) -> str:
    name = error.requirement.partition("==")[0]
    return f"""\
{error.requirement} can't be downloaded: BP_OFFLINE is set
The buildpack doesn't contain it for Python {error.series}.

{_offline_package(error.series)}
or add the tool's wheels to the app's:
    pip download --only-binary=:all: -d {DEFAULT_DIRECTORY} {shlex.quote(error.requirement)}
If BP_{name.upper()}_VERSION or the app names another release than the buildpack's, remove that."""


def _offline_package(series: str) -> str:
    """Return how to package what is missing."""
    return f"""\
Use a buildpack that contains it, packaged on a machine with a network, in a clone of
{HOMEPAGE} ({OFFLINE}):
    scripts/package --offline {series}"""


@text_for.register
def _(error: WheelNotFoundOfflineError) -> str:
    search, requirement = error.search, printable(error.requirement)
    series = abi_series_of(Version(search.python_version))
    machine = _MACHINES.get(search.arch, search.arch)
    by = f" (required by {printable(error.required_by)})" if error.required_by else ""
    searched = ", ".join(map(printable, search.directories))
    where = (
        f"Searched: {searched}" if searched else f"There is no {DEFAULT_DIRECTORY}/ with wheels."
    )
    found = f"\nFound: {', '.join(map(printable, error.available))}" if error.available else ""
    return f"""\
No wheel for {requirement}, and BP_OFFLINE is set
{requirement}{by} must be in a directory of the app (BP_FIND_LINKS),
for Python {search.python_version} on linux/{search.arch}.
{where}{found}

On a machine with a network, in the app's directory:
    {_download_command(series, machine, shlex.quote(requirement))}
or for all requirements, with -r requirements.txt in place of the name. See
{OFFLINE}"""


def _download_command(series: str, machine: str, what: str) -> str:
    platforms = " ".join(f"--platform {platform}_{machine}" for platform in _PLATFORMS)
    abis = f" --abi cp{series.replace('.', '')} --abi none" if series.endswith("t") else ""
    return (
        f"pip download --only-binary=:all: --python-version {series.removesuffix('t')}{abis} \\\n"
        f"      {platforms} \\\n"
        f"      -d {DEFAULT_DIRECTORY} {what}"
    )


@text_for.register
def _(error: BuildBackendMissingOfflineError) -> str:
    name = printable(error.distribution) or "a requirement"
    missing = printable(error.detail) or "its build backend"
    return f"""\
Building {name} needs {missing}, and BP_OFFLINE is set
It has no wheel for Python {error.python_version}, and pip can't download the build backend.

Replace the source distribution with a wheel, built on a machine like the image:
    pip wheel --no-deps -w {DEFAULT_DIRECTORY} NAME==VERSION
or add the build backend and its dependencies:
    pip download -d {DEFAULT_DIRECTORY} {shlex.quote(missing) if error.detail else "setuptools"}
See {OFFLINE}"""


@text_for.register
def _(error: RemoteRequirementError) -> str:
    cause = f"The tool says: {printable(error.detail)}" if error.detail else "The output is above."
    return f"""\
A requirement is at a URL, and BP_OFFLINE is set
{cause}

Build a wheel of it on a machine with a network, like the image, and require it by name and version:
    pip wheel --no-deps -w {DEFAULT_DIRECTORY} 'git+https://…'
See {OFFLINE}"""


@text_for.register
def _(error: LockNeedsIndexError) -> str:
    manager = error.manager
    lock_otherwise = f"\nOr {manager.offline_lock}" if manager.offline_lock else ""
    return f"""\
{error.lock} needs the package index, and BP_OFFLINE is set
{manager.display_name} takes each file from the index in the lock, never from a directory of wheels.

Export the lock to a requirements file:
    {manager.export_command}
download its wheels, on a machine with a network:
    pip download --only-binary=:all: --no-deps -d {DEFAULT_DIRECTORY} -r requirements.txt
and build with BP_PACKAGE_MANAGER=pip.{lock_otherwise}
See {OFFLINE}"""
