"""Wording for builds without a network: what is missing, and how to bring it."""

from __future__ import annotations

import shlex

from python_buildpack.app.find_links import NoArchiveError, UnreadableWheelsError
from python_buildpack.app.offline import DEFAULT_DIRECTORY, FindLinksError, FindLinksProblem
from python_buildpack.layers.runtime.archive import OfflineDownloadError
from python_buildpack.layers.user_site import ToolNotBundledError
from python_buildpack.messages.links import HOMEPAGE, OFFLINE
from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.package_managers.offline_failures import (
    BuildBackendMissingOfflineError,
    LockNeedsIndexError,
    RemoteRequirementError,
    WheelNotFoundOfflineError,
)
from python_buildpack.system.text import printable

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
# Tags of older systems, which a wheel may have, don't follow from those of newer ones.
_PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
_SETTINGS = {
    FindLinksProblem.MISSING: "There is no such directory in the app.",
    FindLinksProblem.OUTSIDE: "It is not in the app.",
    FindLinksProblem.NO_DIRECTORY: "It isn't a directory.",
}


@message_for.register
def _(error: FindLinksError) -> UserMessage:
    return UserMessage(
        "BP_FIND_LINKS can't be used",
        f"""\
BP_FIND_LINKS has: {printable(error.directory)}
{_SETTINGS[error.problem]}

Name directories of the app that have wheels, relative to it, with spaces between, or unset
BP_FIND_LINKS: {DEFAULT_DIRECTORY}/ is looked into anyway. A directory may be missing because
.gitignore, or io.buildpacks.exclude in project.toml, keeps it from the build.""",
    )


@message_for.register
def _(error: NoArchiveError) -> UserMessage:
    return UserMessage(
        "A distribution in a directory of wheels isn't a file",
        f"""\
Found: {printable(error.path)}{_named_by(error.named_by)}
Wheels and source distributions are read there. It is a directory, a named pipe, a
socket, a device, or a link to something that isn't there: the build would fail, or wait for it forever.

Put the file itself there, or remove what is there now.""",
    )


def _named_by(place: str) -> str:
    return f"\nNamed by: {printable(place)}" if place else ""


@message_for.register
def _(error: UnreadableWheelsError) -> UserMessage:
    return UserMessage(
        "A directory of wheels can't be read",
        f"""\
The directory: {printable(error.path)}{_named_by(error.named_by)}
The operating system says: {printable(error.detail)}

Check that everyone may read the directory and what is in it (chmod -R a+rX), or name another one.""",
    )


@message_for.register
def _(error: OfflineDownloadError) -> UserMessage:
    return UserMessage(
        f"{error.what} can't be downloaded: BP_OFFLINE is set",
        f"""\
URL: {printable(error.url)}
The buildpack doesn't carry it, and BP_OFFLINE=true keeps every build from the network.

Either use a buildpack that carries it, which a machine with a network makes, in a clone of
{HOMEPAGE}, by
    scripts/package --offline {error.what.rpartition(" ")[2].rpartition(".")[0]}
({OFFLINE}),
or set BP_DEPENDENCY_MIRROR to the file:// URL of a directory that has it.
Where the build may use the network, unset BP_OFFLINE.""",
    )


@message_for.register
def _(error: ToolNotBundledError) -> UserMessage:
    name = error.requirement.partition("==")[0]
    return UserMessage(
        f"{error.requirement} can't be downloaded: BP_OFFLINE is set",
        f"""\
The buildpack doesn't carry it for Python {error.series}, and BP_OFFLINE=true keeps every build from
the network.

Either use a buildpack that carries the tools, which a machine with a network makes, in a clone of
{HOMEPAGE}, by
    scripts/package --offline {error.series}
({OFFLINE}),
or put the tool's wheels among the app's:
    pip download --only-binary=:all: -d {DEFAULT_DIRECTORY} {shlex.quote(error.requirement)}
If BP_{name.upper()}_VERSION, or the app, asks for another release than the buildpack's, leave that
out: it carries its own release only.""",
    )


@message_for.register
def _(error: WheelNotFoundOfflineError) -> UserMessage:
    search, requirement = error.search, printable(error.requirement)
    series = ".".join(search.python_version.split(".")[:2])
    machine = _MACHINES.get(search.arch, search.arch)
    by = f" (required by {printable(error.required_by)})" if error.required_by else ""
    looked = ", ".join(map(printable, search.directories))
    where = f"Looked into: {looked}" if looked else f"There is no {DEFAULT_DIRECTORY}/ with wheels."
    there = f"\nIt has: {', '.join(map(printable, error.available))}" if error.available else ""
    return UserMessage(
        f"No wheel for {requirement}, and BP_OFFLINE is set",
        f"""\
BP_OFFLINE is set, so that all must be in directories of the app (BP_FIND_LINKS), for
Python {search.python_version} on linux/{search.arch}: {requirement}{by} isn't.
{where}{there}

On a machine with a network, in the app's directory:
    {_download_command(series, machine, shlex.quote(requirement))}
or for all that the app requires, with -r requirements.txt in place of the name.
See {OFFLINE}.""",
    )


def _download_command(series: str, machine: str, what: str) -> str:
    platforms = " ".join(f"--platform {platform}_{machine}" for platform in _PLATFORMS)
    return (
        f"pip download --only-binary=:all: --python-version {series} \\\n"
        f"      {platforms} \\\n"
        f"      -d {DEFAULT_DIRECTORY} {what}"
    )


@message_for.register
def _(error: BuildBackendMissingOfflineError) -> UserMessage:
    name = printable(error.distribution) or "A requirement"
    missing = printable(error.detail) or "what builds it"
    return UserMessage(
        f"Building {name} needs {missing}, and BP_OFFLINE is set",
        f"""\
There is only a source distribution of it for Python {error.python_version}, or it is a project of the
app. What builds it, its build backend, is then needed too, and BP_OFFLINE keeps pip from the index.

Either put a wheel of it in place of the source distribution, which a machine like the image makes:
    pip wheel --no-deps -w {DEFAULT_DIRECTORY} NAME==VERSION
or add the build backend, with all that it requires:
    pip download -d {DEFAULT_DIRECTORY} {shlex.quote(missing) if error.detail else "setuptools"}
See {OFFLINE}.""",
    )


@message_for.register
def _(error: RemoteRequirementError) -> UserMessage:
    said = f"\nThe tool says: {printable(error.detail)}" if error.detail else ""
    return UserMessage(
        "A requirement is at a URL, and BP_OFFLINE is set",
        f"""\
It is an archive or a repository somewhere else, as the output above shows.{said}

On a machine with a network, like the image, make a wheel of it:
    pip wheel --no-deps -w {DEFAULT_DIRECTORY} 'git+https://…'
and require it by name and version. See
{OFFLINE}.""",
    )


@message_for.register
def _(error: LockNeedsIndexError) -> UserMessage:
    manager = error.manager
    lock_otherwise = f"\nOr {manager.offline_lock}" if manager.offline_lock else ""
    return UserMessage(
        f"{error.lock} needs the package index, and BP_OFFLINE is set",
        f"""\
{manager.display_name} takes each file from where it was locked, and looks into no directory of wheels.

Export the lock to a file that pip installs from, by hash, out of such a directory:
    {manager.export_command}
build with BP_PACKAGE_MANAGER=pip, and download the wheels, on a machine with a network:
    pip download --only-binary=:all: --no-deps -d {DEFAULT_DIRECTORY} -r requirements.txt{lock_otherwise}
See {OFFLINE}.""",
    )
