from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.tags import Tag
from packaging.utils import canonicalize_name

from python_buildpack.environment.installed import installed_distributions
from python_buildpack.environment.resolution import ResolvedDistribution

SITE_PACKAGES = "lib/python3.13/site-packages"


def install(venv: Path, name: str, **files: str) -> Path:
    """Write the dist-info directory of a distribution; METADATA is as it is given or plain."""
    dist_info = venv / SITE_PACKAGES / f"{name}-1.0.dist-info"
    dist_info.mkdir(parents=True, exist_ok=True)
    texts = {"METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n\nText\n", **files}
    for file, text in texts.items():
        (dist_info / file.replace("_json", ".json")).write_text(text)
    return dist_info


def test_installed_distributions_are_sorted_by_normalized_name(tmp_path: Path) -> None:
    wheel = "Wheel-Version: 1.0\nTag: cp313-cp313-linux_x86_64\nTag: py3-none-any\n"
    install(tmp_path, "Zope.Interface", WHEEL=wheel)
    install(tmp_path, "anyio")
    anyio, interface = installed_distributions(tmp_path)
    assert (anyio.name, anyio.version, anyio.origin) == ("anyio", "1.0", None)
    assert anyio.tags == set()
    assert (interface.name, interface.version) == ("zope-interface", "1.0")
    assert interface.metadata["name"] == "Zope.Interface"
    assert interface.origin is None
    assert interface.tags == {
        Tag("cp313", "cp313", "linux_x86_64"),
        Tag("py3", "none", "any"),
    }


def origin(url: str, hashes: tuple[str, ...] = (), **fields: Any) -> ResolvedDistribution:
    name = canonicalize_name("tiny")
    return ResolvedDistribution(name, "1.0", url, hashes, is_direct=True, **fields)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"url": "https://user:pw@host/a.whl?x=1", "archive_info": {"hashes": {"sha256": "ab"}}},
            origin("https://host/a.whl", ("sha256:ab",)),
        ),
        (
            {"url": "file:///app", "dir_info": {"editable": True}},
            origin("file:///app", is_editable=True),
        ),
        (
            {
                "url": "https://host/repository",
                "subdirectory": "sub",
                "vcs_info": {"vcs": "git", "commit_id": "abc"},
            },
            origin("https://host/repository", vcs="git", commit="abc", subdirectory="sub"),
        ),
        ({}, None),
        ([], None),
        ({"url": "https://host/a", "vcs_info": []}, None),
        ({"url": None, "dir_info": {}}, None),
        ({"url": "https://host/a", "archive_info": None}, None),
        ({"url": "https://host/a", "archive_info": {"hashes": ["sha256"]}}, None),
        ({"url": "https://host/a", "archive_info": {"hashes": {"sha256": 1}}}, None),
        ({"url": "https://host/a", "vcs_info": {"vcs": {}, "commit_id": "abc"}}, None),
        ({"url": "https://host/a", "archive_info": {}, "subdirectory": ["a"]}, None),
        ({"url": "https://host/\udcff", "archive_info": {}}, None),
        ("https://host/a", None),
    ],
)
def test_installed_distributions_with_an_origin(
    tmp_path: Path, document: object, expected: ResolvedDistribution | None
) -> None:
    install(tmp_path, "tiny", direct_url_json=json.dumps(document))
    (found,) = installed_distributions(tmp_path)
    assert found.origin == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
INFO = JSON | st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("hashes", "hash", "vcs", "commit_id", "editable"), JSON)
)
DIRECT_URL = st.fixed_dictionaries(
    {"url": JSON | st.just("https://host/a")},
    optional=dict.fromkeys(("archive_info", "vcs_info", "dir_info", "subdirectory"), INFO),
)


@given(document=JSON | DIRECT_URL)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_installed_distributions_with_an_origin_of_any_shape(
    tmp_path: Path, document: object
) -> None:
    install(tmp_path, "tiny", direct_url_json=json.dumps(document))
    (found,) = installed_distributions(tmp_path)
    assert found.origin is None or isinstance(found.origin.url, str)


@pytest.mark.parametrize("metadata", ["", "Name: tiny\n", "Version: 1\n", "Name tiny\nVersion 1"])
def test_installed_distributions_leaves_out_what_is_none(tmp_path: Path, metadata: str) -> None:
    install(tmp_path, "tiny", METADATA=metadata)
    (tmp_path / SITE_PACKAGES / "gone-1.0.dist-info").mkdir()
    assert installed_distributions(tmp_path) == ()


@pytest.mark.parametrize("tag", ["-a-", "a--b", "a-b", "", "-".join(["a" + ".a" * 1000] * 3)])
def test_installed_distributions_with_tags_that_are_none(tmp_path: Path, tag: str) -> None:
    install(tmp_path, "tiny", WHEEL=f"Tag: {tag}\nTag: py3-none-any\n")
    (found,) = installed_distributions(tmp_path)
    assert found.tags == {Tag("py3", "none", "any")}


def test_installed_distributions_takes_the_first_of_equal_fields(tmp_path: Path) -> None:
    install(tmp_path, "tiny", METADATA="Name: tiny\nVersion: 2.0\nName: other\n\nVersion: 3\n")
    (found,) = installed_distributions(tmp_path)
    assert (found.name, found.version) == ("tiny", "2.0")
