"""A run image for the lifecycle's ``-layout`` mode: one small layer, as an OCI layout.

It stands for this machine: what is built on it natively is launched here.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import tarfile
from dataclasses import dataclass
from pathlib import Path

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The names that Go, and so OCI, gives to what Python calls the machine.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Target:
    """What the image runs on, in the words of a buildpack's ``[[targets]]``."""

    architecture: str
    distro_name: str
    distro_version: str


def host_target() -> Target:
    """Return the target that this machine is."""
    release = dict(
        line.split("=", 1)
        for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
        if "=" in line
    )
    machine = platform.machine()
    return Target(
        architecture=_ARCHITECTURES.get(machine, machine),
        distro_name=release.get("ID", "linux").strip('"'),
        # Rolling distributions have none; the lifecycle wants a non-empty label.
        distro_version=release.get("VERSION_ID", "rolling").strip('"'),
    )


def write_run_image(layout: Path, target: Target) -> None:
    """Write the run image's OCI layout to the directory ``layout``.

    The index holds one manifest only: the lifecycle rejects layouts with several.
    """
    layer = _layer(target)
    config = _config(target, diff_id=_digest(layer))
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _write_blob(layout, json.dumps(config).encode(), _CONFIG),
        "layers": [_write_blob(layout, gzip.compress(layer, mtime=0), _LAYER)],
    }
    entry = {
        **_write_blob(layout, json.dumps(manifest).encode(), _MANIFEST),
        "platform": {"os": "linux", "architecture": target.architecture},
    }
    index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [entry]}
    (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")


def _layer(target: Target) -> bytes:
    content = f'ID={target.distro_name}\nVERSION_ID="{target.distro_version}"\n'.encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo("etc/os-release")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _config(target: Target, diff_id: str) -> dict[str, object]:
    return {
        "architecture": target.architecture,
        "os": "linux",
        "config": {
            "Env": [f"PATH={_PATH}"],
            "User": "1001:1001",
            "Labels": {
                "io.buildpacks.base.distro.name": target.distro_name,
                "io.buildpacks.base.distro.version": target.distro_version,
                "io.buildpacks.base.id": "host",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created_by": "run image"}],
    }


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _write_blob(layout: Path, content: bytes, media_type: str) -> dict[str, object]:
    digest = _digest(content)
    path = layout / "blobs" / digest.replace(":", "/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}
