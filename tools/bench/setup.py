"""The packaged buildpack and the two Pythons that the benchmark builds with.

Imported after ``src`` and what it vendors are on ``sys.path``: inventories and archives are
read by the buildpack's own code.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.version import Version

from python_buildpack.python_version.inventory import Artifact, read_inventory
from python_buildpack.python_version.sources import is_free_threaded
from tools.errors import ToolError
from tools.packaging.runtime import ensure_archive, host_target, unpack_runtime
from tools.prepared_buildpack import (
    PreparedBuildpack,
    is_reachable,
    prepare_with_local_runtimes,
    prepare_with_real_runtimes,
)
from tools.runtimes import inventory_file
from tools.runtimes.archive import MODIFIED

# The apps' requirements are locked for it.
SERIES = "3.13"
_COMPRESSION_LEVEL = 4
_REPACKED = (
    "The Python is CPython {version} of {source}. For the next patch release, its archive is packed"
    " again under the next version, with one more file."
)


@dataclass(frozen=True)
class BenchPythons:
    """Two patch releases of the same X.Y, as archives.

    Attributes:
        inventory: the inventory file that lists both.
        archive: of the first.
        versions: both, X.Y.Z; the second is the next patch release.
        executable: the first, unpacked; what plain pip is run with.
        note: what the reader of the results has to know, if anything.
    """

    inventory: Path
    archive: Path
    versions: tuple[str, str]
    executable: Path
    note: str | None


def prepare(root: Path, work_dir: Path, python: str) -> tuple[PreparedBuildpack, BenchPythons]:
    """Package the buildpack, and lay it and two Pythons out in ``work_dir``.

    Args:
        root: the checkout.
        work_dir: an empty directory that the build's user can read.
        python: what scripts/local-runtime takes, for where the real archives can't be reached.

    Raises:
        ToolError: something can't be fetched.
    """
    inventory = read_inventory(root / "inventory.toml")
    host = host_target()
    series = tuple(map(int, SERIES.split(".")))
    artifacts = sorted(
        (
            artifact
            for artifact in inventory.for_platform(host.os, host.arch)
            if artifact.version.release[:2] == series
            and not artifact.version.is_prerelease
            and not is_free_threaded(artifact.version)
        ),
        key=lambda artifact: artifact.version,
    )[-2:]
    if len(artifacts) == 2 and is_reachable(artifacts[0].url):
        prepared = prepare_with_real_runtimes(root)
        archives = [
            ensure_archive(artifact, root / ".cache" / "runtimes") for artifact in artifacts
        ]
        pythons = _lay_out(work_dir, artifacts, archives, None)
    else:
        prepared = prepare_with_local_runtimes(root, [python])
        pythons = _lay_out_local(work_dir, prepared)
    directory = work_dir / "buildpack"
    shutil.copytree(prepared.buildpack.directory, directory, symlinks=True)
    return replace(prepared, buildpack=replace(prepared.buildpack, directory=directory)), pythons


def _lay_out_local(work_dir: Path, prepared: PreparedBuildpack) -> BenchPythons:
    if prepared.runtimes_dir is None:
        raise ToolError("scripts/local-runtime has packed no Python.")
    (first,) = read_inventory(prepared.runtimes_dir / "inventory.toml").artifacts
    archive = Path(unquote(urlsplit(first.url).path))
    version = first.version
    if f"{version.major}.{version.minor}" != SERIES:
        raise ToolError(
            f"The benchmark's apps are locked for Python {SERIES}, not {version}."
            " Name one of that version with --python."
        )
    next_version = Version(f"{SERIES}.{version.micro + 1}")
    next_archive = work_dir / "next.tar.gz"
    repack(archive, next_archive, f"python/lib/python{SERIES}/next-patch-release.txt")
    second = replace(first, version=next_version)
    note = _REPACKED.format(version=version, source=prepared.source.value)
    return _lay_out(work_dir, [first, second], [archive, next_archive], note)


def _lay_out(
    work_dir: Path, artifacts: Sequence[Artifact], archives: Sequence[Path], note: str | None
) -> BenchPythons:
    directory = work_dir / "runtimes"
    directory.mkdir()
    entries = []
    for artifact, archive in zip(artifacts, archives, strict=True):
        version, name = str(artifact.version), f"cpython-{artifact.version}.tar.gz"
        shutil.copyfile(archive, directory / name)
        sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        entries.append(
            inventory_file.Artifact(
                version, artifact.os, artifact.arch, name, sha256, artifact.libraries
            )
        )
    inventory = directory / "inventory.toml"
    inventory.write_text(inventory_file.render_inventory(entries, source="scripts/bench"), "utf-8")
    unpack_runtime(archives[0], work_dir / "python")
    return BenchPythons(
        inventory,
        directory / entries[0].url,
        (entries[0].version, entries[1].version),
        work_dir / "python" / "bin" / f"python{SERIES}",
        note,
    )


def repack(archive: Path, destination: Path, added: str) -> None:
    """Write the files of ``archive``, and one more of the name ``added``, to ``destination``."""
    with (
        tarfile.open(archive) as old,
        tarfile.open(destination, "w:gz", compresslevel=_COMPRESSION_LEVEL) as new,
    ):
        for member in old:
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
        content = b"What makes this another release than the one before.\n"
        extra = tarfile.TarInfo(added)
        extra.size, extra.mtime = len(content), MODIFIED
        new.addfile(extra, io.BytesIO(content))
