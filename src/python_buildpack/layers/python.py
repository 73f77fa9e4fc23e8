"""The layer ``python``: a runtime, the same bytes in every app that uses it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from python_buildpack.archive import unpack_archive
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import new_layer, read_layer, write_layer
from python_buildpack.download import download_file, mirrored_url
from python_buildpack.inventory import Artifact
from python_buildpack.layers.bytecode import compile_directory
from python_buildpack.layers.changes import changes, with_format
from python_buildpack.layers.python_fix_ups import relocate, remove_what_no_server_needs
from python_buildpack.output import Output
from python_buildpack.redaction import redact_url_credentials

NAME = "python"


@dataclass(frozen=True)
class PythonLayer:
    """A runtime that is ready for use.

    Attributes:
        directory: where it is, here and in the run image.
        version: X.Y.Z.
        series: X.Y.
        environment: with this runtime first on PATH.
    """

    directory: Path
    version: str
    series: str
    environment: Mapping[str, str]

    @property
    def executable(self) -> Path:
        """The interpreter, by the one name under which everything calls it."""
        return self.directory / "bin" / f"python{self.series}"


def contribute_python_layer(
    layers_dir: Path,
    artifact: Artifact,
    types: LayerTypes,
    *,
    mirror: str | None,
    environment: Mapping[str, str],
    output: Output,
) -> PythonLayer:
    """Make the runtime's layer from its archive, unless the one that was restored is the same.

    Raises:
        DownloadError, ChecksumMismatchError: the archive can't be had.
        UnsafeArchiveError, BrokenArchiveError, UnknownLayoutError: it is no runtime's archive.
        BytecodeError: the runtime doesn't run here.
    """
    layer_dir = layers_dir / NAME
    series = f"{artifact.version.major}.{artifact.version.minor}"
    layer_env = _layer_env(layer_dir, series)
    layer = PythonLayer(
        layer_dir,
        str(artifact.version),
        series,
        layer_env.apply(Scope.BUILD, _with_first_on_path(environment, layer_dir / "bin")),
    )
    metadata = _metadata(artifact)
    causes = changes(read_layer(layers_dir, NAME), metadata, {"python_version": "Python"})
    if causes == ():
        output.line(f"Reusing Python {artifact.version} from the cache")
    else:
        for cause in causes or ():
            output.line(f"Not reusing the cached Python: {cause}")
        with (
            new_layer(layers_dir, NAME),
            output.timed(f"Installing Python {artifact.version}"),
        ):
            _install(layer, artifact, mirror, output)
    write_layer(layers_dir, NAME, types, metadata, layer_env)
    return layer


def _install(layer: PythonLayer, artifact: Artifact, mirror: str | None, output: Output) -> None:
    url = mirrored_url(artifact.url, mirror)
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        archive = Path(temporary, unquote(Path(urlsplit(url).path).name))
        output.line(f"Downloading {redact_url_credentials(url)}")
        download_file(url, archive, sha256=artifact.sha256, progress=output.progress())
        unpack_archive(archive, layer.directory)
    remove_what_no_server_needs(layer.directory, layer.series)
    relocate(layer.directory, layer.series, layer.directory)
    compile_directory(layer.directory / "lib" / f"python{layer.series}", python=layer.executable)


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


def _with_first_on_path(environment: Mapping[str, str], directory: Path) -> dict[str, str]:
    path = environment.get("PATH", "")
    return {**environment, "PATH": f"{directory}:{path}" if path else str(directory)}
