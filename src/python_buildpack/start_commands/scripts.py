"""The last resorts: a console script, ``python -m`` of a package, or a script at the top.

What they start isn't known to serve the web, so the process isn't called ``web``, which platforms
send requests to and stop where nothing listens. The only process of an image is its default one
whatever its name.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from python_buildpack.pyproject import PYPROJECT_TOML
from python_buildpack.start_commands.declared_scripts import DeclaredProject
from python_buildpack.start_commands.frameworks import FRAMEWORKS, Kind
from python_buildpack.start_commands.import_effects import is_script_name, read_import_effects
from python_buildpack.start_commands.import_time import is_main_check
from python_buildpack.start_commands.module_names import SRC
from python_buildpack.start_commands.module_reading import imported_modules
from python_buildpack.start_commands.servers import from_directory
from python_buildpack.start_commands.source_tree import LIKELY_NAMES, SourceTree

APP = "app"
_DUNDER_MAIN = "__main__.py"
_WEB_PACKAGES = frozenset(
    each.distribution for each in FRAMEWORKS if each.kind in (Kind.WSGI, Kind.ASGI)
)


@dataclass(frozen=True)
class Script:
    """A command that runs a script, and where that is written; ``line`` from 1 or None."""

    path: str
    line: int | None
    text: str


@dataclass(frozen=True)
class FoundScripts:
    """What can be run.

    Attributes:
        scripts: several where they are equally good.
        harmful: what isn't among them because it changes data.
    """

    scripts: tuple[Script, ...] = ()
    harmful: tuple[Script, ...] = ()


def find_scripts(
    tree: SourceTree,
    installed: Mapping[str, str],
    project: DeclaredProject,
    harmful: Mapping[str, int],
) -> FoundScripts:
    """Return what can be run.

    Args:
        tree: the app's files.
        installed: the version of each installed distribution, by its normalised name.
        project: what pyproject.toml declares.
        harmful: the files that are known to change data, and the line of each.
    """
    is_installed = project.name in installed
    if is_installed and project.scripts:
        return _console_scripts(project)
    packages = _packages(tree, is_installed=is_installed)
    return FoundScripts(packages) if packages else _files(tree, harmful)


def _console_scripts(project: DeclaredProject) -> FoundScripts:
    own = [each for each in project.scripts if each.name == project.name]
    found: dict[bool, list[Script]] = {True: [], False: []}
    for each in own or project.scripts:
        script = Script(PYPROJECT_TOML, each.line, shlex.quote(each.name))
        found[is_script_name(each.name)].append(script)
    return FoundScripts(tuple(found[False]), tuple(found[True]))


def _packages(tree: SourceTree, *, is_installed: bool) -> tuple[Script, ...]:
    found = []
    for path in tree.paths:
        file = PurePosixPath(path)
        parts = file.parent.parts
        directory = SRC if len(parts) > 1 and parts[0] == SRC else ""
        is_package = len(parts) == (2 if directory else 1)
        module = tree.parse(path) if file.name == _DUNDER_MAIN and is_package else None
        if module is not None and parts[-1].isidentifier():
            directory = "" if is_installed else directory
            text = from_directory(directory, f"python -m {parts[-1]}")
            found.append(Script(path, 1, text))
    return tuple(found)


def _files(tree: SourceTree, known: Mapping[str, int]) -> FoundScripts:
    """Return the scripts at the top; of several, those whose names say more."""
    found: list[tuple[tuple[bool, bool], Script]] = []
    harmful = [_script(path, line) for path, line in known.items()]
    for path in tree.paths:
        module = tree.parse(path) if "/" not in path and path not in known else None
        if module is None or _uses_a_web_framework(module):
            continue
        line, is_guarded = _first_action(module)
        if line is None:
            continue
        destroys = read_import_effects(module, as_script=True).destroys
        if destroys is not None or is_script_name(PurePosixPath(path).stem):
            harmful.append(_script(path, destroys or line))
            continue
        worse = (path not in (*LIKELY_NAMES, _DUNDER_MAIN), not is_guarded)
        found.append((worse, _script(path, line)))
    best = min((worse for worse, _ in found), default=None)
    return FoundScripts(tuple(script for worse, script in found if worse == best), tuple(harmful))


def _script(path: str, line: int) -> Script:
    return Script(path, line, f"python {shlex.quote(path)}")


def _uses_a_web_framework(module: ast.Module) -> bool:
    """Tell whether a script makes a web app out of a server's reach; it wouldn't use the port."""
    return any(name.partition(".")[0] in _WEB_PACKAGES for name in imported_modules(module))


def _first_action(module: ast.Module) -> tuple[int | None, bool]:
    """Return the line on which a file does something, and whether only as a script."""
    guard = next((each for each in module.body if is_main_check(each)), None)
    if guard is not None:
        return guard.lineno, True
    actions = (ast.For, ast.While, ast.With)
    for statement in module.body:
        is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        if is_call or isinstance(statement, actions):
            return statement.lineno, False
    return None, False
