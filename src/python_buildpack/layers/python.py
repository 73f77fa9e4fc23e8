"""The layer ``python``: a runtime, the same bytes in every app that uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import new_layer, read_layer, remove_contents, write_layer
from python_buildpack.layers.bytecode.compiler import (
    BytecodeCompiler,
    bytecode_compiler,
    source_files,
)
from python_buildpack.layers.changes import Comparison, compare, with_format
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.command import with_first_on_path
from python_buildpack.system.output import Output

NAME = "python"
# As tools/packaging/offline.py of the checkout names it.
_CARRIED = "vendor/runtimes"


@dataclass(frozen=True)
class PythonLayer:
    """A runtime: the one that this build is to use, on disk or not yet.

    Attributes:
        artifact: what it is made from.
        directory: where it is, here and in the run image.
        restored: how it compares with the one of the last build.
        environment: with this runtime first on PATH.
        carried: its archive, where the buildpack carries it.
    """

    artifact: Artifact
    directory: Path
    restored: Comparison
    environment: Mapping[str, str]
    carried: Path | None = None

    @property
    def version(self) -> str:
        """X.Y.Z."""
        return str(self.artifact.version)

    @property
    def series(self) -> str:
        """X.Y."""
        return self.artifact.series

    @property
    def executable(self) -> Path:
        """The interpreter, by the one name under which everything calls it."""
        return self.directory / "bin" / f"python{self.series}"


def inspect_python_layer(
    layers_dir: Path,
    artifact: Artifact,
    environment: Mapping[str, str],
    buildpack_dir: Path | None = None,
) -> PythonLayer:
    """Return the runtime made from ``artifact``, without making it.

    Args:
        layers_dir: this buildpack's layers.
        artifact: what the inventory says of its archive.
        environment: the build's.
        buildpack_dir: may carry the archive; None for nothing carried.
    """
    layer_dir = layers_dir / NAME
    restored = compare(
        read_layer(layers_dir, NAME), _metadata(artifact), {"python_version": "Python"}
    )
    on_path = with_first_on_path(environment, layer_dir / "bin")
    layer_env = _layer_env(layer_dir, artifact.series)
    archive = buildpack_dir and buildpack_dir / _CARRIED / f"{artifact.sha256}.tar.gz"
    return PythonLayer(
        artifact,
        layer_dir,
        restored,
        layer_env.apply(Scope.BUILD, on_path),
        carried=archive if archive and archive.is_file() else None,
    )


@contextmanager
def python_installed(
    layers_dir: Path, layer: PythonLayer, *, mirror: str | None, output: Output
) -> Iterator[BytecodeCompiler]:
    """Put the runtime on disk, from the archive unless the cache had the same.

    The block gets a compiler of bytecode, which is at work on the standard library already. Where
    the block fails, a runtime that was made for it is removed again.

    Raises:
        DownloadError, ChecksumMismatchError, OfflineDownloadError: the archive can't be had.
        UnsafeArchiveError, BrokenArchiveError, UnknownLayoutError: it is no runtime's archive.
        BytecodeError: the runtime doesn't run here.
    """
    with ExitStack() as stack:
        if layer.restored.is_ready:
            output.reused(NAME, f"Reusing Python {layer.version} from the cache")
        else:
            output.made_anew(NAME, "Python", layer.restored.causes)
            stack.enter_context(new_layer(layers_dir, NAME))
            with output.timed(f"Installing Python {layer.version}"):
                # Imported here: most builds download nothing, and what speaks TLS takes its time.
                from python_buildpack.environment.sbom.layer_sboms import write_python_sbom
                from python_buildpack.layers.runtime.archive import install_archive

                install_archive(
                    layer.artifact,
                    layer.directory,
                    carried=layer.carried,
                    mirror=mirror,
                    environment=layer.environment,
                    output=output,
                )
                write_python_sbom(layers_dir, NAME, layer.artifact)
        compiler = stack.enter_context(bytecode_compiler(layer.executable, output=output))
        if not layer.restored.is_ready:
            compiler.submit(source_files(layer.directory / "lib" / f"python{layer.series}"))
        yield compiler


def finish_python_layer(
    layers_dir: Path, layer: PythonLayer, types: LayerTypes, *, detect_changes: bool
) -> None:
    """Declare the layer, and leave it in the image where it is and nobody needs it on disk.

    Args:
        layers_dir: this buildpack's layers.
        layer: the runtime.
        types: who gets it.
        detect_changes: whether a later buildpack may change it.
    """
    if layer.restored.is_in_image_only and not types.cache:
        # It was unpacked for this build alone, if at all.
        remove_contents(layers_dir, NAME)
    layer_env = _layer_env(layer.directory, layer.series)
    write_layer(
        layers_dir, NAME, types, _metadata(layer.artifact), layer_env, detect_changes=detect_changes
    )


def _metadata(artifact: Artifact) -> dict[str, str]:
    return with_format(
        {
            "python_version": str(artifact.version),
            "archive_sha256": artifact.sha256,
            "os": artifact.os,
            "arch": artifact.arch,
        }
    )


def _layer_env(layer_dir: Path, series: str) -> LayerEnv:
    """Return what later buildpacks and the app see, beside the layer's bin and lib.

    ``PYTHONPATH`` and ``PYTHONHOME`` are never set: the first comes before the standard library
    in ``sys.path``, so that an outdated backport would shadow it; the second breaks every other
    Python in the image.
    """
    headers = str(layer_dir / "include" / f"python{series}")
    package_configs = str(layer_dir / "lib" / "pkgconfig")
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
