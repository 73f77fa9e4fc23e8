from __future__ import annotations

import sys
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.python import inspect_python_layer
from python_buildpack.layers.reserved_names import (
    ReservedFile,
    ReservedFilesError,
    check_reserved_names,
)
from python_buildpack.layers.user_site import install_wheels
from python_buildpack.layers.venv_normalization import normalize_installed
from python_buildpack.messages.wording import message_for
from python_buildpack.python_version.inventory import Artifact
from tests.distributions import Distribution

SERIES = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def layer_dir(layers_dir: Path) -> Path:
    return layers_dir / "venv"


def install(layer_dir: Path, **data: str) -> None:
    """Install a wheel with these data files; "__" stands for "/" and "_" for "."."""
    files = {
        f"data/{name.replace('__', '/').replace('_', '.')}": text for name, text in data.items()
    }
    wheel = Distribution("odd-one", "1.0", {"odd.py": "", **files})
    path = layer_dir.parent / wheel.wheel_name
    path.write_bytes(wheel.wheel)
    artifact = Artifact(Version(f"{SERIES}.0"), "linux", "amd64", "file:///f", "0" * 64)
    install_wheels(layer_dir, inspect_python_layer(Layers(layer_dir.parent), artifact, {}), [path])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("exec_d__run", "exec.d/run"),
        ("exec_d__web__run", "exec.d/web/run"),
        ("exec_d", "exec.d"),
        ("profile_d__x_sh", "profile.d/x.sh"),
        ("profile_d__web__x", "profile.d/web/x"),
        ("env__PATH", "env/PATH"),
        ("env_build__PATH_append", "env.build/PATH.append"),
        ("env_launch__web__PATH", "env.launch/web/PATH"),
    ],
)
def test_check_reserved_names_names_file_and_distribution(
    layer_dir: Path, name: str, path: str
) -> None:
    install(layer_dir, **{name: "text"})
    with pytest.raises(ReservedFilesError) as caught:
        check_reserved_names(layer_dir)
    assert caught.value.layer == "venv"
    assert caught.value.files == (ReservedFile(path, "odd-one"),)


@pytest.mark.parametrize("name", ["share__exec_d__run", "etc__profile_d__x", "include__x_h"])
def test_check_reserved_names_allows_others(layer_dir: Path, name: str) -> None:
    install(layer_dir, **{name: "text"})
    check_reserved_names(layer_dir)


def test_check_reserved_names_of_a_file_that_nobody_has_recorded(layer_dir: Path) -> None:
    (layer_dir / "exec.d").mkdir(parents=True)
    (layer_dir / "exec.d" / "run").symlink_to("/gone")
    with pytest.raises(ReservedFilesError) as caught:
        check_reserved_names(layer_dir)
    assert caught.value.files == (ReservedFile("exec.d/run", None),)


def test_environment_with_reserved_names_is_refused(layer_dir: Path) -> None:
    install(layer_dir, exec_d__run="#!/bin/sh")
    with pytest.raises(ReservedFilesError):
        normalize_installed(layer_dir, str)


def test_message_of_reserved_names() -> None:
    files = (ReservedFile("exec.d/run", "odd-one"), ReservedFile("profile.d/x", None))
    message = message_for(ReservedFilesError("venv", files))
    assert "exec.d/run (of odd-one)\n" in message.body
    assert "profile.d/x (of no known distribution)\n" in message.body
