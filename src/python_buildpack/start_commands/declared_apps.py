"""The web apps that an app's own configuration names: FLASK_APP, and FastAPI's entrypoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.start_commands.declared_scripts import DeclaredProject
from python_buildpack.start_commands.frameworks import FASTAPI, FLASK, Framework
from python_buildpack.start_commands.module_names import find_module
from python_buildpack.start_commands.source_tree import SourceTree

FLASK_APP = "FLASK_APP"
# In the order in which Flask reads them: the first that sets a variable counts.
# https://flask.palletsprojects.com/en/stable/cli/#environment-variables-from-dotenv
_FILES = (".env", ".flaskenv")
_ASSIGNMENT = re.compile(
    rb"^\s*(?:export\s+)?FLASK_APP\s*=\s*([\"']?)(?P<value>[^\r\n#]*?)\1\s*(?:#.*)?$", re.MULTILINE
)
_NAME = re.compile(r"([A-Za-z_][\w.]*(\(.*\))?)?")
# As in Flask, a colon before a slash belongs to a path.
_COLON = re.compile(r":(?![\\/])")


@dataclass(frozen=True)
class DeclaredApp:
    """An app, as it is named.

    Attributes:
        framework: that it is an app of.
        module: its full name, or the path of its file relative to the app.
        name: of the variable or the factory, or a call such as "create_app('x')"; "" where it
            isn't said.
        source: the file or variable that names it.
        line: of the file, counted from 1; None where there is none.
    """

    framework: Framework
    module: str
    name: str
    source: str
    line: int | None


def read_declared_apps(
    app_dir: Path, project: DeclaredProject, flask_app: str | None
) -> tuple[DeclaredApp, ...]:
    """Read what names an app.

    Args:
        app_dir: the app.
        project: what pyproject.toml declares.
        flask_app: the variable FLASK_APP of the build.
    """
    found = [*_flask(app_dir, flask_app)]
    if project.fastapi is not None:
        module, _, name = project.fastapi.value.partition(":")
        found.append(DeclaredApp(FASTAPI, module, name, PYPROJECT_TOML, project.fastapi.line))
    return tuple(each for each in found if each.module and _NAME.fullmatch(each.name))


def find_declared_module(tree: SourceTree, module: str) -> str | None:
    """Return the file of a module that is named as Flask takes it: ``shop.web`` or ``shop/web.py``."""
    if "/" not in module and not module.endswith(".py"):
        return find_module(tree, module, "")
    path = str(PurePosixPath(module))
    candidates = (path, f"{path}.py", f"{path}/__init__.py")
    return next((each for each in candidates if each in tree), None)


def _flask(app_dir: Path, variable: str | None) -> Iterator[DeclaredApp]:
    if variable:
        yield _flask_app(variable, FLASK_APP, None)
        return
    for name in _FILES:
        contents = _contents(app_dir / name)
        assignment = _ASSIGNMENT.search(contents)
        if assignment is not None:
            line = contents.count(b"\n", 0, assignment.start("value")) + 1
            yield _flask_app(assignment["value"].decode(errors="replace"), name, line)
            return


def _flask_app(text: str, source: str, line: int | None) -> DeclaredApp:
    module, *name = _COLON.split(text.strip(), maxsplit=1)
    return DeclaredApp(FLASK, module.strip(), "".join(name).strip(), source, line)


def _contents(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""
