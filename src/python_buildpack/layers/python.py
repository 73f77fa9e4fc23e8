"""The layer ``python``: a runtime, the same bytes in every app that uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from python_buildpack.app.request import Build
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import Layer, Layers
from python_buildpack.layers import libpython
from python_buildpack.layers.bytecode.compiler import (
    BytecodeCompiler,
    bytecode_compiler,
    source_files,
)
from python_buildpack.layers.judgement import (
    IN_IMAGE,
    ON_DISK,
    Changed,
    Decision,
    Judgement,
    discarded,
    judge,
    reused,
    with_format,
)
from python_buildpack.programs import RUNTIME_LIBRARIES
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.command import run_command, with_first_on_path
from python_buildpack.system.redaction import redact_urls

NAME = "python"
# As tools/packaging/offline.py of the checkout names it.
_CARRIED = "vendor/runtimes"
_LIBRARY = re.compile(r"(?P<name>[a-z]+) (?P<version>\d[\w.]*)")


class Interpreter(Protocol):
    """What runs a tool: an app's runtime, or the Python that runs the buildpack."""

    @property
    def executable(self) -> Path:
        """The program."""

    @property
    def environment(self) -> Mapping[str, str]:
        """In which it is started."""

    @property
    def version(self) -> str:
        """X.Y.Z."""

    @property
    def series(self) -> str:
        """X.Y, as the names of directories have it."""


@dataclass(frozen=True)
class PythonLayer:
    """A runtime: the one that this build is to use, on disk or not yet.

    Attributes:
        artifact: what it is made from.
        layer: as it is declared.
        directory: where it is, here and in the run image.
        restored: whether the one of the last build is the same, its shared library included.
        libpython_restored: whether the layer of that of the last build is the same.
        environment: with this runtime first on PATH.
        bundled: its archive, if the buildpack contains it.
    """

    artifact: Artifact
    layer: Layer
    directory: Path
    restored: Judgement
    libpython_restored: Judgement
    environment: Mapping[str, str]
    bundled: Path | None = None

    @property
    def version(self) -> str:
        """X.Y.Z, or X.Y.Z+freethreaded, which means the same to version specifiers."""
        return str(self.artifact.version)

    @property
    def series(self) -> str:
        """X.Y, or X.Yt of a free-threaded build: it is part of the names of files."""
        return self.artifact.series

    @property
    def executable(self) -> Path:
        """The interpreter, by the one name under which everything calls it."""
        return self.directory / "bin" / f"python{self.series}"


def inspect_python_layer(
    layers: Layers,
    artifact: Artifact,
    environment: Mapping[str, str],
    buildpack_dir: Path | None = None,
) -> PythonLayer:
    """Return the runtime made from ``artifact``, without making it.

    Args:
        buildpack_dir: may contain the archive, or None.
    """
    layer_dir = layers.directory / NAME
    on_path = with_first_on_path(environment, layer_dir / "bin")
    layer = Layer(NAME, _metadata(artifact), interpreter_env(layer_dir, artifact.series))
    archive = buildpack_dir and buildpack_dir / _CARRIED / f"{artifact.sha256}.tar.gz"
    restored = judge(layers.read(NAME), layer.metadata, {"python_version": "Python"})
    libpython_restored = judge(layers.read(libpython.NAME), layer.metadata, {})
    is_lost = restored == ON_DISK and libpython_restored != ON_DISK
    if is_lost and libpython.is_moved(layer_dir):
        restored = Changed(("its shared library wasn't restored",))
    return PythonLayer(
        artifact,
        layer,
        layer_dir,
        restored,
        libpython_restored,
        layer.env.apply(Scope.BUILD, on_path),
        bundled=archive if archive and archive.is_file() else None,
    )


def install_python(
    build: Build, layers: Layers, python: PythonLayer, compiler: BytecodeCompiler
) -> Decision:
    """Put the runtime on disk, from the archive unless the cache had the same; return which.

    Raises:
        DownloadError, ChecksumMismatchError, OfflineDownloadError: the archive can't be fetched.
        UnsafeArchiveError, BrokenArchiveError, UnknownLayoutError: it isn't a runtime's archive.
        BytecodeError, CommandFailedError: the runtime doesn't run here.
    """
    output = build.output
    if python.restored == ON_DISK:
        return reused(output, NAME, f"Reusing Python {python.version} from the cache")
    from python_buildpack.environment.sbom.layer_sboms import write_layer_sbom
    from python_buildpack.environment.sbom.runtime import runtime_sbom
    from python_buildpack.layers.runtime.archive import archive_url, install_archive

    decision = discarded(output, NAME, "Python", python.restored.causes)
    layers.make(NAME)
    with output.timed(f"Installing Python {python.version}"):
        url = archive_url(python.artifact, python.bundled, build.settings)
        downloading = f"Downloading {redact_urls(url)}"
        output.line("From the archive in the buildpack" if python.bundled else downloading)
        install_archive(python.artifact, url, python.directory, output)
        told = () if python.artifact.libraries else tuple(_libraries(python))
        write_layer_sbom(layers, runtime_sbom(NAME, python.artifact, told))
        if libpython.move_libpython(layers, python.directory, python.executable):
            write_layer_sbom(layers, runtime_sbom(libpython.NAME, python.artifact, told))
    if python.restored != IN_IMAGE:
        compiler.submit(_standard_library(python))
    return decision


def _standard_library(python: PythonLayer) -> Iterator[Path]:
    return source_files(python.directory / "lib" / f"python{python.series}")


def _libraries(python: PythonLayer) -> Iterator[tuple[str, str]]:
    """Yield the libraries that a runtime says it has; none if it doesn't run here."""
    command = (python.executable, "-I", "-S", "-B", RUNTIME_LIBRARIES)
    result = run_command(command, environment=python.environment, working_dir=python.directory)
    for line in result.output.splitlines() if result.exit_status == 0 else ():
        if match := _LIBRARY.fullmatch(line):
            yield match["name"], match["version"]


def finish_python_layer(
    layers: Layers, python: PythonLayer, types: LayerTypes, *, needs_libpython: bool
) -> None:
    """Declare the layer and its library's, and leave in the image what nobody needs on disk.

    Args:
        layers: this buildpack's.
        python: the runtime.
        types: who gets it.
        needs_libpython: whether something in the image needs its shared library.
    """
    restored = {NAME: python.restored, libpython.NAME: python.libpython_restored}
    if types.cache and python.restored == IN_IMAGE:
        with bytecode_compiler(python.executable) as compiler:
            compiler.submit(_standard_library(python))
    for name in restored if not types.cache else ():
        if restored[name] == IN_IMAGE:
            # It was unpacked for this build alone, if at all: without bytecode, for that reason.
            layers.remove_contents(name)
    library = Layer(libpython.NAME, python.layer.metadata)
    libpython.finish_libpython_layer(layers, library, types, at_launch=needs_libpython)
    layers.finish(python.layer, types)


def _metadata(artifact: Artifact) -> dict[str, str]:
    return with_format(
        {
            "python_version": str(artifact.version),
            "archive_sha256": artifact.sha256,
            "os": artifact.os,
            "arch": artifact.arch,
        }
    )


def interpreter_env(directory: Path, series: str) -> LayerEnv:
    """Return what later buildpacks and the app see of a Python, beside its bin and lib.

    ``PYTHONPATH`` and ``PYTHONHOME`` are never set: the first comes before the standard library
    in ``sys.path``, so that an outdated backport would shadow it; the second breaks every other
    Python in the image.
    """
    headers = str(directory / "include" / f"python{series}")
    package_configs = str(directory / "lib" / "pkgconfig")
    default, prepend = ModificationBehavior.DEFAULT, ModificationBehavior.PREPEND
    delimiter = ModificationBehavior.DELIMITER
    return (
        LayerEnv()
        .insert(Scope.ALL, default, "LANG", "C.UTF-8")
        .insert(Scope.ALL, default, "PYTHONUNBUFFERED", "1")
        .insert(Scope.BUILD, prepend, "CPATH", headers)
        .insert(Scope.BUILD, delimiter, "CPATH", ":")
        .insert(Scope.BUILD, prepend, "PKG_CONFIG_PATH", package_configs)
        .insert(Scope.BUILD, delimiter, "PKG_CONFIG_PATH", ":")
        # An import in a later step would add files to a layer, different ones on each build.
        .insert(Scope.BUILD, ModificationBehavior.OVERRIDE, "PYTHONDONTWRITEBYTECODE", "1")
    )
