"""Bills of materials in the format SPDX 2.3; https://spdx.github.io/spdx-spec/v2.3/."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from python_buildpack.environment.sbom.components import Component, License, Sbom, Source

_HASHES = {"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}
_TOOL = "python-buildpack"
_NAMESPACE = "https://github.com/python-buildpack/python-buildpack/sbom"
# The format wants a time. It is the one that the lifecycle gives to every file of a layer.
_CREATED = "1980-01-01T00:00:01Z"
_UNKNOWN = "NOASSERTION"
_DOCUMENT = "SPDXRef-DOCUMENT"
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9.]")
# What the official validators take for a location. A host that has only an address, or a name
# without a domain, isn't one for them, although it is in the specification.
_LABELS = r"[a-z0-9]+(?:[-.][a-z0-9]+)*"
_ARCHIVE = re.compile(rf"https?://{_LABELS}\.[a-z]{{2}}.*", re.IGNORECASE)
_REPOSITORY = re.compile(
    rf"(?:git|hg|svn|bzr)\+(?:https?|ssh|git)://{_LABELS}\.[a-z]{{2,5}}(?::\d{{1,5}})?(?:/.*)?",
    re.IGNORECASE,
)
_LICENSE_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")


def spdx_json(sbom: Sbom) -> str:
    """Return the document: the same bytes for the same value."""
    root = f"SPDXRef-Layer-{_NOT_IN_ID.sub(_hexadecimal, sbom.layer)}"
    relationships = [
        _relationship(_DOCUMENT, "DESCRIBES", root),
        *(_relationship(root, "DEPENDS_ON", _id(ref)) for ref in sbom.roots),
        *(
            _relationship(_id(each.ref), "DEPENDS_ON", _id(ref))
            for each in sbom.components
            for ref in each.requires
        ),
    ]
    contents = {
        "packages": [_layer(root, sbom), *map(_package, sbom.components)],
        "relationships": relationships,
        "hasExtractedLicensingInfos": _other_licenses(sbom),
    }
    identity = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(contents))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": sbom.layer,
        "documentNamespace": f"{_NAMESPACE}/{sbom.layer}-{identity}",
        "creationInfo": {"created": _CREATED, "creators": [f"Tool: {_TOOL}"]},
        **{name: value for name, value in contents.items() if value},
    }
    return json.dumps(document, separators=(",", ":")) + "\n"


def _layer(root: str, sbom: Sbom) -> dict[str, Any]:
    return {
        "SPDXID": root,
        "name": sbom.layer,
        "downloadLocation": _UNKNOWN,
        "filesAnalyzed": False,
        **({} if sbom.is_complete else {"comment": "Not everything in it can be listed."}),
    }


def _package(component: Component) -> dict[str, Any]:
    fields = {
        "SPDXID": _id(component.ref),
        "name": component.name,
        "versionInfo": component.version,
        **_location(component.source),
        "filesAnalyzed": False,
        "checksums": [
            {"algorithm": _HASHES[name], "checksumValue": value}
            for name, value in component.source.hashes
        ],
        "licenseConcluded": _UNKNOWN,
        "licenseDeclared": component.license.expression or _UNKNOWN,
        "licenseComments": _license_comments(component.license),
        "copyrightText": _UNKNOWN,
        "externalRefs": _external_refs(component),
    }
    return {name: value for name, value in fields.items() if value not in ([], "")}


def _location(source: Source) -> dict[str, str]:
    known = source.repository_url or source.archive_url
    if known is None or _ARCHIVE.fullmatch(known) or _REPOSITORY.fullmatch(known):
        return {"downloadLocation": known or _UNKNOWN}
    return {"downloadLocation": _UNKNOWN, "sourceInfo": f"Installed from {known}"}


def _license_comments(declared: License) -> str:
    return f"Declared as: {'; '.join(declared.names)}" if declared.names else ""


def _external_refs(component: Component) -> list[dict[str, str]]:
    references = (
        ("SECURITY", "cpe23Type", component.cpe),
        ("PACKAGE-MANAGER", "purl", component.purl),
    )
    return [
        {"referenceCategory": category, "referenceType": kind, "referenceLocator": locator}
        for category, kind, locator in references
        if locator is not None
    ]


def _other_licenses(sbom: Sbom) -> list[dict[str, str]]:
    """Return what has to be said of each licence that isn't on SPDX's list."""
    expressions = (each.license.expression or "" for each in sbom.components)
    found = {name for text in expressions for name in _LICENSE_REF.findall(text)}
    text = "The text is in the distributions that name it."
    return [{"licenseId": name, "extractedText": text} for name in sorted(found)]


def _relationship(element: str, kind: str, related: str) -> dict[str, str]:
    return {
        "spdxElementId": element,
        "relationshipType": kind,
        "relatedSpdxElement": related,
    }


def _id(ref: str) -> str:
    """Return an identifier of letters, digits, dots and hyphens only, one for each ref."""
    return f"SPDXRef-{_NOT_IN_ID.sub(_hexadecimal, ref.removeprefix('pkg:'))}"


def _hexadecimal(match: re.Match[str]) -> str:
    # A hyphen around it, so that nothing else becomes the same.
    return "-" if match[0] in "/@" else f"-{ord(match[0]):x}-"
