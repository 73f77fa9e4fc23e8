from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.runtimes.upstream_libraries import UpstreamSources

DOWNLOADS = """\
# A comment.
DOWNLOADS = {
    "autoconf": {"url": "https://host.example/a", "version": "2.72"},
    "expat": {"url": "https://host.example/b", "version": "2.5.0", "licenses": ["MIT"]},
    "openssl-1.1": {"url": "https://host.example/c", "version": "1.1.1w"},
    "openssl-3.5": {"url": "https://host.example/d", "version": "3.5.7"},
    "sqlite": {"version": "3530100", "actual_version": "3.53.1.0"},
    "zlib": {"version": "1.3.2"},
    "zstd": {"version": "1.5.7"},
}
"""
TARGETS = """\
---
aarch64-apple-darwin:
  needs:
    - openssl-1.1

aarch64-unknown-linux-gnu:
  host_platforms:
    - linux_aarch64

  needs:
    - autoconf
    - expat
    - openssl-3.5
    - sqlite
    - zlib
    - zstd
  openssl_target: linux-aarch64
x86_64-unknown-linux-gnu:
  needs:
    - expat
"""
OLD, NEW = "20240415", "20260610"
ALL = (("expat", "2.5.0"), ("openssl", "3.5.7"), ("sqlite", "3.53.1"), ("zlib", "1.3.2"))


def clone(directory: Path, downloads: str = DOWNLOADS) -> UpstreamSources:
    for name, text in (
        ("pythonbuild/downloads.py", downloads),
        ("cpython-unix/targets.yml", TARGETS),
    ):
        file = directory / name
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    git = ["git", "-C", str(directory), "-c", "user.name=a", "-c", "user.email=a@host.example"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *command], check=True)
    for tag in (OLD, NEW):
        subprocess.run([*git, "tag", tag], check=True)
    return UpstreamSources(directory)


@pytest.mark.parametrize(
    ("release", "version", "arch", "libraries"),
    [
        pytest.param(NEW, "3.13.9", "arm64", ALL, id="all"),
        pytest.param(NEW, "3.14.0", "arm64", (*ALL, ("zstd", "1.5.7")), id="with zstd"),
        pytest.param(OLD, "3.12.3", "arm64", ALL[:-1], id="cross-compiled"),
        pytest.param(OLD, "3.12.3", "amd64", ALL[:1], id="another target"),
        pytest.param("20300101", "3.14.0", "amd64", (), id="an unknown release"),
    ],
)
def test_libraries(
    tmp_path: Path,
    release: str,
    version: str,
    arch: str,
    libraries: tuple[tuple[str, str], ...],
) -> None:
    assert clone(tmp_path).libraries(release, version, arch) == libraries


@pytest.mark.parametrize("downloads", ["", "DOWNLOADS = {}", "DOWNLOADS = f()", "(", "a = b = 1"])
def test_sources_of_another_shape(tmp_path: Path, downloads: str) -> None:
    with pytest.raises(ToolError, match=f"The sources of {NEW} have a shape that is not known"):
        clone(tmp_path, downloads).libraries(NEW, "3.14.0", "arm64")
