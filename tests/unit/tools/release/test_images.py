from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import tomli

from tools.errors import ToolError
from tools.pack import builder_config
from tools.release.images import push_builders, push_buildpack, registry_entry
from tools.release.version import current_version

ROOT = Path(__file__).resolve().parents[4]
VERSION = current_version(ROOT)
BUILDPACK = f"python-buildpack/python@sha256:{'a' * 64}"
TARGETS = "--target linux/amd64 --target linux/arm64"


def fake_pack(tmp_path: Path, script: str) -> Path:
    pack = tmp_path / "pack"
    pack.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n{script}\n')
    pack.chmod(0o755)
    return pack


def fake_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    docker = tmp_path / "programs" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\necho {printed}\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text().splitlines()


def packages(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / "dist" / name / "bin").mkdir(parents=True)
        (tmp_path / "dist" / name / "bin" / "build").write_text(name)
    return tmp_path / "dist"


def test_push_buildpack_gives_pack_a_directory_for_each_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dist = packages(tmp_path, "linux-amd64", "linux-arm64")
    pack = fake_pack(tmp_path, f'cd "$6"; cat buildpack.toml linux/*/bin/build >{tmp_path}/seen')
    digest = f"sha256:{'b' * 64}"
    fake_docker(tmp_path, monkeypatch, digest)
    assert push_buildpack(ROOT, pack, dist, "registry.local/python") == digest
    package, inspect = calls(tmp_path)
    reference = f"registry.local/python:{VERSION}"
    assert re.sub(r"--path \S+", "--path DIR", package) == (
        f"buildpack package {reference} --publish --path DIR {TARGETS} --no-color"
    )
    assert inspect == f"buildx imagetools inspect {reference} --format {{{{.Manifest.Digest}}}}"
    seen = (tmp_path / "seen").read_text()
    assert seen == f"{(ROOT / 'buildpack.toml').read_text()}linux-amd64linux-arm64"


def test_push_buildpack_without_a_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_docker(tmp_path, monkeypatch, "")
    dist = packages(tmp_path, "linux-amd64", "linux-arm64")
    with pytest.raises(ToolError, match="docker knows no digest"):
        push_buildpack(ROOT, fake_pack(tmp_path, "true"), dist, "registry.local/python")


def test_push_buildpack_needs_all_architectures(tmp_path: Path) -> None:
    dist = packages(tmp_path, "linux-amd64")
    with pytest.raises(ToolError, match="linux-arm64 is missing"):
        push_buildpack(ROOT, fake_pack(tmp_path, "true"), dist, "registry.local/python")
    assert not (tmp_path / "calls").exists()


def test_push_builders(tmp_path: Path) -> None:
    pack = fake_pack(tmp_path, f'cat "$6" >>{tmp_path}/configs')
    push_builders(ROOT, pack, "python-buildpack/builder", BUILDPACK)
    first, second = calls(tmp_path)
    assert first.startswith("builder create python-buildpack/builder:ubuntu-22.04 --publish")
    assert second.endswith(f"builder:ubuntu-24.04-{VERSION} {TARGETS} --no-color")
    configs = (tmp_path / "configs").read_text()
    assert configs.count(f'uri = "docker://{BUILDPACK}"') == 2


def test_pack_fails(tmp_path: Path) -> None:
    pack = fake_pack(tmp_path, "echo denied >&2; exit 1")
    with pytest.raises(ToolError, match="pack builder failed:\ndenied"):
        push_builders(ROOT, pack, "python-buildpack/builder", BUILDPACK)


def test_registry_entry() -> None:
    assert registry_entry(ROOT, BUILDPACK) == (
        f'```\nid = "python-buildpack/python"\nversion = "{VERSION}"\naddr = "{BUILDPACK}"\n```\n'
    )
    with pytest.raises(ToolError, match="is no image with a digest"):
        registry_entry(ROOT, "python-buildpack/python:1")


@pytest.mark.parametrize("path", sorted((ROOT / "builder").glob("*.toml")), ids=lambda p: p.stem)
def test_builders_have_the_buildpack_for_all_its_targets(path: Path) -> None:
    builder = tomli.loads(path.read_text())
    buildpack = tomli.loads((ROOT / "buildpack.toml").read_text())
    assert builder["targets"] == buildpack["targets"]
    assert builder["order"] == [{"group": [{"id": buildpack["buildpack"]["id"]}]}]
    (carried,) = builder["buildpacks"]
    assert carried["uri"] == f"docker://python-buildpack/python:{VERSION}"


def test_builder_config_takes_other_values() -> None:
    source = ROOT / "builder" / "ubuntu-24.04.toml"
    values = {"build": "b", "run.images": "r", "lifecycle": "file:///l", "buildpacks": "file:///p"}
    config = tomli.loads(builder_config(source, values))
    assert config["build"] == {"image": "b"}
    assert config["run"] == {"images": [{"image": "r"}]}
    assert (config["lifecycle"], config["buildpacks"]) == (
        {"uri": "file:///l"},
        [{"uri": "file:///p"}],
    )
    with pytest.raises(ToolError, match="has no table stack"):
        builder_config(source, {"stack": "x"})
