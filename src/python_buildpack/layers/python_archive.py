"""From a runtime's archive to the contents of the layer ``python``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from python_buildpack.archive import unpack_archive
from python_buildpack.download import download_file, mirrored_url
from python_buildpack.inventory import Artifact
from python_buildpack.layers.python_fix_ups import relocate, remove_what_no_server_needs
from python_buildpack.output import Output
from python_buildpack.redaction import redact_url_credentials


def install_archive(
    artifact: Artifact, directory: Path, mirror: str | None, output: Output
) -> None:
    """Put a runtime into ``directory``, without bytecode and what no server needs.

    Raises:
        DownloadError, ChecksumMismatchError: the archive can't be had.
        UnsafeArchiveError, BrokenArchiveError, UnknownLayoutError: it is no runtime's archive.
    """
    url = mirrored_url(artifact.url, mirror)
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        archive = Path(temporary, unquote(Path(urlsplit(url).path).name))
        output.line(f"Downloading {redact_url_credentials(url)}")
        download_file(url, archive, sha256=artifact.sha256, progress=output.progress())
        unpack_archive(archive, directory)
    remove_what_no_server_needs(directory, artifact.series)
    relocate(directory, artifact.series, directory)
