"""The bytecode of the app's own code, for a first request without compiling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from python_buildpack.layers.bytecode.compiler import bytecode_compiler, source_files
from python_buildpack.system.output import Output

_OTHER_DIRECTORIES = frozenset({".git", "node_modules", "test", "tests", "venv"})


def compile_app(app_dir: Path, python: Path, output: Output) -> None:
    """Compile the app's Python files, to bytecode that is checked against its source.

    Raises:
        BytecodeError: ``python`` failed.
    """
    with (
        output.timed("Compiling the app's own code"),
        bytecode_compiler(python, checked=True, output=output) as compiler,
    ):
        compiler.submit(_app_files(app_dir))


def _app_files(app_dir: Path) -> Iterator[Path]:
    for path in source_files(app_dir, _OTHER_DIRECTORIES):
        if not any(part.startswith(".") for part in path.relative_to(app_dir).parts):
            yield path
