"""Where the measured builds leave image and cache: directories, or a registry on loopback."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.bench.counting_proxy import CountingProxy, Traffic
from tools.bench.local_registry import Registry
from tools.bench.results import LayerSize
from tools.bench.workspace import BenchWorkspace
from tools.oci_image import Image

LAYOUT = "layout"
REGISTRY = "registry"
TARGETS = (LAYOUT, REGISTRY)
_RUN_IMAGE = "cnb.local/run"
# The length of what was compressed, modulo 2**32, ends a gzip file.
# https://www.rfc-editor.org/rfc/rfc1952#section-2.3
_LENGTH_BYTES = 4


@dataclass(frozen=True)
class ImageState:
    """An image as it is between two builds.

    Attributes:
        digest: of its manifest.
        diff_ids: of its layers but those of the run image, by name.
        layers: the sizes of the same layers.
    """

    digest: str
    diff_ids: Mapping[str, str]
    layers: tuple[LayerSize, ...]

    def layers_unlike(self, previous: ImageState | None) -> tuple[str, ...]:
        """Return the names of the layers that ``previous`` has not, or not with this content."""
        before = previous.diff_ids if previous is not None else {}
        return tuple(name for name, diff_id in self.diff_ids.items() if before.get(name) != diff_id)


class Target(Protocol):
    """Where image and cache of a build are."""

    @property
    def name(self) -> str:
        """One of TARGETS."""

    def arguments(self, image: str) -> tuple[str, ...]:
        """Return the creator's arguments for a build of ``image``."""

    def state(self, image: str) -> ImageState:
        """Return the image as it was last exported."""

    def traffic(self) -> Traffic | None:
        """Return what has gone over the network so far, or None."""


@dataclass(frozen=True)
class LayoutTarget:
    """An OCI layout, and a cache directory."""

    workspace: BenchWorkspace
    name: str = LAYOUT

    def arguments(self, image: str) -> tuple[str, ...]:
        """Name the directories; the cache's has to be there."""
        cache_dir = self.workspace.root / "cache" / image
        cache_dir.mkdir(parents=True, exist_ok=True)
        os.chown(cache_dir, self.workspace.uid, self.workspace.gid)
        return (
            *("-layout", "-layout-dir", str(self.workspace.layout_dir)),
            *("-cache-dir", str(cache_dir), "-run-image", _RUN_IMAGE, f"cnb.local/{image}"),
        )

    def state(self, image: str) -> ImageState:
        """Read the layout."""
        exported = self.workspace.image(image)

        def read_end(digest: str) -> bytes:
            blob = exported.layout / "blobs" / digest.replace(":", "/")
            with blob.open("rb") as file:
                file.seek(-_LENGTH_BYTES, os.SEEK_END)
                return file.read()

        return image_state(exported, read_end)

    def traffic(self) -> None:
        """Return None: nothing goes over a network."""
        return


@dataclass(frozen=True)
class RegistryTarget:
    """Repositories of a registry, which builds reach through a proxy that counts."""

    registry: Registry
    proxy: CountingProxy
    name: str = REGISTRY

    @classmethod
    def create(
        cls, registry: Registry, proxy: CountingProxy, workspace: BenchWorkspace
    ) -> RegistryTarget:
        """Push the run image, which a build needs."""
        registry.push_layout(workspace.layout_dir / _RUN_IMAGE / "latest", "bench/run", "latest")
        return cls(registry, proxy)

    def arguments(self, image: str) -> tuple[str, ...]:
        """Name the repositories, all of them at the proxy's address."""
        host = f"127.0.0.1:{self.proxy.port}"
        return (
            *("-cache-image", f"{host}/bench/{image}-cache", "-run-image", f"{host}/bench/run"),
            f"{host}/bench/{image}",
        )

    def state(self, image: str) -> ImageState:
        """Ask the registry itself, so that it isn't counted."""
        repository = f"bench/{image}"
        with tempfile.TemporaryDirectory() as temporary:
            layout = Path(temporary)
            self.registry.pull_description(repository, "latest", layout)
            return image_state(
                Image(layout),
                lambda digest: self.registry.read_blob_end(repository, digest, _LENGTH_BYTES),
            )

    def traffic(self) -> Traffic:
        """Return what the proxy has counted."""
        return self.proxy.traffic


def image_state(image: Image, read_end: Callable[[str], bytes]) -> ImageState:
    """Describe an image by its manifest and config.

    Args:
        image: of which the layers' content need not be there.
        read_end: returns the last four bytes of the compressed layer with a digest.
    """
    (entry,) = json.loads((image.layout / "index.json").read_text("utf-8"))["manifests"]
    diff_ids = image.layer_diff_ids()
    names = {diff_id: name for name, diff_id in diff_ids.items()}
    blobs = zip(image.config_file["rootfs"]["diff_ids"], image.manifest["layers"], strict=True)
    layers = tuple(
        LayerSize(names[diff_id], blob["size"], int.from_bytes(read_end(blob["digest"]), "little"))
        for diff_id, blob in blobs
        if diff_id in names
    )
    return ImageState(entry["digest"], diff_ids, layers)
