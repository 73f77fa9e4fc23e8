"""Archives that a Python might come in, and inventories that list them."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import tomli

from tools.prepared_buildpack import PreparedBuildpack
from tools.run_image import host_target


def member(name: str, content: bytes = b"", **attributes: object) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member of an archive: a file, or what ``type`` and ``linkname`` make of it."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info, content


def archive(members: Sequence[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Return a ``.tar.gz`` of ``members``, whatever their names and types are."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def inventory(url: str, sha256: str, *, version: str = "3.13.0", arch: str | None = None) -> str:
    """Return an inventory of one archive, for this machine unless ``arch`` is given."""
    return (
        'format = "1"\n[[artifacts]]\n'
        f'version = "{version}"\nos = "linux"\narch = "{arch or host_target().architecture}"\n'
        f'url = "{url}"\nsha256 = "{sha256}"\n'
    )


def write_inventory(directory: Path, content: bytes, url: str | None = None) -> dict[str, str]:
    """Write ``content`` as an archive, with an inventory, and return the variables to use it.

    The archive is listed under ``url``, or as the file beside the inventory.
    """
    directory.mkdir()
    directory.chmod(0o755)
    (directory / "python.tar.gz").write_bytes(content)
    text = inventory(url or "python.tar.gz", hashlib.sha256(content).hexdigest())
    (directory / "inventory.toml").write_text(text, encoding="utf-8")
    return {"BP_PYTHON_INVENTORY": str(directory / "inventory.toml")}


def local_runtime(prepared: PreparedBuildpack) -> tuple[Path, str]:
    """Return the archive of the newest Python, and its version."""
    assert prepared.runtimes_dir is not None
    text = (prepared.runtimes_dir / "inventory.toml").read_text(encoding="utf-8")
    newest = prepared.versions[0]
    artifacts = tomli.loads(text)["artifacts"]
    (url,) = [artifact["url"] for artifact in artifacts if artifact["version"] == newest]
    return prepared.runtimes_dir / url, newest
