"""Shared libraries that are missing, through the real lifecycle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.apps import wheel, write_app
from tests.unit.environment.linkage.elf_files import AMD64, ARM64, write_module
from tools.lifecycle_build import Workspace
from tools.run_image import host_target

WHEEL = "vendor/native-1.0-py3-none-any.whl"
HEADING = "Missing shared libraries"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return an app with an extension module that needs more than any image has."""
    machine = {"amd64": AMD64, "arm64": ARM64}[host_target().architecture]
    needed = ("libsurely-not-here.so.1", "libc.so.6")
    module = write_module(tmp_path / "native_gl.so", *needed, machine=machine)
    files: dict[str, str | bytes] = {
        "requirements.txt": f"./{WHEEL}\n",
        WHEEL: wheel("native", "1.0", {module.name: module.read_bytes()}),
    }
    return write_app(tmp_path / "app", files)


def test_missing_libraries(workspace: Workspace, buildpack_env: dict[str, str], app: Path) -> None:
    warned = workspace.build(app, buildpack_env)
    assert warned.exit_code == 0, warned.log
    assert f"Warning: {HEADING}\n" in warned.buildpack_log
    assert "    libsurely-not-here.so.1\n" in warned.buildpack_log
    assert "site-packages/native_gl.so\n" in warned.buildpack_log

    refused = workspace.build(app, {**buildpack_env, "BP_STRICT_LINKAGE": "true"}, image="strict")
    assert refused.exit_code != 0
    assert f"Error: {HEADING}\n" in refused.buildpack_log
    assert "    libsurely-not-here.so.1\n" in refused.buildpack_log
