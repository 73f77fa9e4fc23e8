"""The build report: what a build was told, what it used, what it reused and why, and how long.

docs/build-report.md describes it, docs/build-report.schema.json is its schema.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path

from python_buildpack import __version__
from python_buildpack.app.request import Build
from python_buildpack.app.settings import SWITCHES, VARIABLES, is_switched_on, tool_version_variable
from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.launch import Label
from python_buildpack.cnb.layer_content_metadata import parse_layer_content_metadata
from python_buildpack.image.image import LABEL_PREFIX, Image
from python_buildpack.layers.judgement import Decision
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.registry import PREFIXES, TOOLS
from python_buildpack.system.output import Output
from python_buildpack.system.redaction import redact_urls

_FORMAT = 1


def report_label(
    build: Build,
    python_version: str,
    python_source: str,
    dependencies: Dependencies | None,
    image: Image,
) -> Label:
    """Write the report of a build that is over to the log, and return it as a label of the image.

    Args:
        python_version: X.Y.Z.
        python_source: what chose it, as in the log.
        dependencies: of the app; None if there is no app of ours.
    """
    report = masked(
        _report(build, python_version, python_source, dependencies, image), build.output
    )
    build.output.section("Build report")
    for line in json.dumps(report, indent=2, ensure_ascii=False).splitlines():
        build.output.line(line)
    compact = json.dumps(report, separators=(",", ":"), ensure_ascii=False)
    return Label(f"{LABEL_PREFIX}.report", compact)


def _report(
    build: Build,
    python_version: str,
    python_source: str,
    dependencies: Dependencies | None,
    image: Image,
) -> dict[str, object]:
    return {
        "format": _FORMAT,
        "buildpack": {"version": __version__},
        "target": asdict(build.context.target),
        "configuration": dict(_configuration(build)),
        "tool_settings": sorted(
            name for name, value in build.environment.items() if value and name.startswith(PREFIXES)
        ),
        "python": {"version": python_version, "source": python_source},
        "package_manager": manager_entry(dependencies),
        "distributions": dict(sorted(image.installed.items())),
        "layers": dict(_layers(build.context.layers_dir, image.decisions)),
        "durations": [
            {"text": text, "seconds": round(seconds, 3)} for text, seconds in build.output.durations
        ],
        "seconds": round(build.output.elapsed(), 3),
    }


def manager_entry(dependencies: Dependencies | None) -> dict[str, str] | None:
    """Return the package manager and its files; None where there is no app."""
    if dependencies is None:
        return None
    return {"name": dependencies.manager.name, "files": dependencies.display_name}


def _configuration(build: Build) -> Iterator[tuple[str, object]]:
    """Yield the value of each variable, and where it is from."""
    for name in sorted((*VARIABLES, *map(tool_version_variable, TOOLS))):
        text = build.environment.get(name, "").strip()
        value: str | bool | None = is_switched_on(text) if name in SWITCHES else text or None
        yield name, {"value": value, "source": _source(build, name) if text else "default"}


def _source(build: Build, name: str) -> str:
    if name in build.bound:
        return "binding"
    # What the user gives to the platform, as with pack's --env.
    is_given = (build.context.platform_dir / "env" / name).is_file()
    return "platform" if is_given else "environment"


def _layers(
    layers_dir: Path, decisions: Collection[Decision]
) -> Iterator[tuple[str, dict[str, object]]]:
    decided = {decision.layer: decision for decision in decisions}
    for path in sorted(layers_dir.glob("*.toml")):
        name = path.stem
        try:
            types = parse_layer_content_metadata(path.read_text(encoding="utf-8")).types
        except (UnicodeDecodeError, InvalidDocumentError):
            continue
        if types is None or name not in decided:
            # Not ours, or one that is the same at each build.
            continue
        yield (
            name,
            {
                **asdict(types),
                "reused": decided[name].is_reused,
                "reasons": list(decided[name].reasons),
                "bytes": _size(layers_dir / name),
            },
        )


def _size(layer_dir: Path) -> int | None:
    """Return the size of a layer's files; None if the image alone has it."""
    if not layer_dir.is_dir():
        return None
    files = (path.lstat() for path in layer_dir.rglob("*") if not path.is_dir())
    return sum(status.st_size for status in files)


def masked(value: object, output: Output) -> object:
    """Return a JSON document such as the log may show it."""
    match value:
        case str():
            return output.masked(redact_urls(value))
        case dict():
            return {key: masked(each, output) for key, each in value.items()}
        case list():
            return [masked(each, output) for each in value]
        case _:
            return value
