from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

import pytest

from python_buildpack.cnb.layer_content_metadata import LayerTypes, parse_layer_content_metadata
from python_buildpack.cnb.layers_dir import Layer, Layers
from python_buildpack.layers.wheels import (
    finish_wheels_layer,
    keep_wheels_layer,
    open_wheels_layer,
    wheels_metadata,
)
from python_buildpack.system.secrets import Secrets

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


# Where pip 26.3 kept a wheel that Python 3.11 had built from a link with this hash.
REAL_KEY = "9c24abd7e0340e6edd516aa9ff77cafa66ae661bd14f66f2b10f51ee"
REAL_URL = "http://127.0.0.1:8766/demo-1.0.tar.gz"
REAL_HASH = "6ff3f690e53d21f16236d031e182ee09de506ac59ec17f7d41c783c3c07f7d75"


def key_of(url: str, sha256: str = "0" * 64) -> str:
    parts = {"interpreter_name": "cp", "interpreter_version": "312", "sha256": sha256, "url": url}
    return hashlib.sha224(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def add_wheel(
    layers_dir: Path, name: str, origin: str | bytes | None, *, key: str | None = None
) -> Path:
    """Add a wheel as pip's cache keeps it; ``origin`` is a URL, or the contents of the file."""
    key = key or key_of(origin if isinstance(origin, str) else name)
    entry = layers_dir / "wheels" / "wheels" / key[:2] / key[2:4] / key[4:6] / key[6:]
    entry.mkdir(parents=True)
    wheel = entry / f"{name}-1.0-py3-none-any.whl"
    wheel.touch()
    if isinstance(origin, str):
        archive = {"hashes": {"sha256": "0" * 64}}
        (entry / "origin.json").write_text(json.dumps({"archive_info": archive, "url": origin}))
    elif origin is not None:
        (entry / "origin.json").write_bytes(origin)
    return wheel


def prepare_wheels_layer(layers_dir: Path, metadata: dict[str, str], *, clean: bool) -> Path:
    return open_wheels_layer(Layers(layers_dir), metadata, clean=clean)


def restore(layers_dir: Path, metadata: dict[str, str]) -> Path:
    """Restore a layer as the lifecycle does, with one wheel; return the wheel."""
    wheel = add_wheel(layers_dir, "used", USED)
    Layers(layers_dir).finish(Layer("wheels", metadata), LayerTypes(cache=True))
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
    add_wheel(tmp_path, "local", "file:///app/local-1.0.tar.gz")
    finish_wheels_layer(Layers(tmp_path), METADATA, {USED, "file:///app/local-1.0.tar.gz"}, str)
    assert names(tmp_path) == {"used", "local"}
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
    finish_wheels_layer(Layers(tmp_path), METADATA, {USED}, str)
    assert names(tmp_path) == {"used"}


@pytest.mark.parametrize("used", [set[str](), {USED}])
def test_finish_wheels_layer_without_wheels(tmp_path: Path, used: set[str]) -> None:
    directory = prepare_wheels_layer(tmp_path, METADATA, clean=False)
    add_wheel(tmp_path, "unused", UNUSED)
    (directory / "http-v2").mkdir()
    finish_wheels_layer(Layers(tmp_path), METADATA, used, str)
    assert list(tmp_path.iterdir()) == []


def test_finish_wheels_layer_removes_what_else_pip_caches(tmp_path: Path) -> None:
    directory = prepare_wheels_layer(tmp_path, METADATA, clean=False)
    add_wheel(tmp_path, "used", USED)
    (directory / "http-v2" / "a").mkdir(parents=True)
    (directory / "http-v2" / "a" / "body").touch()
    (directory / "selfcheck").symlink_to(tmp_path)
    (directory / "CACHEDIR.TAG").touch()
    finish_wheels_layer(Layers(tmp_path), METADATA, {USED}, str)
    assert [path.name for path in directory.iterdir()] == ["wheels"]
    assert tmp_path.is_dir()


def test_finish_wheels_layer_two_wheels_of_one_archive(tmp_path: Path) -> None:
    prepare_wheels_layer(tmp_path, METADATA, clean=False)
    first = add_wheel(tmp_path, "unused", UNUSED)
    first.with_name("unused-1.0-cp312-cp312-linux_x86_64.whl").touch()
    add_wheel(tmp_path, "used", USED)
    finish_wheels_layer(Layers(tmp_path), METADATA, {USED}, str)
    assert names(tmp_path) == {"used"}


def test_keep_wheels_layer(tmp_path: Path) -> None:
    wheel = restore(tmp_path, METADATA)
    # The lifecycle restores a layer without its types.
    toml = (tmp_path / "wheels.toml").read_text()
    (tmp_path / "wheels.toml").write_text(toml[toml.index("[metadata]") :])
    keep_wheels_layer(Layers(tmp_path))
    assert written(tmp_path) == (LayerTypes(cache=True), METADATA)
    assert wheel.exists()


@pytest.mark.parametrize("toml", [None, "junk", '[metadata]\npython = "3.12"\n'])
def test_keep_wheels_layer_without_contents(tmp_path: Path, toml: str | None) -> None:
    if toml is not None:
        (tmp_path / "wheels.toml").write_text(toml)
    keep_wheels_layer(Layers(tmp_path))
    assert not (tmp_path / "wheels").exists()
    assert toml is None or (tmp_path / "wheels.toml").read_text() == toml


@pytest.mark.parametrize(("series", "kept"), [("3.11", {"demo"}), ("3.12", set[str]())])
def test_finish_wheels_layer_key_of_a_real_pip(tmp_path: Path, series: str, kept: set[str]) -> None:
    metadata = wheels_metadata(series, "linux/amd64 ubuntu 24.04", "a" * 64)
    prepare_wheels_layer(tmp_path, metadata, clean=False)
    origin = {"archive_info": {"hashes": {"sha256": REAL_HASH}}, "url": REAL_URL}
    add_wheel(tmp_path, "demo", json.dumps(origin).encode(), key=REAL_KEY)
    finish_wheels_layer(Layers(tmp_path), metadata, {REAL_URL}, str)
    assert names(tmp_path) == kept


@pytest.mark.parametrize(
    "info",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"archive_info": {}}, id="no hash"),
        pytest.param({"archive_info": {"hashes": {"sha256": "1" * 64}}}, id="link without hash"),
        pytest.param({"archive_info": {"hashes": 1}}, id="junk"),
    ],
)
def test_finish_wheels_layer_drops_what_a_link_does_not_name(
    tmp_path: Path, info: dict[str, object]
) -> None:
    """What is behind a link without a hash may be another archive tomorrow."""
    prepare_wheels_layer(tmp_path, METADATA, clean=False)
    add_wheel(tmp_path, "demo", json.dumps({"url": USED, **info}).encode(), key=key_of(USED))
    finish_wheels_layer(Layers(tmp_path), METADATA, {USED}, str)
    assert names(tmp_path) == set()


def test_finish_wheels_layer_keeps_what_was_built_from_a_commit(tmp_path: Path) -> None:
    prepare_wheels_layer(tmp_path, METADATA, clean=False)
    origin = {"url": "https://git.example/demo.git", "vcs_info": {"vcs": "git", "commit_id": "a"}}
    add_wheel(tmp_path, "demo", json.dumps(origin).encode())
    finish_wheels_layer(Layers(tmp_path), METADATA, {"https://git.example/demo.git"}, str)
    assert names(tmp_path) == {"demo"}


def test_wheels_layer_failing_block(tmp_path: Path) -> None:
    restore(tmp_path, METADATA)
    layers = Layers(tmp_path)
    with contextlib.suppress(ZeroDivisionError), layers.removed_on_failure():
        open_wheels_layer(layers, METADATA, clean=False)
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/used-1.0.tar.gz?jwt=of-a-day",
        "https://files.example/k3y0f1ndex/used-1.0.tar.gz",
    ],
)
def test_wheels_from_urls_with_secrets_are_not_kept(tmp_path: Path, url: str) -> None:
    add_wheel(tmp_path, "used", url)
    secrets = Secrets(frozenset({"k3y0f1ndex"}))
    finish_wheels_layer(Layers(tmp_path), METADATA, {url.partition("?")[0]}, secrets.masked)
    assert not (tmp_path / "wheels").exists()
