"""From a runtime's archive to the contents of the layer ``python``."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from python_buildpack.app.settings import Settings
from python_buildpack.layers.runtime.fix_ups import relocate, remove_what_no_server_needs
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.archive import unpack_archive
from python_buildpack.system.download import download_file, mirrored_url
from python_buildpack.system.errors import UserError
from python_buildpack.system.output import Output
from python_buildpack.system.redaction import redact_urls


@dataclass(eq=False)
class OfflineDownloadError(UserError):
    """Something would have to be downloaded, in a build that may not use the network."""

    what: str
    url: str


def archive_url(artifact: Artifact, bundled: Path | None, settings: Settings) -> str:
    """Return where a runtime's archive comes from.

    Args:
        bundled: the archive, if the buildpack contains it; then nothing is downloaded.

    Raises:
        OfflineDownloadError: that is the network, which the build may not use.
    """
    if bundled is not None:
        return bundled.as_uri()
    url = mirrored_url(artifact.url, settings.dependency_mirror)
    if settings.offline and urlsplit(url).scheme != "file":
        raise OfflineDownloadError(f"Python {artifact.version}", redact_urls(url))
    return url


def install_archive(artifact: Artifact, url: str, directory: Path, output: Output) -> None:
    """Put a runtime into ``directory``, without bytecode and what no server needs.

    Args:
        directory: is empty.

    Raises:
        DownloadError, ChecksumMismatchError: the archive can't be fetched.
        UnsafeArchiveError, BrokenArchiveError, UnknownLayoutError: it isn't a runtime's archive.
    """
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        # Not the URL's own name, which may hold anything, such as an escaped "..".
        archive = Path(temporary, f"python-{artifact.version}.tar.gz")
        download_file(url, archive, sha256=artifact.sha256, progress=output.progress())
        unpack_archive(archive, directory)
    remove_what_no_server_needs(directory, artifact.series)
    relocate(directory, artifact.series, directory)
