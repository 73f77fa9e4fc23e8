from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from python_buildpack.environment.sbom.components import Component, License, Sbom, Source
from python_buildpack.environment.sbom.distributions import environment_sbom
from tests.unit.environment.sbom.environments import (
    SHA256,
    SITE_PACKAGES,
    install,
    resolution,
    resolved,
)

WHEEL = "https://index.example/Some_Thing-1.0-py3-none-any.whl"


def described(environment: Path) -> Component:
    """Return the one component that a document lists."""
    (component,) = environment_sbom("venv", environment, "3.13.2", None).components
    return component


def test_environment_sbom(tmp_path: Path) -> None:
    install(tmp_path, "Some_Thing", "1.0", "License-Expression: MIT", "Requires-Dist: other")
    install(tmp_path, "other", "2!1.0+cpu")
    chosen = resolution(
        resolved("some-thing", url=WHEEL, hashes=(f"sha256:{SHA256}", "md5:00")),
        resolved("other", "2!1.0+cpu", is_requested=False),
    )
    other, thing = "pkg:pypi/other@2%211.0%2Bcpu", "pkg:pypi/some-thing@1.0"
    assert environment_sbom("venv", tmp_path, "3.13.2", chosen) == Sbom(
        layer="venv",
        components=(
            Component(other, "other", "2!1.0+cpu", other),
            Component(
                ref=thing,
                name="Some_Thing",
                version="1.0",
                purl=thing,
                license=License("MIT"),
                source=Source(hashes=(("sha256", SHA256),)),
                requires=(other,),
            ),
        ),
        roots=(thing,),
        is_complete=True,
    )


def test_environment_sbom_where_the_lock_has_another_form_of_the_version(tmp_path: Path) -> None:
    install(tmp_path, "some", "2024.01.01")
    chosen = resolution(resolved("some", "2024.1.1", hashes=(f"sha256:{SHA256}",)))
    (component,) = environment_sbom("venv", tmp_path, "3.13.2", chosen).components
    assert component.version == "2024.01.01"
    assert component.source.hashes == (("sha256", SHA256),)


def test_environment_sbom_of_nothing(tmp_path: Path) -> None:
    assert environment_sbom("venv", tmp_path, "3.13.2", None) == Sbom("venv", (), (), True)


def test_environment_sbom_without_what_is_no_distribution(tmp_path: Path) -> None:
    install(tmp_path, "some")
    for name, text in (("empty", ""), ("half", "Name: half\n"), ("binary", "\udcff")):
        directory = tmp_path / SITE_PACKAGES / f"{name}-1.dist-info"
        directory.mkdir()
        (directory / "METADATA").write_text(text, encoding="utf-8", errors="surrogateescape")
    (tmp_path / SITE_PACKAGES / "none-1.dist-info").mkdir()
    assert described(tmp_path).name == "some"


@pytest.mark.parametrize(
    ("direct_url", "purl", "source"),
    [
        pytest.param(
            {
                "url": "https://user:secret@host.example/a.whl?token=secret#secret",
                "archive_info": {"hashes": {"sha256": SHA256}},
            },
            "pkg:pypi/some@1.0?download_url=https://host.example/a.whl",
            Source("https://host.example/a.whl", None, (("sha256", SHA256),), is_direct=True),
            id="archive",
        ),
        pytest.param(
            {
                "url": "https://secret@host.example/repository.git",
                "vcs_info": {"vcs": "git", "commit_id": "abc"},
                "subdirectory": "sub",
            },
            "pkg:pypi/some@1.0?vcs_url=git%2Bhttps://host.example/repository.git%40abc",
            Source(
                repository_url="git+https://host.example/repository.git@abc#sub", is_direct=True
            ),
            id="repository",
        ),
        pytest.param(
            {"url": "file:///app/some", "dir_info": {"editable": True}},
            None,
            Source(is_direct=True, is_public=False),
            id="directory",
        ),
        pytest.param(
            {"url": "file:///app/a.whl", "archive_info": {"hashes": {"sha256": SHA256}}},
            None,
            Source(hashes=(("sha256", SHA256),), is_direct=True, is_public=False),
            id="file",
        ),
        pytest.param(
            {"url": "file:///repository", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            None,
            Source(is_direct=True, is_public=False),
            id="repository on the machine",
        ),
    ],
)
def test_environment_sbom_of_a_direct_url(
    tmp_path: Path, direct_url: Any, purl: str | None, source: Source
) -> None:
    install(tmp_path, "some", direct_url=direct_url)
    component = described(tmp_path)
    assert (component.purl, component.source) == (purl, source)
    assert component.ref == (purl or "some@1.0")


@pytest.mark.parametrize("value", ["sha256:short", f"sha256:{'x' * 64}", "md5:" + "0" * 32, "x"])
def test_environment_sbom_without_hashes_that_prove_nothing(tmp_path: Path, value: str) -> None:
    install(tmp_path, "some")
    chosen = resolution(resolved("some", hashes=(value,)))
    (component,) = environment_sbom("venv", tmp_path, "3.13.2", chosen).components
    assert component.source.hashes == ()


@pytest.mark.parametrize("url", ["file:///tmp/index/some-1.0.whl", "some-1.0.whl", "https:///x"])
def test_environment_sbom_without_places_that_nobody_can_reach(tmp_path: Path, url: str) -> None:
    install(tmp_path, "some")
    chosen = resolution(resolved("some", url=url))
    (component,) = environment_sbom("venv", tmp_path, "3.13.2", chosen).components
    assert component.source == Source()
    assert component.purl == "pkg:pypi/some@1.0"


def test_roots_are_what_was_asked_for_and_what_nothing_leads_to(tmp_path: Path) -> None:
    install(tmp_path, "asked", "1.0", "Requires-Dist: asked-too")
    for name in ("asked-too", "by-an-extra"):
        install(tmp_path, name)
    install(tmp_path, "ring-a", "1.0", "Requires-Dist: ring-b")
    install(tmp_path, "ring-b", "1.0", "Requires-Dist: ring-a")
    chosen = resolution(resolved("asked"), resolved("asked-too"))
    assert environment_sbom("venv", tmp_path, "3.13.2", chosen).roots == (
        "pkg:pypi/asked-too@1.0",
        "pkg:pypi/asked@1.0",
        "pkg:pypi/by-an-extra@1.0",
        "pkg:pypi/ring-a@1.0",
    )
