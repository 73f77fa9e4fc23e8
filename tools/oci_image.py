"""Reading the image that the lifecycle exported as an OCI layout.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_LIFECYCLE_METADATA = "io.buildpacks.lifecycle.metadata"


@dataclass(frozen=True)
class LayerFile:
    """One entry of a layer: what the tar says, and a regular file's content."""

    member: tarfile.TarInfo
    content: bytes


@dataclass(frozen=True)
class Image:
    """An image of one platform in the OCI layout directory ``layout``."""

    layout: Path

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """The image manifest."""
        index = json.loads((self.layout / "index.json").read_text(encoding="utf-8"))
        (entry,) = index["manifests"]
        return self._json_blob(entry["digest"])

    @cached_property
    def config_file(self) -> Mapping[str, Any]:
        """The whole config blob: architecture, rootfs, history and ``config``."""
        return self._json_blob(self.manifest["config"]["digest"])

    @property
    def config(self) -> Mapping[str, Any]:
        """What a container starts with: Env, Entrypoint, User, WorkingDir, Labels."""
        config: Mapping[str, Any] = self.config_file["config"]
        return config

    @property
    def env(self) -> Mapping[str, str]:
        """The image's environment variables."""
        return dict(entry.split("=", 1) for entry in self.config["Env"])

    @property
    def labels(self) -> Mapping[str, str]:
        """The image's labels, as text; the lifecycle's hold JSON."""
        return dict(self.config["Labels"])

    @cached_property
    def lifecycle_metadata(self) -> Mapping[str, Any]:
        """What the lifecycle keeps for the next build, such as each layer's metadata.

        https://github.com/buildpacks/spec/blob/platform/v0.15/platform.md#iobuildpackslifecyclemetadata-json
        """
        metadata: Mapping[str, Any] = json.loads(self.labels[_LIFECYCLE_METADATA])
        return metadata

    def layer_diff_ids(self) -> dict[str, str]:
        """Return the diffID (``sha256:`` and hex) of every layer that a build made, by name.

        Layers of buildpacks have their own name, or ``<buildpack id>:<layer>`` where an earlier
        buildpack has one of the same name. ``app`` (``app[1]`` and on for more slices),
        ``config``, ``launcher``, ``process-types`` and ``sbom`` are the lifecycle's.
        """
        diff_ids: dict[str, str] = {}
        for buildpack in self.lifecycle_metadata["buildpacks"]:
            for name, layer in buildpack["layers"].items():
                key = f"{buildpack['key']}:{name}" if name in diff_ids else name
                diff_ids[key] = layer["sha"]
        for position, layer in enumerate(self.lifecycle_metadata.get("app") or ()):
            diff_ids["app" if position == 0 else f"app[{position}]"] = layer["sha"]
        for name in ("config", "launcher", "process-types", "sbom"):
            sha = self.lifecycle_metadata.get(name, {}).get("sha")
            if sha:
                diff_ids[name] = sha
        return diff_ids

    def layer_metadata(self, name: str) -> Mapping[str, Any]:
        """Return the ``[metadata]`` that a buildpack wrote for the launch layer ``name``."""
        for buildpack in self.lifecycle_metadata["buildpacks"]:
            if name in buildpack["layers"]:
                metadata: Mapping[str, Any] = buildpack["layers"][name]["data"]
                return metadata
        raise KeyError(name)

    def layer_files(self, name: str) -> dict[str, LayerFile]:
        """Return the entries of the layer ``name``, by absolute path."""
        return _read_layer(self._layer_tar(self.layer_diff_ids()[name]))

    def files(self) -> dict[str, LayerFile]:
        """Return the entries of all layers together, the base image's too, by absolute path."""
        merged: dict[str, LayerFile] = {}
        for diff_id in self.config_file["rootfs"]["diff_ids"]:
            merged.update(_read_layer(self._layer_tar(diff_id)))
        return merged

    def extract(self, destination: Path, *, below: str = "/") -> None:
        """Unpack the files whose absolute path is in the directory ``below``, in layer order."""
        prefix = below.strip("/")
        for diff_id in self.config_file["rootfs"]["diff_ids"]:
            with tarfile.open(fileobj=io.BytesIO(self._layer_tar(diff_id))) as tar:
                chosen = [m for m in tar.getmembers() if _is_below(m.name, prefix)]
                # All of it: the image is ours, and links to absolute paths are meant so. Debian
                # 12's Python 3.11.2 has no filter= yet, and ignores this attribute.
                tar.extraction_filter = _everything
                tar.extractall(destination, chosen)  # noqa: S202

    def _layer_tar(self, diff_id: str) -> bytes:
        position = self.config_file["rootfs"]["diff_ids"].index(diff_id)
        blob = self._blob(self.manifest["layers"][position]["digest"])
        return gzip.decompress(blob) if blob[:2] == b"\x1f\x8b" else blob

    def _json_blob(self, digest: str) -> Mapping[str, Any]:
        document: Mapping[str, Any] = json.loads(self._blob(digest))
        return document

    def _blob(self, digest: str) -> bytes:
        return (self.layout / "blobs" / digest.replace(":", "/")).read_bytes()


def _everything(member: tarfile.TarInfo, _path: str) -> tarfile.TarInfo:
    return member


def _is_below(name: str, prefix: str) -> bool:
    path = name.strip("/")
    return not prefix or path == prefix or path.startswith(f"{prefix}/")


def _read_layer(content: bytes) -> dict[str, LayerFile]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {f"/{file.member.name.strip('/')}": file for file in _entries(tar)}


def _entries(tar: tarfile.TarFile) -> Iterator[LayerFile]:
    for member in tar:
        stream = tar.extractfile(member) if member.isreg() else None
        yield LayerFile(member, stream.read() if stream is not None else b"")
