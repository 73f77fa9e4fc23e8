from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.version import Version
from spdx_tools.spdx.parser.json.json_parser import parse_from_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from python_buildpack.environment.sbom.components import Component, Sbom, Source
from python_buildpack.environment.sbom.cyclonedx import cyclonedx_json
from python_buildpack.environment.sbom.distributions import environment_sbom
from python_buildpack.environment.sbom.runtime import runtime_sbom
from python_buildpack.environment.sbom.spdx import spdx_json
from python_buildpack.python_version.inventory import Artifact
from tests.unit.environment.sbom.environments import SHA256, install, resolution, resolved

CANARY = "canary-7f3a"
WRITERS = (cyclonedx_json, spdx_json)
DISTRIBUTIONS: dict[str, tuple[tuple[str, ...], Any]] = {
    "Web_App": (("License: BSD", "Requires-Dist: by.url", "Requires-Dist: own"), None),
    "by.url": (
        ("License-Expression: MIT OR LicenseRef-Own",),
        {"url": f"https://user:{CANARY}@host.example/by.url-1.0.whl?token={CANARY}#{CANARY}"},
    ),
    "from-git": (
        ("Classifier: License :: OSI Approved :: MIT License",),
        {
            "url": f"https://{CANARY}@host.test/repository.git",
            "vcs_info": {"vcs": "git", "commit_id": "0123abcd"},
        },
    ),
    "own": ((), {"url": "file:///app", "dir_info": {"editable": True}}),
}


def environment(directory: Path, names: list[str]) -> Sbom:
    for name in names:
        fields, direct_url = DISTRIBUTIONS[name]
        install(directory, name, "1.0", *fields, direct_url=direct_url)
    url = f"https://{CANARY}@index.example/{CANARY}/web_app-1.0.tar.gz?sig={CANARY}"
    chosen = resolution(resolved("web-app", url=url, hashes=(f"sha256:{SHA256}",)))
    return environment_sbom("venv", directory, "3.13.2", chosen)


@pytest.fixture
def sbom(tmp_path: Path) -> Sbom:
    return environment(tmp_path / "environment", list(DISTRIBUTIONS))


@pytest.fixture
def runtime() -> Sbom:
    url = f"https://user:{CANARY}@host.example/cpython.tar.gz"
    libraries = (("openssl", "3.5.4"), ("zlib", "1.3.1"), ("xz", "5.8.1"))
    artifact = Artifact(Version("3.15.0rc1"), "linux", "amd64", url, SHA256, libraries)
    return runtime_sbom("python", artifact)


def spdx_problems(text: str, tmp_path: Path) -> list[str]:
    file = tmp_path / "document.spdx.json"
    file.write_text(text, encoding="utf-8")
    messages = validate_full_spdx_document(parse_from_file(str(file)), "SPDX-2.3")
    return [message.validation_message for message in messages]


@pytest.mark.parametrize("kind", ["environment", "runtime", "empty"])
def test_cyclonedx_is_valid(kind: str, sbom: Sbom, runtime: Sbom) -> None:
    document = {"environment": sbom, "runtime": runtime, "empty": Sbom("venv", (), (), True)}[kind]
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(cyclonedx_json(document)) is None


@pytest.mark.parametrize("kind", ["environment", "runtime", "empty"])
def test_spdx_is_valid(kind: str, sbom: Sbom, runtime: Sbom, tmp_path: Path) -> None:
    document = {"environment": sbom, "runtime": runtime, "empty": Sbom("venv", (), (), True)}[kind]
    assert spdx_problems(spdx_json(document), tmp_path) == []


def test_cyclonedx(sbom: Sbom) -> None:
    document = json.loads(cyclonedx_json(sbom))
    components = {each["name"]: each for each in document["components"]}
    assert {*components} == {*DISTRIBUTIONS}
    assert components["Web_App"] == {
        "type": "library",
        "bom-ref": "pkg:pypi/web-app@1.0",
        "name": "Web_App",
        "version": "1.0",
        "hashes": [{"alg": "SHA-256", "content": SHA256}],
        "licenses": [{"license": {"name": "BSD", "acknowledgement": "declared"}}],
        "purl": "pkg:pypi/web-app@1.0",
    }
    assert components["from-git"]["externalReferences"] == [
        {"type": "vcs", "url": "git+https://host.test/repository.git@0123abcd"}
    ]
    assert components["own"] == {
        "type": "library",
        "bom-ref": "own@1.0",
        "name": "own",
        "version": "1.0",
    }
    needs = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    by_url = components["by.url"]["bom-ref"]
    assert needs["layer:venv"] == [components["from-git"]["bom-ref"], "pkg:pypi/web-app@1.0"]
    assert needs["pkg:pypi/web-app@1.0"] == ["own@1.0", by_url]
    assert "timestamp" not in document["metadata"]


def test_spdx(sbom: Sbom) -> None:
    document = json.loads(spdx_json(sbom))
    packages = {each["name"]: each for each in document["packages"]}
    assert {*packages} == {"venv", *DISTRIBUTIONS}
    assert packages["Web_App"] == {
        "SPDXID": "SPDXRef-pypi-web-2d-app-1.0",
        "name": "Web_App",
        "versionInfo": "1.0",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": SHA256}],
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "licenseComments": "Declared as: BSD",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": "pkg:pypi/web-app@1.0",
            }
        ],
    }
    assert packages["own"]["downloadLocation"] == "NOASSERTION"
    assert packages["by.url"]["licenseDeclared"] == "MIT OR LicenseRef-Own"
    assert [each["licenseId"] for each in document["hasExtractedLicensingInfos"]] == [
        "LicenseRef-Own"
    ]
    assert document["creationInfo"]["created"] == "1980-01-01T00:00:01Z"
    needed = {
        (each["spdxElementId"], each["relatedSpdxElement"])
        for each in document["relationships"]
        if each["relationshipType"] == "DEPENDS_ON"
    }
    assert ("SPDXRef-Layer-venv", "SPDXRef-pypi-web-2d-app-1.0") in needed
    assert ("SPDXRef-pypi-web-2d-app-1.0", "SPDXRef-own-1.0") in needed


@pytest.mark.parametrize(
    ("source", "location", "info"),
    [
        (Source("https://index.test/a.whl"), "https://index.test/a.whl", None),
        (Source("http://index.internal:8080/a b.whl"), "http://index.internal:8080/a b.whl", None),
        (Source("http://127.0.0.1:8080/a.whl"), None, "http://127.0.0.1:8080/a.whl"),
        (Source("http://[::1]/a.whl"), None, "http://[::1]/a.whl"),
        (Source("https://index/a.whl"), None, "https://index/a.whl"),
        (Source(None, "git+ssh://host.test:22/a@1#b"), "git+ssh://host.test:22/a@1#b", None),
        (Source(None, "git+https://host.internal/a@1"), None, "git+https://host.internal/a@1"),
        (Source(), None, None),
    ],
)
def test_spdx_location(
    source: Source, location: str | None, info: str | None, tmp_path: Path
) -> None:
    component = Component("a@1", "a", "1", None, source=source)
    text = spdx_json(Sbom("venv", (component,), ("a@1",), is_complete=True))
    package = json.loads(text)["packages"][1]
    assert package["downloadLocation"] == (location or "NOASSERTION")
    assert package.get("sourceInfo") == (info and f"Installed from {info}")
    assert spdx_problems(text, tmp_path) == []


@pytest.mark.parametrize("write", WRITERS)
def test_documents_are_the_same_for_the_same_environment(
    write: Callable[[Sbom], str], sbom: Sbom, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere"
    same = environment(other, list(reversed(DISTRIBUTIONS)))
    for path in other.rglob("*"):
        os.utime(path, (1_000_000, 1_000_000))
    assert write(same) == write(sbom)


@pytest.mark.parametrize("write", WRITERS)
def test_documents_of_different_environments_have_different_identities(
    write: Callable[[Sbom], str], sbom: Sbom
) -> None:
    def identity(document: Any) -> object:
        return document.get("serialNumber") or document["documentNamespace"]

    changed = Sbom(sbom.layer, sbom.components[1:], (), is_complete=True)
    assert identity(json.loads(write(changed))) != identity(json.loads(write(sbom)))


@pytest.mark.parametrize("write", WRITERS)
def test_documents_have_no_credential(
    write: Callable[[Sbom], str], sbom: Sbom, runtime: Sbom
) -> None:
    for document in (sbom, runtime):
        text = write(document)
        assert document.components[0].name in text
        assert CANARY not in text


def test_package_urls_are_canonical(sbom: Sbom, runtime: Sbom) -> None:
    purls = [each.purl for each in (*sbom.components, *runtime.components) if each.purl]
    assert len(purls) == 7
    for purl in purls:
        assert PackageURL.from_string(purl).to_string() == purl
