"""The console scripts that pyproject.toml declares."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from python_buildpack.app.pyproject import PYPROJECT_TOML, find_line
from python_buildpack.system.text_file import parse_toml, read_text_file


@dataclass(frozen=True)
class DeclaredScript:
    """A console script.

    Attributes:
        name: of the command.
        line: of pyproject.toml, counted from 1; None where it isn't found.
        module: the full name of the module with its function; "" where it isn't said.
    """

    name: str
    line: int | None
    module: str = ""


@dataclass(frozen=True)
class DeclaredEntrypoint:
    """An import string such as "shop.web:app"; ``line`` of pyproject.toml from 1, or None."""

    value: str
    line: int | None


@dataclass(frozen=True)
class DeclaredProject:
    """What pyproject.toml says of the app's own distribution.

    Attributes:
        name: normalised; None where it has none.
        scripts: its console scripts.
        fastapi: the entrypoint for FastAPI's own command line.
    """

    name: str | None = None
    scripts: tuple[DeclaredScript, ...] = ()
    fastapi: DeclaredEntrypoint | None = None


def read_declared_project(app_dir: Path) -> DeclaredProject:
    """Read the name and the scripts of ``[project]``, or of ``[tool.poetry]``, and the entrypoint.

    What has another form is passed over: an installer has read the file, and had its say.

    Raises:
        BuildpackError: pyproject.toml can't be read, or isn't TOML.
    """
    text = read_text_file(app_dir, PYPROJECT_TOML)
    return DeclaredProject() if text is None else parse_declared_project(text)


def parse_declared_project(text: str) -> DeclaredProject:
    """Parse the contents of pyproject.toml.

    Raises:
        InvalidTomlError: ``text`` isn't TOML.
    """
    document = parse_toml(text, PYPROJECT_TOML)
    tools = _table(document, "tool")
    poetry = _table(tools, "poetry")
    # https://fastapi.tiangolo.com/fastapi-cli/
    entrypoint = _table(tools, "fastapi").get("entrypoint")
    project = _table(document, "project")
    name = project.get("name", poetry.get("name"))
    scripts = [
        DeclaredScript(script, find_line(text, table, script), _module(target))
        for table, scripts in (
            ("project.scripts", _table(project, "scripts")),
            ("tool.poetry.scripts", _table(poetry, "scripts")),
        )
        for script, target in scripts.items()
    ]
    unique = {script.name: script for script in reversed(scripts)}
    return DeclaredProject(
        name=canonicalize_name(name) if isinstance(name, str) else None,
        scripts=tuple(sorted(unique.values(), key=lambda script: script.line or 0)),
        fastapi=DeclaredEntrypoint(entrypoint, find_line(text, "tool.fastapi", "entrypoint"))
        if isinstance(entrypoint, str)
        else None,
    )


def _module(target: object) -> str:
    """Return the module of ``module:function``, which Poetry also takes in a table."""
    target = target.get("callable", target.get("reference")) if isinstance(target, dict) else target
    return target.partition(":")[0].strip() if isinstance(target, str) else ""


def _table(parent: dict[str, object], key: str) -> dict[str, object]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}
