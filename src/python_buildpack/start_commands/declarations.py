"""What an app's own configuration names: console scripts, FLASK_APP, FastAPI's entrypoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from packaging.utils import canonicalize_name

from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.start_commands.frameworks import FASTAPI, FLASK, App
from python_buildpack.start_commands.modules import find_module
from python_buildpack.start_commands.processes import Installed
from python_buildpack.start_commands.source_tree import SourceTree
from python_buildpack.system.toml import get_table

FLASK_APP = "FLASK_APP"
# In the order in which Flask reads them: the first that sets a variable counts.
# https://flask.palletsprojects.com/en/stable/cli/#environment-variables-from-dotenv
_FILES = (".env", ".flaskenv")
_ASSIGNMENT = re.compile(
    rb"^\s*(?:export\s+)?FLASK_APP\s*=\s*([\"']?)(?P<found>[^\r\n#]*?)\1\s*(?:#.*)?$", re.MULTILINE
)
_NAME = re.compile(r"([A-Za-z_][\w.]*(\(.*\))?)?")
# As in Flask, a colon before a slash belongs to a path.
_COLON = re.compile(r":(?![\\/])")


@dataclass(frozen=True)
class DeclaredScript:
    """A console script.

    Attributes:
        module: the full name of the module with its function; "" where it isn't said.
    """

    name: str
    line: int | None
    module: str = ""


@dataclass(frozen=True)
class DeclaredProject:
    """What pyproject.toml says of the app's own distribution.

    Attributes:
        name: normalised; None if it has none.
        fastapi: the app that is named for FastAPI's own command line.
    """

    name: str | None = None
    scripts: tuple[DeclaredScript, ...] = ()
    fastapi: App | None = None


@dataclass(frozen=True)
class Code:
    """The code of an app, and what is known of it from outside: what all detection asks."""

    tree: SourceTree
    installed: Installed
    project: DeclaredProject


def read_declared_project(files: AppFiles) -> DeclaredProject:
    """Read the name and the scripts of ``[project]``, or of ``[tool.poetry]``, and the entrypoint.

    What has another form is passed over: an installer has read the file, and had its say.
    """
    document = files.toml(PYPROJECT_TOML)
    project, tools = get_table(document, "project"), get_table(document, "tool")
    poetry = get_table(tools, "poetry")
    name = project.get("name", poetry.get("name"))
    scripts = {
        script: DeclaredScript(
            script, files.line_of(PYPROJECT_TOML, table, script), _module(target)
        )
        for table, scripts in (
            ("tool.poetry.scripts", get_table(poetry, "scripts")),
            ("project.scripts", get_table(project, "scripts")),
        )
        for script, target in scripts.items()
    }
    return DeclaredProject(
        name=canonicalize_name(name) if isinstance(name, str) else None,
        scripts=tuple(sorted(scripts.values(), key=lambda script: script.line or 0)),
        fastapi=_fastapi_app(get_table(tools, "fastapi").get("entrypoint"), files),
    )


def _fastapi_app(entrypoint: object, files: AppFiles) -> App | None:
    # https://fastapi.tiangolo.com/fastapi-cli/
    if not isinstance(entrypoint, str):
        return None
    module, _, name = entrypoint.partition(":")
    line = files.line_of(PYPROJECT_TOML, "tool.fastapi", "entrypoint")
    return App(FASTAPI, name, line, module=module, source=PYPROJECT_TOML)


def _module(target: object) -> str:
    """Return the module of ``module:function``, which Poetry also takes in a table."""
    target = target.get("callable", target.get("reference")) if isinstance(target, dict) else target
    return target.partition(":")[0].strip() if isinstance(target, str) else ""


def read_declared_apps(code: Code, flask_app: str | None) -> tuple[App, ...]:
    """Read what names an app."""
    named = (*_flask(code.tree, flask_app), code.project.fastapi)
    return tuple(each for each in named if each and each.module and _NAME.fullmatch(each.name))


def find_declared_module(tree: SourceTree, module: str) -> str | None:
    """Return the file of a module that is named as Flask takes it: ``shop.web`` or ``shop/web.py``."""
    if "/" not in module and not module.endswith(".py"):
        return find_module(tree, module, "")
    path = str(PurePosixPath(module))
    candidates = (path, f"{path}.py", f"{path}/__init__.py")
    return next((each for each in candidates if each in tree), None)


def _flask(tree: SourceTree, variable: str | None) -> Iterator[App]:
    if variable:
        yield _flask_app(variable, FLASK_APP, None)
        return
    for name in _FILES:
        assignment = tree.find(name, _ASSIGNMENT)
        if assignment is not None:
            text, line = assignment
            yield _flask_app(text, name, line)
            return


def _flask_app(text: str, source: str, line: int | None) -> App:
    module, *name = _COLON.split(text.strip(), maxsplit=1)
    return App(FLASK, "".join(name).strip(), line, module=module.strip(), source=source)
