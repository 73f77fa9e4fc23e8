"""The layer of a tool that installs dependencies: a user site of its own, for the build only.

Not in Python's layer, where it could not be left out of the run image, and a new release of it would
change a layer that has nothing to do with it. Not on PYTHONPATH, whose directories come before the
standard library: user site-packages come after it, and nobody else needs them, since the app's
dependencies live in a virtual environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv
from python_buildpack.cnb.layers_dir import new_layer, remove_layer, write_layer
from python_buildpack.environment.resolution import Resolution, ResolvedDistribution
from python_buildpack.layers.bytecode.compiler import BytecodeCompiler, source_files
from python_buildpack.layers.changes import Comparison
from python_buildpack.layers.reserved_names import check_reserved_names
from python_buildpack.system.output import Output


@dataclass(frozen=True)
class ToolLayer:
    """A tool: the one that this build is to use, on disk or not yet.

    Attributes:
        name: of the tool and of its layer.
        version: of the tool.
        metadata: of the layer; without what only the installation tells.
        restored: how it compares with the one of the last build.
        executable: the tool's own script or program.
        environment: in which it finds itself and the virtual environment.
        layer_env: what later buildpacks see of it.
        is_at_launch: whether the run image gets it too.
        install: fills the layer's directory and returns the whole metadata.
    """

    name: str
    version: str
    metadata: Mapping[str, str]
    restored: Comparison
    executable: Path
    environment: Mapping[str, str]
    layer_env: LayerEnv
    is_at_launch: bool
    install: Callable[[Path, Output], Mapping[str, str]]


@contextmanager
def tool_installed(
    layers_dir: Path, tool: ToolLayer, *, compiler: BytecodeCompiler, output: Output
) -> Iterator[ToolLayer]:
    """Install a tool into its layer, unless the cache had the same.

    The block gets the tool that is there. Where the block fails, one that was installed for it is
    removed again.

    Raises:
        BuildpackError: the tool can't be downloaded.
        ReservedFilesError: its files would be taken for the buildpack's.
        OSError: the file system refused.
    """
    if tool.restored.is_ready:
        output.reused(tool.name, f"Reusing {tool.name} {tool.version} from the cache")
        yield tool
        return
    output.made_anew(tool.name, tool.name, tool.restored.causes)
    with new_layer(layers_dir, tool.name) as layer_dir, compiler.aborted_on_failure():
        with output.timed(f"Installing {tool.name} {tool.version}"):
            metadata = tool.install(layer_dir, output)
            check_reserved_names(layer_dir)
            compiler.submit(source_files(layer_dir))
            _write_sbom(layers_dir, tool, metadata)
        yield replace(tool, metadata=metadata)


def _write_sbom(layers_dir: Path, tool: ToolLayer, metadata: Mapping[str, str]) -> None:
    """Describe what is installed; its origin is known where the metadata has the wheel's hash."""
    # Imported here: a build that reuses the tool, which is to take no time, writes none.
    from python_buildpack.environment.sbom.layer_sboms import write_environment_sbom

    sha256 = metadata.get("wheel_sha256")
    write_environment_sbom(
        layers_dir,
        tool.name,
        python_version=metadata["python"],
        resolution=Resolution((_from_wheel(tool, sha256),)) if sha256 else None,
    )


def _from_wheel(tool: ToolLayer, sha256: str) -> ResolvedDistribution:
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


def finish_tool_layer(
    layers_dir: Path, tool: ToolLayer, *, cached: bool, detect_changes: bool
) -> None:
    """Declare a tool's layer, which is on disk.

    Args:
        layers_dir: this buildpack's layers.
        tool: the tool.
        cached: whether the next build will need it; where the run image has it, it is kept anyway.
        detect_changes: whether a later buildpack may change it.
    """
    types = LayerTypes(launch=tool.is_at_launch, build=True, cache=cached or tool.is_at_launch)
    write_layer(
        layers_dir, tool.name, types, tool.metadata, tool.layer_env, detect_changes=detect_changes
    )


def keep_tool_layer(layers_dir: Path, tool: ToolLayer) -> None:
    """Keep a tool that the run image has; leave out any other, in a build that needs none.

    It is made again when somebody needs it: most builds change no dependency, and would restore it
    for nothing.
    """
    if tool.is_at_launch:
        finish_tool_layer(layers_dir, tool, cached=True, detect_changes=False)
    else:
        remove_layer(layers_dir, tool.name)
