from __future__ import annotations

import json
from pathlib import Path

import pytest

from python_buildpack.cnb.layer_content_metadata import LayerTypes, parse_layer_content_metadata
from python_buildpack.cnb.layers_dir import write_layer
from python_buildpack.layers.wheels import (
    finish_wheels_layer,
    keep_wheels_layer,
    prepare_wheels_layer,
    wheels_metadata,
)

METADATA = wheels_metadata("3.12", "linux/amd64 ubuntu 24.04", "a" * 64)
OTHERS: tuple[dict[str, str], ...] = (
    wheels_metadata("3.13", "linux/amd64 ubuntu 24.04", "a" * 64),
    wheels_metadata("3.12", "linux/arm64 ubuntu 24.04", "a" * 64),
    wheels_metadata("3.12", "linux/amd64 ubuntu 24.04", "b" * 64),
    {**METADATA, "layer_format": "0"},
    {},
)

USED = "https://files.example/used-1.0.tar.gz"
UNUSED = "https://files.example/unused-1.0.tar.gz"


def add_wheel(layers_dir: Path, key: str, origin: str | bytes | None) -> Path:
    """Add a wheel as pip's cache keeps it; ``origin`` is a URL, or the contents of the file."""
    entry = layers_dir / "wheels" / "wheels" / key[:2] / key[2:]
    entry.mkdir(parents=True)
    wheel = entry / f"{key}-1.0-py3-none-any.whl"
    wheel.touch()
    if isinstance(origin, str):
        (entry / "origin.json").write_text(json.dumps({"archive_info": {}, "url": origin}))
    elif origin is not None:
        (entry / "origin.json").write_bytes(origin)
    return wheel


def restore(layers_dir: Path, metadata: dict[str, str]) -> Path:
    """Restore a layer as the lifecycle does, with one wheel; return the wheel."""
    wheel = add_wheel(layers_dir, "abcdef", USED)
    write_layer(layers_dir, "wheels", LayerTypes(cache=True), metadata)
    return wheel


def written(layers_dir: Path) -> tuple[LayerTypes | None, object]:
    document = parse_layer_content_metadata((layers_dir / "wheels.toml").read_text())
    return document.types, document.metadata


def names(layers_dir: Path) -> set[str]:
    return {path.name.partition("-")[0] for path in layers_dir.glob("wheels/**/*.whl")}


def test_prepare_wheels_layer_restored(tmp_path: Path) -> None:
    wheel = restore(tmp_path, METADATA)
    assert prepare_wheels_layer(tmp_path, METADATA, clean=False) == tmp_path / "wheels"
    assert wheel.exists()


def test_prepare_wheels_layer_clean(tmp_path: Path) -> None:
    restore(tmp_path, METADATA)
    assert list(prepare_wheels_layer(tmp_path, METADATA, clean=True).iterdir()) == []


@pytest.mark.parametrize("metadata", OTHERS)
def test_prepare_wheels_layer_of_another_build(tmp_path: Path, metadata: dict[str, str]) -> None:
    restore(tmp_path, metadata)
    assert list(prepare_wheels_layer(tmp_path, METADATA, clean=False).iterdir()) == []
    assert not (tmp_path / "wheels.toml").exists()


@pytest.mark.parametrize("toml", [None, "junk", "[metadata]\npython = 3\n"])
def test_prepare_wheels_layer_without_metadata(tmp_path: Path, toml: str | None) -> None:
    wheel = restore(tmp_path, METADATA)
    (tmp_path / "wheels.toml").unlink()
    if toml is not None:
        (tmp_path / "wheels.toml").write_text(toml)
    prepare_wheels_layer(tmp_path, METADATA, clean=False)
    assert not wheel.exists()


def test_prepare_wheels_layer_first_build(tmp_path: Path) -> None:
    assert list(prepare_wheels_layer(tmp_path, METADATA, clean=False).iterdir()) == []


def test_finish_wheels_layer_keeps_what_was_used(tmp_path: Path) -> None:
    directory = prepare_wheels_layer(tmp_path, METADATA, clean=False)
    add_wheel(tmp_path, "used", USED)
    add_wheel(tmp_path, "unused", UNUSED)
    # As pip writes them, some with what a resolution has not.
    add_wheel(tmp_path, "private", "https://user:pa55@files.example/private-1.0.tar.gz?a=b")
    add_wheel(tmp_path, "local", "file:///app/local-1.0.tar.gz")
    finish_wheels_layer(
        tmp_path,
        METADATA,
        {USED, "https://files.example/private-1.0.tar.gz", "file:///app/local-1.0.tar.gz"},
    )
    assert names(tmp_path) == {"used", "private", "local"}
    assert not list(directory.glob("**/unused*"))
    assert written(tmp_path) == (LayerTypes(cache=True), METADATA)


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"[]", id="array"),
        pytest.param(b"{}", id="no URL"),
        pytest.param(b'{"url": 1}', id="URL is a number"),
        pytest.param(b'{"url": "https://[files.example/"}', id="no valid URL"),
    ],
)
def test_finish_wheels_layer_origin_is_junk(tmp_path: Path, origin: bytes | None) -> None:
    prepare_wheels_layer(tmp_path, METADATA, clean=False)
    add_wheel(tmp_path, "used", USED)
    add_wheel(tmp_path, "junk", origin)
    finish_wheels_layer(tmp_path, METADATA, {USED})
    assert names(tmp_path) == {"used"}


@pytest.mark.parametrize("used", [set[str](), {USED}])
def test_finish_wheels_layer_without_wheels(tmp_path: Path, used: set[str]) -> None:
    directory = prepare_wheels_layer(tmp_path, METADATA, clean=False)
    add_wheel(tmp_path, "unused", UNUSED)
    (directory / "http-v2").mkdir()
    finish_wheels_layer(tmp_path, METADATA, used)
    assert list(tmp_path.iterdir()) == []


def test_finish_wheels_layer_removes_what_else_pip_caches(tmp_path: Path) -> None:
    directory = prepare_wheels_layer(tmp_path, METADATA, clean=False)
    add_wheel(tmp_path, "used", USED)
    (directory / "http-v2" / "a").mkdir(parents=True)
    (directory / "http-v2" / "a" / "body").touch()
    (directory / "selfcheck").symlink_to(tmp_path)
    (directory / "CACHEDIR.TAG").touch()
    finish_wheels_layer(tmp_path, METADATA, {USED})
    assert [path.name for path in directory.iterdir()] == ["wheels"]
    assert tmp_path.is_dir()


def test_finish_wheels_layer_two_wheels_of_one_archive(tmp_path: Path) -> None:
    prepare_wheels_layer(tmp_path, METADATA, clean=False)
    first = add_wheel(tmp_path, "unused", UNUSED)
    first.with_name("unused-1.0-cp312-cp312-linux_x86_64.whl").touch()
    add_wheel(tmp_path, "used", USED)
    finish_wheels_layer(tmp_path, METADATA, {USED})
    assert names(tmp_path) == {"used"}


def test_keep_wheels_layer(tmp_path: Path) -> None:
    wheel = restore(tmp_path, METADATA)
    # The lifecycle restores a layer without its types.
    toml = (tmp_path / "wheels.toml").read_text()
    (tmp_path / "wheels.toml").write_text(toml[toml.index("[metadata]") :])
    keep_wheels_layer(tmp_path)
    assert written(tmp_path) == (LayerTypes(cache=True), METADATA)
    assert wheel.exists()


@pytest.mark.parametrize("toml", [None, "junk", '[metadata]\npython = "3.12"\n'])
def test_keep_wheels_layer_without_contents(tmp_path: Path, toml: str | None) -> None:
    if toml is not None:
        (tmp_path / "wheels.toml").write_text(toml)
    keep_wheels_layer(tmp_path)
    assert not (tmp_path / "wheels").exists()
    assert toml is None or (tmp_path / "wheels.toml").read_text() == toml
