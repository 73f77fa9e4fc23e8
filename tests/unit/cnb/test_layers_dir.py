from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import NOT_RESTORED, UNREADABLE, Layer, Layers, Restored

NOBODY = 65534
RESTORED_TOML = '[metadata]\n  python = "3.13.1"\n'
LAYER_ENV = (
    LayerEnv()
    .insert(Scope.ALL, ModificationBehavior.OVERRIDE, "A", "a")
    .insert(Scope.LAUNCH, ModificationBehavior.DEFAULT, "B", "b\n")
)


@pytest.fixture
def umask_077() -> Iterator[None]:
    old = os.umask(0o077)
    yield
    os.umask(old)


@pytest.fixture
def unprivileged_layers_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A layers directory in which modes count even where root runs the tests.

    It is relative, because only root may pass through the directories above it.
    """
    monkeypatch.chdir(tmp_path)
    user = os.geteuid()
    if user == 0:
        os.chown(tmp_path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    yield Path()
    os.seteuid(user)
    if user == 0:
        os.chown(tmp_path, 0, 0)


def tree(directory: Path) -> dict[str, int]:
    """Every path below ``directory`` and its permission bits."""
    return {
        str(path.relative_to(directory)): path.lstat().st_mode & 0o7777
        for path in sorted(directory.rglob("*"))
    }


def restore(layers_dir: Path, name: str, toml: bytes | str = RESTORED_TOML) -> Path:
    """Put a layer there as the lifecycle does: its TOML without types, and contents."""
    contents = toml if isinstance(toml, bytes) else toml.encode()
    (layers_dir / f"{name}.toml").write_bytes(contents)
    layer_dir = layers_dir / name
    (layer_dir / "bin").mkdir(parents=True)
    (layer_dir / "bin" / "python").touch()
    return layer_dir


def test_read_layer_with_contents(tmp_path: Path) -> None:
    restore(tmp_path, "python")
    assert Layers(tmp_path).read("python") == Restored({"python": "3.13.1"}, has_contents=True)


def test_read_layer_without_contents(tmp_path: Path) -> None:
    (tmp_path / "venv.toml").write_text(RESTORED_TOML, encoding="utf-8")
    assert Layers(tmp_path).read("venv") == Restored({"python": "3.13.1"}, has_contents=False)


@pytest.mark.parametrize("link", [True, False], ids=["link", "file"])
def test_read_layer_takes_only_a_directory_for_contents(tmp_path: Path, link: bool) -> None:
    (tmp_path / "venv.toml").write_text(RESTORED_TOML, encoding="utf-8")
    if link:
        (tmp_path / "venv").symlink_to("/")
    else:
        (tmp_path / "venv").touch()
    assert Layers(tmp_path).read("venv") == Restored({"python": "3.13.1"}, has_contents=False)


def test_read_layer_that_was_not_restored(tmp_path: Path) -> None:
    assert Layers(tmp_path).read("python") == NOT_RESTORED


def test_read_layer_without_toml_is_not_restored(tmp_path: Path) -> None:
    (tmp_path / "python" / "bin").mkdir(parents=True)
    (tmp_path / "python.sbom.cdx.json").touch()
    assert Layers(tmp_path).read("python") == NOT_RESTORED


@pytest.mark.parametrize("toml", [b"\xff\xfe", b"\0", b"[metadata", b"[metadata]\nkey = 3.0\n"])
def test_read_layer_with_junk(tmp_path: Path, toml: bytes) -> None:
    restore(tmp_path, "python", toml)
    assert Layers(tmp_path).read("python") == UNREADABLE


def test_read_layer_with_a_directory_as_toml(tmp_path: Path) -> None:
    (tmp_path / "python.toml").mkdir()
    assert Layers(tmp_path).read("python") == UNREADABLE


def test_read_layer_with_a_toml_that_may_not_be_read(unprivileged_layers_dir: Path) -> None:
    restore(unprivileged_layers_dir, "python")
    (unprivileged_layers_dir / "python.toml").chmod(0)
    assert Layers(unprivileged_layers_dir).read("python") == UNREADABLE


@pytest.mark.usefixtures("umask_077")
def test_empty_layer_makes_an_empty_directory(tmp_path: Path) -> None:
    assert Layers(tmp_path).make("python") == tmp_path / "python"
    assert tree(tmp_path) == {"python": 0o755}


def test_empty_layer_removes_the_toml_the_contents_and_the_sboms(tmp_path: Path) -> None:
    restore(tmp_path, "python").chmod(0o700)
    (tmp_path / "python.sbom.cdx.json").touch()
    (tmp_path / "python.sbom.spdx.json").mkdir()
    Layers(tmp_path).make("python")
    assert tree(tmp_path) == {"python": 0o755}


def test_empty_layer_leaves_other_layers_alone(tmp_path: Path) -> None:
    restore(tmp_path, "python")
    restore(tmp_path, "python-tools")
    (tmp_path / "python-tools.sbom.cdx.json").touch()
    (tmp_path / "store.toml").touch()
    before = tree(tmp_path)
    Layers(tmp_path).make("python")
    gone = {"python.toml", "python/bin", "python/bin/python"}
    assert tree(tmp_path).keys() == before.keys() - gone


def test_empty_layer_removes_junk_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "python.toml" / "inner").mkdir(parents=True)
    (tmp_path / "python").touch()
    Layers(tmp_path).make("python")
    assert tree(tmp_path) == {"python": 0o755}


def test_empty_layer_does_not_follow_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    outside.chmod(0o500)
    layers_dir = tmp_path / "layers"
    layers_dir.mkdir()
    (layers_dir / "python").symlink_to(outside)
    (layers_dir / "venv").mkdir()
    (layers_dir / "venv" / "link").symlink_to(outside)
    Layers(layers_dir).make("python")
    Layers(layers_dir).make("venv")
    assert tree(tmp_path) == {
        "layers": layers_dir.stat().st_mode & 0o7777,
        "layers/python": 0o755,
        "layers/venv": 0o755,
        "outside": 0o500,
        "outside/file": (outside / "file").stat().st_mode & 0o7777,
    }


@pytest.mark.parametrize("mode", [0o555, 0o111, 0o000])
def test_empty_layer_removes_directories_of_any_mode(
    unprivileged_layers_dir: Path, mode: int
) -> None:
    layer_dir = restore(unprivileged_layers_dir, "python")
    (layer_dir / "bin" / "inner").mkdir()
    for path in (layer_dir / "bin" / "python", layer_dir / "bin" / "inner", layer_dir / "bin"):
        path.chmod(mode)
    layer_dir.chmod(mode)
    Layers(unprivileged_layers_dir).make("python")
    assert tree(unprivileged_layers_dir) == {"python": 0o755}


def test_remove_layer_removes_all_of_it(tmp_path: Path) -> None:
    restore(tmp_path, "python")
    (tmp_path / "python.sbom.cdx.json").touch()
    Layers(tmp_path).remove("python")
    assert tree(tmp_path) == {}


def test_remove_layer_that_does_not_exist(tmp_path: Path) -> None:
    Layers(tmp_path).remove("python")
    assert tree(tmp_path) == {}


@pytest.mark.usefixtures("umask_077")
def test_write_layer_writes_env_files_and_toml(tmp_path: Path) -> None:
    layer_dir = Layers(tmp_path).make("python")
    Layers(tmp_path).finish(
        Layer("python", {"b": "2", "a": "1"}, LAYER_ENV), LayerTypes(launch=True)
    )
    assert tree(layer_dir) == {
        "env": 0o755,
        "env/A.override": 0o644,
        "env.launch": 0o755,
        "env.launch/B.default": 0o644,
    }
    assert (layer_dir / "env" / "A.override").read_bytes() == b"a"
    assert (layer_dir / "env.launch" / "B.default").read_bytes() == b"b\n"
    assert (tmp_path / "python.toml").read_bytes() == (
        b'[types]\nlaunch = true\nbuild = false\ncache = false\n\n[metadata]\na = "1"\nb = "2"\n'
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["python", "python.toml"]


def test_write_layer_replaces_the_old_environment(tmp_path: Path) -> None:
    layer_dir = Layers(tmp_path).make("python")
    Layers(tmp_path).finish(Layer("python", {}, LAYER_ENV), LayerTypes(launch=True))
    (layer_dir / "env.build").touch()
    (layer_dir / "bin").mkdir()
    Layers(tmp_path).finish(
        Layer("python", {}, LayerEnv().insert(Scope.BUILD, ModificationBehavior.PREPEND, "C", "c")),
        LayerTypes(launch=True),
    )
    assert tree(layer_dir).keys() == {"bin", "env.build", "env.build/C.prepend"}


def test_write_layer_gives_a_restored_layer_its_types(tmp_path: Path) -> None:
    restore(tmp_path, "python")
    state = Layers(tmp_path).read("python")
    assert isinstance(state, Restored)
    Layers(tmp_path).finish(Layer("python", state.metadata), LayerTypes(True, True, True))
    assert (tmp_path / "python" / "bin" / "python").is_file()
    assert "launch = true\nbuild = true\ncache = true\n" in (tmp_path / "python.toml").read_text()
    assert Layers(tmp_path).read("python") == state


def test_write_layer_without_contents_writes_only_the_toml(tmp_path: Path) -> None:
    Layers(tmp_path).finish(Layer("venv", {"a": "1"}, LAYER_ENV), LayerTypes(launch=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["venv.toml"]
    assert Layers(tmp_path).read("venv") == Restored({"a": "1"}, has_contents=False)


def test_write_layer_without_contents_to_cache(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no contents to cache"):
        Layers(tmp_path).finish(Layer("venv"), LayerTypes(launch=True, cache=True))
    assert tree(tmp_path) == {}


def test_write_layer_that_fails_leaves_no_toml(unprivileged_layers_dir: Path) -> None:
    layer_dir = restore(unprivileged_layers_dir, "python")
    layer_dir.chmod(0o555)
    with pytest.raises(PermissionError):
        Layers(unprivileged_layers_dir).finish(
            Layer("python", {}, LAYER_ENV), LayerTypes(launch=True)
        )
    layer_dir.chmod(0o755)
    assert Layers(unprivileged_layers_dir).read("python") == NOT_RESTORED


def test_write_layer_replaces_what_a_killed_build_left(tmp_path: Path) -> None:
    Layers(tmp_path).make("python")
    (tmp_path / "python.toml.partial").write_text("half", encoding="utf-8")
    Layers(tmp_path).finish(Layer("python", {"a": "1"}), LayerTypes(launch=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["python", "python.toml"]


def test_write_layer_keeps_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    layer_dir = Layers(tmp_path).make("python")
    layer_env = LayerEnv().insert(
        Scope.ALL, ModificationBehavior.OVERRIDE, "A", os.fsdecode(b"\xff")
    )
    Layers(tmp_path).finish(Layer("python", {}, layer_env), LayerTypes(launch=True))
    assert (layer_dir / "env" / "A.override").read_bytes() == b"\xff"


INVALID_NAMES = ["", "python-3.12", "build", "launch", "store", "a/b", "..", "py*", "a\n", "é"]


@pytest.mark.parametrize("name", INVALID_NAMES)
def test_layer_names_that_are_not_allowed(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="Invalid layer name"):
        Layers(tmp_path).read(name)
    with pytest.raises(ValueError, match="Invalid layer name"):
        Layers(tmp_path).make(name)
    with pytest.raises(ValueError, match="Invalid layer name"):
        Layers(tmp_path).remove(name)
    with pytest.raises(ValueError, match="Invalid layer name"):
        Layers(tmp_path).finish(Layer(name), LayerTypes(launch=True))
    assert tree(tmp_path) == {}
