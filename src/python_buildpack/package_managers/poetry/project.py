"""What a project of Poetry's says of itself in pyproject.toml: its name, groups, Pythons.

https://python-poetry.org/docs/pyproject/
"""

from __future__ import annotations

from pathlib import Path

from packaging.utils import canonicalize_name

from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.python_version.constraints import poetry_rule
from python_buildpack.python_version.sources import VersionSource
from python_buildpack.system.text import printable
from python_buildpack.system.toml import Table, get_table

LOCK = "poetry.lock"
PYTHON = "python"


def poetry_table(pyproject: Table) -> Table:
    """Return ``[tool.poetry]``, or {}."""
    return get_table(pyproject, "tool", "poetry")


def uses_poetry(pyproject: Table) -> bool:
    """Return whether Poetry builds the project, or manages its dependencies."""
    backend = get_table(pyproject, "build-system").get("build-backend")
    return bool(poetry_table(pyproject)) or str(backend).startswith("poetry")


def is_package_mode(pyproject: Table) -> bool:
    """Return whether the project itself is to be installed."""
    return poetry_table(pyproject).get("package-mode", True) is not False


def missing_package(app_dir: Path, pyproject: Table) -> str | None:
    """Return the name that a project in package mode would be installed by, if there is no such code.

    https://python-poetry.org/docs/pyproject/#packages
    """
    poetry = poetry_table(pyproject)
    name = get_table(pyproject, "project").get("name") or poetry.get("name")
    # A build script may write the code.
    if not isinstance(name, str) or poetry.get("packages") or poetry.get("build"):
        return None
    module = canonicalize_name(name).replace("-", "_")
    places = [app_dir / directory / module for directory in ("", "src")]
    has_code = any(place.is_dir() or place.with_name(f"{module}.py").is_file() for place in places)
    return None if has_code else module


def missing_package_notice(module: str) -> str:
    """Return what the log says of a project without the code that it is named after."""
    return (
        f"Not installing the project: it has no package {printable(module)}"
        " (set packages, or package-mode = false, in [tool.poetry])"
    )


def group_tables(pyproject: Table) -> dict[str, Table]:
    """Return the dependencies of each of Poetry's own groups."""
    poetry = poetry_table(pyproject)
    groups = {
        name: get_table(poetry, "group", name, "dependencies")
        for name in get_table(poetry, "group")
    }
    legacy = {"dev": get_table(poetry, "dev-dependencies")} if "dev-dependencies" in poetry else {}
    return {**legacy, **groups}


def python_sources(files: AppFiles) -> tuple[VersionSource, ...]:
    """Return the Python that Poetry's own table allows."""
    text = get_table(poetry_table(files.toml(PYPROJECT_TOML)), "dependencies").get(PYTHON)
    document = files.text(PYPROJECT_TOML) or ""
    key = "tool.poetry.dependencies.python"
    return poetry_rule(PYPROJECT_TOML, key, text if isinstance(text, str) else None, document)
