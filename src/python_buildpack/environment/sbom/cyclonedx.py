"""Bills of materials in the format CycloneDX 1.6; https://cyclonedx.org/docs/1.6/json/."""

from __future__ import annotations

import json
import uuid
from typing import Any

from python_buildpack.environment.sbom.components import Component, License, Sbom, Source

_HASHES = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_TOOL = "python-buildpack"


def cyclonedx_json(sbom: Sbom) -> str:
    """Return the document: the same bytes for the same value, without time stamps."""
    root = f"layer:{sbom.layer}"
    components = [_component(each) for each in sbom.components]
    needs = [(root, sbom.roots), *((each.ref, each.requires) for each in sbom.components)]
    contents = {
        "version": 1,
        "metadata": {
            # Not its version: a layer that is reused would have another one than a new layer.
            "tools": {"components": [{"type": "application", "name": _TOOL}]},
            "component": {"type": "application", "bom-ref": root, "name": sbom.layer},
        },
        "components": components,
        "dependencies": [{"ref": ref, "dependsOn": list(refs)} for ref, refs in needs],
        "compositions": [
            {"aggregate": "complete" if sbom.is_complete else "incomplete", "assemblies": [root]}
        ],
    }
    identity = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(contents))
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{identity}",
        **contents,
    }
    return json.dumps(document, separators=(",", ":")) + "\n"


def _component(component: Component) -> dict[str, Any]:
    fields = {
        "type": "library",
        "bom-ref": component.ref,
        "name": component.name,
        "version": component.version,
        "hashes": [
            {"alg": _HASHES[name], "content": value} for name, value in component.source.hashes
        ],
        "licenses": _licenses(component.license),
        "cpe": component.cpe,
        "purl": component.purl,
        "externalReferences": _references(component.source),
    }
    return {name: value for name, value in fields.items() if value}


def _licenses(declared: License) -> list[dict[str, Any]]:
    if declared.expression is not None:
        return [{"expression": declared.expression, "acknowledgement": "declared"}]
    return [{"license": {"name": name, "acknowledgement": "declared"}} for name in declared.names]


def _references(source: Source) -> list[dict[str, str]]:
    if source.repository_url is not None:
        return [{"type": "vcs", "url": source.repository_url}]
    if source.archive_url is not None:
        return [{"type": "distribution", "url": source.archive_url}]
    return []
