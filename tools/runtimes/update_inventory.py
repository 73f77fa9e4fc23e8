"""Write inventory.toml from what the pinned pbs-installer knows of python-build-standalone.

usage: scripts/update-inventory [--check | --newest] [--upstream CLONE]
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.console import say
from tools.errors import ToolError
from tools.pinned_wheels import ensure_wheels
from tools.runtimes.inventory_file import (
    FREE_THREADED,
    MACHINES,
    Artifact,
    render_inventory,
    version_key,
)
from tools.runtimes.newest import note_new_versions, pin_newest
from tools.runtimes.upstream_libraries import UpstreamSources

_ROOT = Path(__file__).resolve().parents[2]
_ARCHITECTURES = {machine: arch for arch, machine in MACHINES.items()}
_OLDEST = (3, 10)
_INVENTORY = _ROOT / "inventory.toml"
_REQUIREMENTS = _ROOT / "requirements" / "inventory.txt"
Libraries = tuple[tuple[str, str], ...]
_RELEASE = re.compile(r"/download/(\d{8})/")


@dataclass(frozen=True)
class UpstreamFile:
    """One archive of one release, as pbs-installer lists it; ``version`` as the inventory has it."""

    version: str
    arch: str
    url: str
    filename: str
    sha256: str | None

    @property
    def is_stripped(self) -> bool:
        """Whether the archive has no debug symbols."""
        return "install_only_stripped" in self.filename


@dataclass(frozen=True)
class Selection:
    """What goes into the inventory, and which releases can't."""

    artifacts: tuple[Artifact, ...]
    without_sha256: tuple[str, ...]


def parse_upstream(contents: str) -> tuple[UpstreamFile, ...]:
    """Parse pbs-installer's ``versions.json``.

    Only files that the buildpack could use are returned: CPython from 3.10 on, Linux with glibc,
    the architectures it supports, ``install_only`` as ``.tar.gz``.

    Raises:
        ToolError: the file has another shape.
    """
    try:
        return tuple(_usable_files(json.loads(contents)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ToolError(
            f"versions.json of pbs-installer has a shape that is not known here: {error!r}."
            " Adapt tools/runtimes/update_inventory.py to it."
        ) from error


def _usable_files(releases: list[dict[str, object]]) -> Iterator[UpstreamFile]:
    for release in releases:
        python = release["python_version"]
        files = release["files"]
        if not isinstance(python, dict) or not isinstance(files, list):
            raise TypeError(release)
        number = ".".join(str(int(python[part])) for part in ("major", "minor", "micro"))
        if python["implementation"] != "cpython" or version_key(number)[:2] < _OLDEST:
            continue
        version = number + (FREE_THREADED if python["freethreaded"] else "")
        for file in files:
            name = file["filename"]
            if _is_usable(number, file["platform"], file["install_only"], name):
                arch = _ARCHITECTURES.get(file["arch"])
                if arch is not None:
                    yield UpstreamFile(version, arch, file["url"], name, file["sha256"])


def _is_usable(number: str, platform: str, install_only: bool, filename: str) -> bool:
    # Names of pre-releases go on after X.Y.Z (3.15.0rc1), which the version does not tell.
    final = filename.startswith((f"cpython-{number}+", f"cpython-{number}-"))
    glibc = "-unknown-linux-gnu-" in filename and "x86_64_v" not in filename
    return platform == "linux" and install_only and final and glibc and ".tar.gz" in filename


def select_artifacts(files: Sequence[UpstreamFile]) -> Selection:
    """Choose one archive for each release and architecture: the stripped one where there is one."""
    chosen: dict[tuple[str, str], UpstreamFile] = {}
    for file in sorted(files, key=lambda file: (file.is_stripped, file.filename)):
        if file.sha256 is not None:
            chosen[file.version, file.arch] = file
    missing = {
        f"{file.version} ({file.arch})" for file in files if (file.version, file.arch) not in chosen
    }
    artifacts = tuple(
        Artifact(file.version, "linux", file.arch, file.url, file.sha256 or "")
        for file in chosen.values()
    )
    return Selection(artifacts, tuple(sorted(missing)))


def read_upstream(wheel: Path) -> str:
    """Return ``versions.json`` of pbs-installer's wheel.

    Raises:
        ToolError: the wheel has no such file.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read("pbs_installer/versions.json").decode("utf-8")
    except (KeyError, zipfile.BadZipFile) as error:
        raise ToolError(f"{wheel} has no pbs_installer/versions.json: {error}") from error


def known_libraries(inventory: str) -> dict[str, Libraries]:
    """Return the libraries of each archive, by its URL, that an inventory of ours has already."""
    pairs = re.findall(
        r'^url = "(.+)"\nsha256 = ".+"\nlibraries = "(.+)"$', inventory, re.MULTILINE
    )
    return {url: tuple(re.findall(r"([a-z][a-z0-9-]*) ([^,]+)", text)) for url, text in pairs}


def with_libraries(
    artifact: Artifact, known: Mapping[str, Libraries], upstream: UpstreamSources | None
) -> Artifact:
    """Return an artifact with what is linked into it, as far as that is known.

    All builds of a release have the same.
    """
    libraries = known.get(artifact.url.replace("-freethreaded-", "-"), ())
    release = _RELEASE.search(artifact.url)
    if not libraries and upstream is not None and release is not None:
        libraries = upstream.libraries(release[1], artifact.version, artifact.arch)
    return replace(artifact, libraries=libraries)


def main(arguments: Sequence[str]) -> int:
    """Write inventory.toml, or with ``--check`` tell whether it is what would be written."""
    options = _parse(arguments)
    if options.newest:
        pin_newest(_ROOT, _REQUIREMENTS)
    (wheel,) = ensure_wheels(_ROOT, _REQUIREMENTS)
    selection = select_artifacts(parse_upstream(read_upstream(wheel)))
    for release in selection.without_sha256:
        say(f"Left out: Python {release}, which has no sha256 upstream")
    before = _INVENTORY.read_text("utf-8") if _INVENTORY.exists() else ""
    known = known_libraries(before)
    upstream = UpstreamSources(options.upstream) if options.upstream else None
    artifacts = [with_libraries(each, known, upstream) for each in selection.artifacts]
    for release in sorted({_release(each) for each in artifacts if not each.libraries}):
        say(f"The libraries of {release} are not known: --upstream CLONE looks them up")
    source = f"scripts/update-inventory from pbs-installer {wheel.name.split('-')[1]}"
    text = render_inventory(artifacts, source=source)
    if options.newest:
        note_new_versions(_ROOT / "CHANGELOG.md", before, text)
    return _compare(text) if options.check else _write(text, len(artifacts))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/update-inventory",
        description="Write inventory.toml from the pbs-installer of requirements/inventory.txt.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="write nothing; exit 1 if outdated")
    what.add_argument(
        "--newest",
        action="store_true",
        help="pin the newest pbs-installer first, and write new Pythons to CHANGELOG.md",
    )
    parser.add_argument(
        "--upstream",
        metavar="CLONE",
        type=Path,
        help="a clone of python-build-standalone, which names the libraries of new releases",
    )
    return parser.parse_args(arguments)


def _release(artifact: Artifact) -> str:
    found = _RELEASE.search(artifact.url)
    return found[1] if found else artifact.url


def _compare(text: str) -> int:
    if _INVENTORY.exists() and _INVENTORY.read_text("utf-8") == text:
        say("inventory.toml is up to date")
        return 0
    say("inventory.toml is not what scripts/update-inventory writes; run it")
    return 1


def _write(text: str, count: int) -> int:
    _INVENTORY.write_text(text, "utf-8")
    say(f"inventory.toml: {count} archives")
    return 0
