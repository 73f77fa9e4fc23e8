"""A Python runtime and the libraries in it as components."""

from __future__ import annotations

from pathlib import Path

from python_buildpack.environment.resolution import strip_url
from python_buildpack.environment.sbom.components import (
    Component,
    License,
    Sbom,
    Source,
    cpe_name,
    generic_purl,
)
from python_buildpack.environment.sbom.runtime_libraries import bundled_libraries
from python_buildpack.python_version.inventory import Artifact

_NAME = "python"


def runtime_sbom(layer: str, directory: Path, artifact: Artifact) -> Sbom:
    """Describe a runtime and the libraries in it; nothing is run.

    Args:
        layer: its name.
        directory: of the runtime.
        artifact: what it was unpacked from.
    """
    libraries = tuple(
        sorted(bundled_libraries(directory, artifact.series), key=lambda each: each.ref)
    )
    runtime = _runtime(artifact, tuple(each.ref for each in libraries))
    components = sorted((runtime, *libraries), key=lambda each: each.ref)
    return Sbom(layer, tuple(components), (runtime.ref,), is_complete=False)


def _runtime(artifact: Artifact, requires: tuple[str, ...]) -> Component:
    version = artifact.version
    purl = generic_purl(_NAME, str(version))
    is_remote = artifact.url.startswith(("https://", "http://"))
    update = "".join(map(str, version.pre)) if version.pre else "*"
    return Component(
        ref=purl,
        name=_NAME,
        version=str(version),
        purl=purl,
        license=License("PSF-2.0"),
        source=Source(
            archive_url=strip_url(artifact.url) if is_remote else None,
            hashes=(("sha256", artifact.sha256),),
        ),
        requires=requires,
        cpe=cpe_name("python", "python", version.base_version, update),
    )
