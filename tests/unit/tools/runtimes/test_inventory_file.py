from __future__ import annotations

from dataclasses import replace

import pytest

from python_buildpack.python_version.inventory import parse_inventory
from tools.errors import ToolError
from tools.runtimes.inventory_file import Artifact, render_inventory

OLD = Artifact("3.9.1", "linux", "amd64", "old.tar.gz", "0" * 64)
AMD64 = Artifact("3.13.9", "linux", "amd64", "https://example.com/a.tar.gz", "a" * 64)
ARM64 = Artifact("3.13.9", "linux", "arm64", "https://example.com/b.tar.gz", "b" * 64)
NEWER = Artifact("3.13.10", "linux", "amd64", "c+local.tar.gz", "c" * 64)


def test_render_inventory() -> None:
    assert render_inventory([AMD64], source="scripts/x from y 1") == (
        "# Written by scripts/x from y 1; do not edit.\n"
        'format = "1"\n'
        "\n"
        "[end-of-life]\n"
        '"3.13" = "2029-10-31"\n'
        "\n"
        "[[artifacts]]\n"
        'version = "3.13.9"\n'
        'os = "linux"\n'
        'arch = "amd64"\n'
        'url = "https://example.com/a.tar.gz"\n'
        f'sha256 = "{"a" * 64}"\n'
    )


def test_render_inventory_with_libraries() -> None:
    known = replace(AMD64, libraries=(("openssl", "3.5.7"), ("zlib", "1.3.2")))
    text = render_inventory([known], source="x")
    assert text.endswith('\nlibraries = "openssl 3.5.7, zlib 1.3.2"\n')
    (artifact,) = parse_inventory(text, "inventory.toml").artifacts
    assert artifact.libraries == known.libraries


def test_render_inventory_does_not_depend_on_the_order() -> None:
    text = render_inventory([AMD64, ARM64, NEWER], source="x")
    assert text == render_inventory([NEWER, ARM64, AMD64], source="x")
    urls = [artifact.url for artifact in parse_inventory(text, "inventory.toml").artifacts]
    assert urls == [NEWER.url, AMD64.url, ARM64.url]


def test_render_inventory_without_an_end_of_life() -> None:
    with pytest.raises(ToolError, match=r"end of life of Python 3\.9 is not known"):
        render_inventory([OLD], source="x")


@pytest.mark.parametrize(
    ("url", "sha256"),
    [
        pytest.param('a".tar.gz', "a" * 64, id="quote"),
        pytest.param("a\n.tar.gz", "a" * 64, id="newline"),
        pytest.param("a.tar.gz", "A" * 64, id="upper-case"),
        pytest.param("a.tar.gz", "a" * 63, id="short"),
    ],
)
def test_render_inventory_rejects_malformed_values(url: str, sha256: str) -> None:
    with pytest.raises(ToolError, match="Malformed"):
        render_inventory([Artifact("3.13.9", "linux", "amd64", url, sha256)], source="x")
