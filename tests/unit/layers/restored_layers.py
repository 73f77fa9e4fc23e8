"""Layers as the lifecycle gives them back to the next build."""

from __future__ import annotations

from pathlib import Path

import tomli

from python_buildpack.cnb.layer_content_metadata import LayerContentMetadata, LayerTypes


def restore_layer(layers_dir: Path, name: str, **changed: str) -> None:
    """Take the types from a layer's TOML, as the lifecycle does, and change its metadata."""
    path = layers_dir / f"{name}.toml"
    metadata = {**_metadata(layers_dir, name), **changed}
    toml = LayerContentMetadata(LayerTypes(), metadata).to_toml()
    path.write_text(toml[toml.index("[metadata]") :], encoding="utf-8")
    assert "types" not in tomli.loads(path.read_text(encoding="utf-8"))


def layer_metadata(layers_dir: Path, name: str) -> dict[str, str]:
    """Return what a layer's TOML says about it, beside the digest of its SBOMs."""
    metadata = _metadata(layers_dir, name)
    return {key: value for key, value in metadata.items() if key != "sboms_sha256"}


def _metadata(layers_dir: Path, name: str) -> dict[str, str]:
    toml = tomli.loads((layers_dir / f"{name}.toml").read_text(encoding="utf-8"))
    return {str(key): str(value) for key, value in toml["metadata"].items()}


def layer_types(layers_dir: Path, name: str) -> set[str]:
    """Return what a layer is for: some of launch, build and cache."""
    toml = tomli.loads((layers_dir / f"{name}.toml").read_text(encoding="utf-8"))
    return {name for name, value in toml["types"].items() if value}


def layer_env(layers_dir: Path, name: str) -> dict[str, str]:
    """Return the files of a layer's environment, by their paths in the layer."""
    layer_dir = layers_dir / name
    return {
        str(path.relative_to(layer_dir)): path.read_text(encoding="utf-8")
        for directory in ("env", "env.build", "env.launch")
        for path in sorted((layer_dir / directory).rglob("*"))
    }
