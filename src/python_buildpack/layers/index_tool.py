"""The layers of tools that come from the package index: uv, Poetry.

The buildpack knows the files of one release of each, by hash, with all that it depends on. Another
release is the user's choice; what it depends on is then the newest that fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import read_layer
from python_buildpack.layers.changes import compare, with_format
from python_buildpack.layers.python import PythonLayer
from python_buildpack.layers.tool import ToolLayer
from python_buildpack.layers.user_site import install_wheels
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel, downloaded_wheels
from python_buildpack.system.digests import sha256_of
from python_buildpack.system.errors import InternalError, UserError
from python_buildpack.system.output import Output

_DIRECTORY = "vendor"


@dataclass(eq=False)
class NoToolRequirementsError(InternalError):
    """The buildpack has no requirements file of a tool, as a checkout has not."""

    tool: str
    buildpack_dir: str


@dataclass(eq=False)
class UnsuitableToolError(UserError):
    """The app allows a range of releases of a tool, which the buildpack's isn't in.

    Attributes:
        tool: its name.
        required: the specifiers.
        known: the release that the buildpack knows.
    """

    tool: str
    required: str
    known: str


def inspect_index_tool_layer(
    layers_dir: Path,
    python: PythonLayer,
    *,
    name: str,
    requested_version: str | None,
    required: str | None = None,
    buildpack_dir: Path,
    vendored: PipWheel,
) -> ToolLayer:
    """Return the tool that is wanted, without installing it.

    Args:
        layers_dir: this buildpack's layers.
        python: which runs the tool.
        name: of the tool, its distribution, its script and its layer.
        requested_version: None for the release that the buildpack knows.
        required: the specifiers that the app itself asks for.
        buildpack_dir: has the requirements file with hashes of that release.
        vendored: the pip that downloads it.

    Raises:
        NoToolRequirementsError: the buildpack is incomplete.
    """
    file = buildpack_dir / _DIRECTORY / f"{name}.txt"
    known = _known_version(file, name)
    if known is None:
        raise NoToolRequirementsError(name, str(buildpack_dir))
    version = requested_version or _required_version(name, required, known)
    known_file = file if version == known else None
    metadata = _metadata(version, known_file, python.series)

    def install(layer_dir: Path, output: Output) -> Mapping[str, str]:
        requirement = f"{name}=={version}"
        if known_file is None:
            arguments: tuple[str, ...] = (requirement,)
        else:
            carried = _carried_wheels(buildpack_dir, python.series)
            if carried is not None:
                output.line("From the wheels in the buildpack")
            arguments = (*_from_there_alone(carried), *_by_hash(known_file))
        _install(layer_dir, python, vendored, arguments, requirement, output)
        return metadata

    names = {"tool_version": name, "python": "Python"}
    return ToolLayer(
        name=name,
        version=version,
        metadata=metadata,
        restored=compare(read_layer(layers_dir, name), metadata, names),
        executable=layers_dir / name / "bin" / name,
        environment={**python.environment, "PYTHONUSERBASE": str(layers_dir / name)},
        layer_env=_layer_env(layers_dir / name),
        is_at_launch=False,
        install=install,
    )


def _carried_wheels(buildpack_dir: Path, series: str) -> Path | None:
    """Return the directory of the wheels that the buildpack carries for a Python, if it does."""
    directory = buildpack_dir / _DIRECTORY / "wheels"
    try:
        carried = (directory / "series.txt").read_text(encoding="utf-8").split()
    except OSError:
        return None
    return directory if series in carried else None


def _metadata(version: str, file: Path | None, series: str) -> dict[str, str]:
    return with_format(
        {
            "tool_version": version,
            "requirements_sha256": sha256_of(file) if file is not None else "",
            "python": series,
        }
    )


def _from_there_alone(directory: Path | None) -> tuple[str, ...]:
    return ("--no-index", "--find-links", str(directory)) if directory else ()


def _by_hash(file: Path) -> tuple[str, ...]:
    return ("--require-hashes", "--requirement", str(file))


def _install(
    layer_dir: Path,
    python: PythonLayer,
    vendored: PipWheel,
    arguments: tuple[str, ...],
    tool: str,
    output: Output,
) -> None:
    with downloaded_wheels(
        arguments,
        tool=tool,
        vendored=vendored,
        python=python.executable,
        python_version=python.version,
        environment=python.environment,
        output=output,
    ) as wheels:
        install_wheels(layer_dir, python, wheels)


def _layer_env(layer_dir: Path) -> LayerEnv:
    # A default: where pip is there as well, it is the one that needs a user site.
    default = ModificationBehavior.DEFAULT
    return LayerEnv().insert(Scope.BUILD, default, "PYTHONUSERBASE", str(layer_dir))


def _required_version(name: str, required: str | None, known: str) -> str:
    """Return the known release if the app allows it, else the one that it names."""
    specifiers = _specifiers(name, (required or "").strip(), known)
    if specifiers.contains(known, prereleases=True):
        return known
    exact = [each.version for each in specifiers if each.operator in ("==", "===")]
    if len(exact) != 1 or exact[0].endswith("*"):
        raise UnsuitableToolError(name, str(specifiers), known)
    return exact[0]


def _specifiers(name: str, required: str, known: str) -> SpecifierSet:
    # A bare version means exactly that one.
    text = f"=={required}" if required[:1].isdigit() else required
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        # Only the tool itself can tell what it allows.
        raise UnsuitableToolError(name, required, known) from None


def _known_version(file: Path, name: str) -> str | None:
    """Return the version of the tool in its requirements file."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    pins = (line.split()[0].partition("==") for line in lines if line.startswith(f"{name}=="))
    return next((version for _, _, version in pins), None)
