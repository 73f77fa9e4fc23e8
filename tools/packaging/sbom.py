"""The bill of materials of a packaged buildpack: the Python, pip and packages that are bundled."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from python_buildpack.environment.sbom.components import Component, Sbom, Source, pypi_purl
from python_buildpack.environment.sbom.cyclonedx import cyclonedx_json
from python_buildpack.environment.sbom.licenses import declared_license
from python_buildpack.environment.sbom.runtime import runtime_sbom
from python_buildpack.python_version.inventory import Artifact
from tools.errors import ToolError

_NAME = "python-buildpack"


def write_sbom(
    destination: Path, version: str, wheels: Iterable[Path], artifact: Artifact | None
) -> None:
    """Write a CycloneDX document.

    Args:
        version: of the buildpack.
        wheels: of what is vendored.
        artifact: the interpreter that is bundled, None for none.
    """
    packages = tuple(_package(wheel) for wheel in wheels)
    runtime = runtime_sbom("python", artifact) if artifact is not None else None
    components = (*packages, *(runtime.components if runtime is not None else ()))
    roots = (*(each.ref for each in packages), *(runtime.roots if runtime is not None else ()))
    by_ref = tuple(sorted(components, key=lambda each: each.ref))
    document = json.loads(cyclonedx_json(Sbom(_NAME, by_ref, tuple(sorted(roots)), False)))
    document["metadata"]["component"] |= {"version": version}
    destination.write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def _package(wheel: Path) -> Component:
    metadata = _metadata(wheel)
    name, version = metadata["Name"], metadata["Version"]
    source = Source(hashes=(("sha256", hashlib.sha256(wheel.read_bytes()).hexdigest()),))
    purl = pypi_purl(name, version, source)
    return Component(
        ref=purl or name,
        name=name,
        version=version,
        purl=purl,
        license=declared_license(
            metadata["License-Expression"],
            metadata["License"],
            metadata.get_all("Classifier", []),
        ),
        source=source,
    )


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        # https://packaging.python.org/en/latest/specifications/binary-distribution-format/
        name = next(
            (each for each in archive.namelist() if each.endswith(".dist-info/METADATA")), None
        )
        if name is None:
            raise ToolError(f"{wheel} has no METADATA.")
        return HeaderParser().parsestr(archive.read(name).decode("utf-8"))
