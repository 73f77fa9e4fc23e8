from __future__ import annotations

import json
import zipfile
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.version import Version

from python_buildpack.python_version.inventory import Artifact
from tools.packaging.sbom import write_sbom

ARTIFACT = Artifact(
    Version("3.13.9"), "linux", "arm64", "https://x.example/p", "c" * 64, (("openssl", "3.5.4"),)
)


def wheel(directory: Path) -> Path:
    path = directory / "tomli-2.5.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "tomli-2.5.0.dist-info/METADATA",
            "Metadata-Version: 2.4\nName: tomli\nVersion: 2.5.0\nLicense-Expression: MIT\n\n",
        )
    return path


def test_write_sbom_lists_what_is_bundled(tmp_path: Path) -> None:
    destination = tmp_path / "b.cdx.json"
    write_sbom(destination, "1.2.3", [wheel(tmp_path)], ARTIFACT)
    text = destination.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    component = document["metadata"]["component"]
    assert (component["name"], component["version"]) == ("python-buildpack", "1.2.3")
    purls = [each["purl"] for each in document["components"]]
    assert purls == [
        *("pkg:generic/openssl@3.5.4", "pkg:generic/python@3.13.9", "pkg:pypi/tomli@2.5.0")
    ]
    assert document["components"][1]["hashes"] == [{"alg": "SHA-256", "content": "c" * 64}]
    assert document["dependencies"][0]["dependsOn"] == purls[1:]


def test_write_sbom_without_an_interpreter(tmp_path: Path) -> None:
    destination = tmp_path / "b.cdx.json"
    write_sbom(destination, "1.2.3", [wheel(tmp_path)], None)
    (tomli,) = json.loads(destination.read_text())["components"]
    assert tomli["licenses"] == [{"expression": "MIT", "acknowledgement": "declared"}]
