from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from tools.bench.results import LayerSize
from tools.bench.targets import ImageState, image_state
from tools.oci_image import Image


def write_blob(layout: Path, content: bytes) -> str:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    file = layout / "blobs" / digest.replace(":", "/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return digest


def write_image(layout: Path, base: bytes, venv: bytes) -> str:
    """Write an image of a base layer and one of a buildpack's; return the manifest's digest."""
    diff_ids = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in (base, venv)]
    metadata = {"buildpacks": [{"key": "bp", "layers": {"venv": {"sha": diff_ids[1]}}}]}
    config = {
        "config": {"Labels": {"io.buildpacks.lifecycle.metadata": json.dumps(metadata)}},
        "rootfs": {"diff_ids": diff_ids},
    }
    packed = [gzip.compress(layer, mtime=0) for layer in (base, venv)]
    manifest = {
        "config": {"digest": write_blob(layout, json.dumps(config).encode())},
        "layers": [{"digest": write_blob(layout, blob), "size": len(blob)} for blob in packed],
    }
    digest = write_blob(layout, json.dumps(manifest).encode())
    (layout / "index.json").write_text(json.dumps({"manifests": [{"digest": digest}]}), "utf-8")
    return digest


def test_image_state_has_the_sizes_of_buildpacks_layers(tmp_path: Path) -> None:
    digest = write_image(tmp_path, b"base", b"x" * 5000)

    def read_end(blob: str) -> bytes:
        return (tmp_path / "blobs" / blob.replace(":", "/")).read_bytes()[-4:]

    state = image_state(Image(tmp_path), read_end)
    packed = len(gzip.compress(b"x" * 5000, mtime=0))
    assert state.digest == digest
    assert state.layers == (LayerSize("venv", packed, 5000),)
    assert list(state.diff_ids) == ["venv"]


def test_layers_unlike_a_previous_image() -> None:
    previous = ImageState("one", {"python": "1", "venv": "2"}, ())
    state = ImageState("two", {"python": "1", "venv": "3", "app": "4"}, ())
    assert state.layers_unlike(previous) == ("venv", "app")


def test_layers_unlike_no_image() -> None:
    assert ImageState("one", {"python": "1"}, ()).layers_unlike(None) == ("python",)
