"""The layers of the tools that install dependencies: each a user site, for the build only.

Not in Python's layer, where they could not be left out of the run image, and a new release of one
would change a layer that has nothing to do with it. Not on PYTHONPATH, whose directories come before
the standard library: user site-packages come after it, and nobody else needs them, since the app's
dependencies live in a virtual environment.

The buildpack bundles one pip. Of uv and Poetry, it knows the files of one release, by hash, with all
that it depends on. Another release is the user's choice; what it depends on is then the newest that
fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from python_buildpack.app.request import Build
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import Layer, Layers, Restored
from python_buildpack.environment.resolution import Resolution, ResolvedDistribution
from python_buildpack.layers import venv
from python_buildpack.layers.bytecode.compiler import BytecodeCompiler, source_files
from python_buildpack.layers.judgement import (
    ON_DISK,
    Decision,
    Judgement,
    discarded,
    judge,
    reused,
    with_format,
)
from python_buildpack.layers.python import Interpreter
from python_buildpack.layers.reserved_names import check_reserved_names
from python_buildpack.layers.user_site import downloaded_wheels, install_wheels
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel, read_vendored_pip
from python_buildpack.package_managers.registry import TOOLS
from python_buildpack.system.digests import sha256_of
from python_buildpack.system.errors import InternalError, UserError

PIP = "pip"

_VENDOR = "vendor"
_WHEEL_SHA256 = "wheel_sha256"
# Of a tool that isn't a distribution of its name, what is: itself, and what it needs.
_DISTRIBUTIONS = {"rattler": ("py-rattler", "PyYAML")}
_LOG_NAMES = {"pip_version": PIP, "python": "Python"}


@dataclass(eq=False)
class NoToolRequirementsError(InternalError):
    """The buildpack has no requirements file of a tool, as a checkout has not."""

    tool: str
    buildpack_dir: str


@dataclass(eq=False)
class UnsuitableToolError(UserError):
    """The app allows a range of releases of a tool, which the buildpack's isn't in."""

    tool: str
    required: str
    known: str


@dataclass(frozen=True)
class Tool:
    """A tool: the one that this build is to use, on disk or not yet.

    Attributes:
        layer: of the tool's name; the metadata is without what only the installation tells.
        restored: whether the layer of the last build is the same.
        pip: the one that the buildpack bundles: it is this tool, or it downloads it.
        requirements: what is downloaded, as arguments of pip; () for the bundled pip itself.
        is_at_launch: whether the run image gets it too.
    """

    layer: Layer
    directory: Path
    version: str
    restored: Judgement
    python: Interpreter
    pip: PipWheel
    requirements: tuple[str, ...] = ()
    is_at_launch: bool = False

    @property
    def name(self) -> str:
        """Of the tool, its distribution, its script and its layer."""
        return self.layer.name

    @property
    def executable(self) -> Path:
        """The tool's own script or program."""
        return self.directory / "bin" / self.name

    @property
    def bundled(self) -> Path | None:
        """The bundled pip, unpacked, if that is this tool."""
        is_bundled = self.name == PIP and not self.requirements and self.pip.unpacked.is_dir()
        return self.pip.unpacked if is_bundled else None

    @property
    def environment(self) -> Mapping[str, str]:
        """In which it finds itself and the virtual environment."""
        applied = self.layer.env.apply(Scope.BUILD, self.python.environment)
        return {**applied, "PYTHONUSERBASE": str(self.directory)}


def wanted_tools(
    build: Build, layers: Layers, python: Interpreter, names: Sequence[str], required: str | None
) -> tuple[Tool, ...]:
    """Return the tools that are wanted, without installing any.

    Args:
        required: which releases of the one that installs the dependencies the app asks for.

    Raises:
        NoToolRequirementsError: the buildpack is incomplete.
        UnsuitableToolError: the app asks for a release that isn't known.
    """
    buildpack_dir, settings = build.context.buildpack_dir, build.settings
    pip, versions = read_vendored_pip(buildpack_dir), settings.tool_versions

    def wanted(name: str) -> Tool:
        if name == PIP:
            version = versions.get(PIP) or pip.version
            return _wanted_pip(layers, python, pip, version, at_launch=settings.pip_at_launch)
        known = _known_version(buildpack_dir, name)
        version = versions.get(name) or _required_version(name, required, known)
        file = _requirements_file(buildpack_dir, name) if version == known else None
        return _wanted_from_index(layers, python, pip, name, version, file)

    return tuple(map(wanted, names))


def install_tool(
    build: Build, layers: Layers, tool: Tool, compiler: BytecodeCompiler
) -> tuple[Tool, Decision]:
    """Install a tool into its layer, unless the cache had the same; return the one that is there.

    Raises:
        BuildpackError: the tool can't be downloaded.
        ReservedFilesError: its files would be taken for the buildpack's.
        OSError: the file system refused.
    """
    output = build.output
    if tool.restored == ON_DISK:
        return tool, reused(output, tool.name, f"Reusing {tool.name} {tool.version} from the cache")
    decision = discarded(output, tool.name, tool.name, tool.restored.causes)
    layer_dir = layers.make(tool.name)
    with output.timed(f"Installing {tool.name} {tool.version}"):
        if tool.requirements:
            tool = _download_and_install(build, tool)
        else:
            install_wheels(layer_dir, tool.python, (tool.pip.path,))
        check_reserved_names(layer_dir)
        compiler.submit(source_files(layer_dir))
        _write_sbom(layers, tool)
    return tool, decision


def finish_tool_layers(layers: Layers, tools: Sequence[Tool], *, cached: bool) -> None:
    """Declare the layers of tools that are on disk, and remove those of all others.

    Args:
        cached: whether the next build will need them; one that the image has is kept anyway.
    """
    for tool in tools:
        cache = cached or tool.is_at_launch
        layers.finish(tool.layer, LayerTypes(launch=tool.is_at_launch, build=True, cache=cache))
    for name in set(TOOLS).difference(tool.name for tool in tools):
        layers.remove(name)


def _download_and_install(build: Build, tool: Tool) -> Tool:
    if "--no-index" in tool.requirements:
        build.output.line("From the wheels in the buildpack")
    requirement = _requirements(tool.name, tool.version)[0]
    with downloaded_wheels(build, tool.python, tool.pip, tool.requirements, requirement) as wheels:
        metadata = dict(tool.layer.metadata)
        if _WHEEL_SHA256 in metadata:
            metadata[_WHEEL_SHA256] = sha256_of(wheels[0])
            build.output.line(f"sha256 of its wheel: {metadata[_WHEEL_SHA256]}")
        install_wheels(tool.directory, tool.python, wheels)
    return replace(tool, layer=replace(tool.layer, metadata=metadata))


def _write_sbom(layers: Layers, tool: Tool) -> None:
    """Describe what is installed; its origin is known where the metadata has the wheel's hash."""
    from python_buildpack.environment.sbom.distributions import environment_sbom
    from python_buildpack.environment.sbom.layer_sboms import write_layer_sbom

    sha256 = tool.layer.metadata.get(_WHEEL_SHA256)
    known = Resolution((_from_wheel(tool, sha256),)) if sha256 else None
    version = tool.python.version
    write_layer_sbom(layers, environment_sbom(tool.name, tool.directory, version, known))


def _from_wheel(tool: Tool, sha256: str) -> ResolvedDistribution:
    return ResolvedDistribution(
        name=canonicalize_name(tool.name),
        version=tool.version,
        url="",
        hashes=(f"sha256:{sha256}",),
        vcs=None,
        commit=None,
        subdirectory="",
        is_editable=False,
        is_requested=True,
        is_direct=False,
    )


def _wanted_pip(
    layers: Layers, python: Interpreter, pip: PipWheel, version: str, *, at_launch: bool
) -> Tool:
    state = layers.read(PIP)
    if version == pip.version:
        sha256 = pip.sha256
    else:
        # Where the index would have to tell, that of the cached layer is right: a file on an index
        # never changes.
        sha256 = state.metadata.get(_WHEEL_SHA256, "") if isinstance(state, Restored) else ""
    metadata = with_format({"pip_version": version, _WHEEL_SHA256: sha256, "python": python.series})
    return Tool(
        layer=Layer(PIP, metadata, _pip_env(layers.directory, at_launch=at_launch)),
        directory=layers.directory / PIP,
        version=version,
        restored=judge(state, metadata, _LOG_NAMES),
        python=python,
        pip=pip,
        requirements=() if version == pip.version else ("--no-deps", f"{PIP}=={version}"),
        is_at_launch=at_launch,
    )


def _pip_env(layers_dir: Path, *, at_launch: bool) -> LayerEnv:
    """Return the environment in which ``pip`` acts on the app's virtual environment."""
    override = ModificationBehavior.OVERRIDE
    scope = Scope.ALL if at_launch else Scope.BUILD
    return (
        LayerEnv()
        .insert(scope, override, "PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .insert(scope, override, "PIP_PYTHON", str(layers_dir / venv.NAME / "bin" / "python"))
        .insert(scope, override, "PYTHONUSERBASE", str(layers_dir / PIP))
        # The bytecode of what a later buildpack installs has no time stamps then, which would
        # differ from build to build, and be wrong after the export.
        .insert(Scope.BUILD, ModificationBehavior.DEFAULT, "SOURCE_DATE_EPOCH", "315532801")
    )


def _wanted_from_index(
    layers: Layers,
    python: Interpreter,
    pip: PipWheel,
    name: str,
    version: str,
    file: Path | None,
) -> Tool:
    """Return a tool of the index, by the file with hashes if that is of this release."""
    metadata = with_format(
        {
            "tool_version": version,
            "requirements_sha256": sha256_of(file) if file is not None else "",
            "python": python.series,
        }
    )
    directory = layers.directory / name
    # A default: where pip is there as well, it is the one that needs a user site.
    default = ModificationBehavior.DEFAULT
    env = LayerEnv().insert(Scope.BUILD, default, "PYTHONUSERBASE", str(directory))
    return Tool(
        layer=Layer(name, metadata, env),
        directory=directory,
        version=version,
        restored=judge(layers.read(name), metadata, {**_LOG_NAMES, "tool_version": name}),
        python=python,
        pip=pip,
        requirements=_by_hash(file, python.series) if file else _requirements(name, version),
    )


def _requirements(name: str, version: str) -> tuple[str, ...]:
    distribution, *others = _DISTRIBUTIONS.get(name, (name,))
    return (f"{distribution}=={version}", *others)


def _by_hash(file: Path, series: str) -> tuple[str, ...]:
    """Return the requirements of a file, from the wheels beside it where they are for a Python."""
    directory = file.parent / "wheels"
    by_hash = ("--require-hashes", "--requirement", str(file))
    try:
        bundled = (directory / "series.txt").read_text(encoding="utf-8").split()
    except OSError:
        return by_hash
    there_alone = ("--no-index", "--find-links", str(directory)) if series in bundled else ()
    return (*there_alone, *by_hash)


def _requirements_file(buildpack_dir: Path, name: str) -> Path:
    return buildpack_dir / _VENDOR / f"{name}.txt"


def _known_version(buildpack_dir: Path, name: str) -> str:
    """Return the version of the tool in its requirements file."""
    try:
        text = _requirements_file(buildpack_dir, name).read_text(encoding="utf-8")
    except OSError:
        text = ""
    pin, *_ = _requirements(name, "")
    for line in text.splitlines():
        if line.startswith(pin):
            return line.split()[0].removeprefix(pin)
    raise NoToolRequirementsError(name, str(buildpack_dir))


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
