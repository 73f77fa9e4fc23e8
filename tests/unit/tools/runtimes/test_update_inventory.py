from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.python_version.inventory import read_inventory
from tools.errors import ToolError
from tools.runtimes.inventory_file import Artifact, render_inventory
from tools.runtimes.update_inventory import (
    known_libraries,
    parse_upstream,
    read_upstream,
    select_artifacts,
    with_libraries,
)

ROOT = Path(__file__).resolve().parents[4]
STRIPPED = "cpython-3.13.9+1-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz"
UNSTRIPPED = "cpython-3.13.9+1-x86_64-unknown-linux-gnu-install_only.tar.gz"


def release(
    *filenames: str,
    minor: int = 13,
    micro: int = 9,
    sha256: str | None = "a" * 64,
    **python: object,
) -> dict[str, object]:
    version = {"implementation": "cpython", "major": 3, "minor": minor, "micro": micro}
    return {
        "python_version": {**version, "freethreaded": False, **python},
        "files": [
            {
                "arch": "aarch64" if "aarch64" in name else "x86_64",
                "filename": name,
                "install_only": "install_only" in name,
                "platform": "linux" if "linux" in name else "macos",
                "sha256": sha256,
                "url": f"https://example.com/{name}",
            }
            for name in filenames
        ],
    }


def test_parse_upstream() -> None:
    (file,) = parse_upstream(json.dumps([release(STRIPPED)]))
    assert (file.version, file.arch, file.url) == (
        "3.13.9",
        "amd64",
        f"https://example.com/{STRIPPED}",
    )
    assert file.is_stripped


@pytest.mark.parametrize(
    "unusable",
    [
        pytest.param(release(STRIPPED, implementation="pypy"), id="pypy"),
        pytest.param(release(STRIPPED.replace("13.9", "9.9"), minor=9), id="too old"),
        pytest.param(release(STRIPPED.replace("13.9+", "15.0rc1+"), minor=15, micro=0), id="rc"),
        pytest.param(release(STRIPPED.replace("gnu", "musl")), id="musl"),
        pytest.param(release(STRIPPED.replace("x86_64", "x86_64_v2")), id="v2"),
        pytest.param(release(STRIPPED.replace("unknown-linux-gnu", "apple-darwin")), id="macos"),
        pytest.param(release(STRIPPED.replace("install_only_stripped", "full")), id="full"),
        pytest.param(release(STRIPPED.replace(".gz", ".zst")), id="zstd"),
    ],
)
def test_parse_upstream_leaves_out(unusable: dict[str, object]) -> None:
    assert parse_upstream(json.dumps([unusable])) == ()


@pytest.mark.parametrize(
    "contents", ["not json", "{}", "[1]", '[{"files": []}]', '[{"python_version": 1, "files": 2}]']
)
def test_parse_upstream_of_another_shape(contents: str) -> None:
    if contents == "{}":
        assert parse_upstream(contents) == ()
        return
    with pytest.raises(ToolError, match="has a shape that is not known"):
        parse_upstream(contents)


def test_select_artifacts_prefers_stripped() -> None:
    files = parse_upstream(json.dumps([release(STRIPPED, UNSTRIPPED)]))
    url = f"https://example.com/{STRIPPED}"
    assert select_artifacts(files).artifacts == (
        Artifact("3.13.9", "linux", "amd64", url, "a" * 64),
    )
    assert select_artifacts(files[::-1]) == select_artifacts(files)


def test_select_artifacts_takes_what_there_is() -> None:
    arm64 = STRIPPED.replace("x86_64", "aarch64")
    files = parse_upstream(json.dumps([release(UNSTRIPPED, arm64)]))
    urls = {artifact.arch: artifact.url for artifact in select_artifacts(files).artifacts}
    assert urls == {
        "amd64": f"https://example.com/{UNSTRIPPED}",
        "arm64": f"https://example.com/{arm64}",
    }


def test_select_artifacts_of_both_builds() -> None:
    free = STRIPPED.replace("gnu-", "gnu-freethreaded-")
    files = parse_upstream(json.dumps([release(STRIPPED), release(free, freethreaded=True)]))
    artifacts = select_artifacts(files).artifacts
    urls = {artifact.version: artifact.url for artifact in artifacts}
    assert urls == {
        "3.13.9": f"https://example.com/{STRIPPED}",
        "3.13.9+freethreaded": f"https://example.com/{free}",
    }
    libraries = {f"https://example.com/{STRIPPED}": (("xz", "5.8"),)}
    assert {with_libraries(each, libraries, None).libraries for each in artifacts} == {
        (("xz", "5.8"),)
    }
    text = render_inventory(artifacts, source="x")
    assert text.index("3.13.9+freethreaded") < text.index('"3.13.9"')


def test_select_artifacts_without_sha256() -> None:
    selection = select_artifacts(parse_upstream(json.dumps([release(STRIPPED, sha256=None)])))
    assert selection.artifacts == ()
    assert selection.without_sha256 == ("3.13.9 (amd64)",)


def test_known_libraries_stay() -> None:
    url = "https://example.com/download/20260610/a.tar.gz"
    known = Artifact("3.13.9", "linux", "amd64", url, "a" * 64, (("xz", "5.8"), ("zlib", "1.3")))
    unknown = Artifact("3.13.9", "linux", "arm64", f"{url}.x", "a" * 64)
    libraries = known_libraries(render_inventory([known, unknown], source="x"))
    assert libraries == {url: known.libraries}
    assert with_libraries(replace(known, libraries=()), libraries, None) == known
    assert with_libraries(unknown, libraries, None) == unknown


def test_read_upstream_of_another_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "pbs_installer-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pbs_installer/__init__.py", "")
    with pytest.raises(ToolError, match=r"has no pbs_installer/versions\.json"):
        read_upstream(wheel)


def test_the_inventory_of_the_checkout() -> None:
    inventory = read_inventory(ROOT / "inventory.toml")
    assert inventory.platforms() == ("linux/amd64", "linux/arm64")
    minors = {f"{a.version.major}.{a.version.minor}" for a in inventory.artifacts}
    assert minors == set(inventory.end_of_life)
    assert all(artifact.url.startswith("https://") for artifact in inventory.artifacts)
    versions = [artifact.version for artifact in inventory.artifacts]
    assert versions == sorted(versions, reverse=True)
