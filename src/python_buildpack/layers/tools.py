"""Which tools a build needs, each in a layer of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from python_buildpack.cnb.layers_dir import remove_layer
from python_buildpack.layers import pip
from python_buildpack.layers.bytecode.compiler import BytecodeCompiler
from python_buildpack.layers.index_tool import inspect_index_tool_layer
from python_buildpack.layers.pip import inspect_pip_layer
from python_buildpack.layers.python import PythonLayer
from python_buildpack.layers.tool import ToolLayer, tool_installed
from python_buildpack.package_managers.pip.bundled_wheel import read_vendored_pip
from python_buildpack.package_managers.registry import TOOLS
from python_buildpack.system.output import Output


def inspect_tools(
    layers_dir: Path,
    python: PythonLayer,
    names: Sequence[str],
    *,
    versions: Mapping[str, str],
    required: str | None,
    buildpack_dir: Path,
    pip_at_launch: bool,
) -> tuple[ToolLayer, ...]:
    """Return the tools that are wanted, without installing any.

    Args:
        layers_dir: this buildpack's layers.
        python: which runs them.
        names: of the tools.
        versions: which the user asks for, by the tools' names; else the buildpack's choice.
        required: which releases of the one that installs the dependencies the app asks for.
        buildpack_dir: what it carries.
        pip_at_launch: whether the run image gets pip too.
    """
    vendored = read_vendored_pip(buildpack_dir)

    def inspect(name: str) -> ToolLayer:
        if name == pip.NAME:
            return inspect_pip_layer(
                layers_dir,
                python,
                requested_version=versions.get(name),
                vendored=vendored,
                at_launch=pip_at_launch,
            )
        return inspect_index_tool_layer(
            layers_dir,
            python,
            name=name,
            requested_version=versions.get(name),
            required=required,
            buildpack_dir=buildpack_dir,
            vendored=vendored,
        )

    return tuple(map(inspect, names))


@contextmanager
def tools_installed(
    layers_dir: Path, tools: Sequence[ToolLayer], *, compiler: BytecodeCompiler, output: Output
) -> Iterator[tuple[ToolLayer, ...]]:
    """Install the tools that the cache didn't have; the block gets all; see ``provided_tool``."""
    with ExitStack() as stack:
        yield tuple(
            stack.enter_context(tool_installed(layers_dir, tool, compiler=compiler, output=output))
            for tool in tools
        )


def remove_other_tools(layers_dir: Path, names: Sequence[str]) -> None:
    """Remove the tools of a package manager that the app has used before."""
    for name in set(TOOLS).difference(names):
        remove_layer(layers_dir, name)
