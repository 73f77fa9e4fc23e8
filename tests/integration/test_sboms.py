"""The SBOMs in the image, and in later images that reuse what they describe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.json.json_parser import parse_from_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from tests.distributions import Distribution
from tests.integration.catalog import plain
from tests.integration.indexed_workspace import IndexedWorkspace
from tools.lifecycle_build import BuildResult
from tools.oci_image import Image

CANARY = "canary-7f3a"
APP = {"requirements.txt": "uses==1.0\nplain==1.0\n", "app.py": ""}
LIST = """\
import importlib.metadata, json
found = [(each.name, each.version) for each in importlib.metadata.distributions()]
print(json.dumps(sorted(found)))
"""


@pytest.fixture(scope="module")
def world(indexed: IndexedWorkspace) -> IndexedWorkspace:
    indexed.index.upload(plain("1.0"))
    indexed.index.upload(Distribution("uses", "1.0", {"uses.py": ""}, requires=("plain",)))
    return indexed


def build(world: IndexedWorkspace) -> BuildResult:
    with_password = world.index.url().replace("://", f"://user:{CANARY}@")
    return world.build(APP, {"PIP_INDEX_URL": with_password})


@pytest.fixture(scope="module")
def first(world: IndexedWorkspace) -> tuple[Image, Mapping[str, str]]:
    """The image of a first build, and its SBOMs."""
    result = build(world)
    image = result.require_image()
    return image, {**in_image(image), **left_by_build(world)}


def in_image(image: Image) -> dict[str, str]:
    """Return the text of each document, by layer and format: ``venv.sbom.cdx.json``."""
    return {
        f"{Path(path).parent.name}.{Path(path).name}": file.content.decode()
        for path, file in image.layer_files("sbom").items()
        # The lifecycle adds one in an older format of its own.
        if path.endswith((".cdx.json", ".spdx.json"))
    }


def left_by_build(world: IndexedWorkspace) -> dict[str, str]:
    directory = world.workspace.buildpack_layers_dir(world.workspace.buildpacks[0])
    return {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*.sbom.*")}


def test_every_layer_is_described(first: tuple[Image, Mapping[str, str]]) -> None:
    image, documents = first
    assert in_image(image).keys() == {
        f"{layer}.sbom.{extension}"
        for layer in ("python", "venv")
        for extension in ("cdx.json", "spdx.json")
    }
    # Not in the image: the platform gets it apart.
    assert documents.keys() - in_image(image).keys() == {"pip.sbom.cdx.json", "pip.sbom.spdx.json"}


def test_documents_are_valid(first: tuple[Image, Mapping[str, str]], tmp_path: Path) -> None:
    _, documents = first
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for name, text in documents.items():
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        if name.endswith(".cdx.json"):
            assert validator.validate_str(text) is None
        else:
            assert validate_full_spdx_document(parse_from_file(str(file)), "SPDX-2.3") == []
    assert len(documents) == 6


def test_what_is_installed_is_listed(
    world: IndexedWorkspace, first: tuple[Image, Mapping[str, str]]
) -> None:
    image, documents = first
    process = world.workspace.run(image, ["--", "python", "-c", LIST])
    installed = [tuple(each) for each in json.loads(process.stdout)]
    assert installed == [("plain", "1.0"), ("uses", "1.0")]
    cyclonedx = json.loads(documents["venv.sbom.cdx.json"])
    spdx = json.loads(documents["venv.sbom.spdx.json"])
    assert [(each["name"], each["version"]) for each in cyclonedx["components"]] == installed
    assert [(each["name"], each["versionInfo"]) for each in spdx["packages"][1:]] == installed
    assert all(each["hashes"] for each in cyclonedx["components"])
    needs = {each["ref"]: each["dependsOn"] for each in cyclonedx["dependencies"]}
    assert needs["pkg:pypi/uses@1.0"] == ["pkg:pypi/plain@1.0"]


def test_documents_have_no_credential(first: tuple[Image, Mapping[str, str]]) -> None:
    _, documents = first
    # Nor the URL, which may have one in its path.
    assert not world_is_named(documents["venv.sbom.cdx.json"])
    assert [name for name, text in documents.items() if CANARY in text] == []


def world_is_named(text: str) -> bool:
    """Return whether a document has the index's URLs at all, which could have had the password."""
    return "http://127.0.0.1" in text or "http://localhost" in text


def test_documents_of_a_rebuild_are_the_same(
    world: IndexedWorkspace, first: tuple[Image, Mapping[str, str]]
) -> None:
    image, documents = first
    before, known = image.layer_diff_ids(), in_image(image)
    again = build(world)
    assert "Unchanged, and all pinned" in again.buildpack_log
    after = again.require_image()
    assert in_image(after) == known
    assert after.layer_diff_ids() == before
    assert known.items() <= documents.items()
