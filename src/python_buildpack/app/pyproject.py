"""What the app's ``pyproject.toml`` says of its project."""

from __future__ import annotations

from dataclasses import dataclass

from python_buildpack.app.files import AppFiles
from python_buildpack.system.errors import UserError
from python_buildpack.system.toml import Table, get_table, is_table, toml_type

PYPROJECT_TOML = "pyproject.toml"


@dataclass(frozen=True)
class Pyproject:
    """The tables of ``pyproject.toml`` that the buildpack reads; {} stands for those it lacks.

    https://packaging.python.org/en/latest/specifications/pyproject-toml/

    Args:
        project: whose requires-python, dependencies and dynamic have the right types.
    """

    document: Table
    project: Table

    @property
    def requires_python(self) -> str | None:
        """As it is written."""
        value = self.project.get("requires-python")
        return value if isinstance(value, str) else None

    @property
    def has_dependencies(self) -> bool:
        """Whether ``dependencies`` lists any, or is ``dynamic``."""
        return bool(self.project.get("dependencies")) or self.is_dynamic("dependencies")

    @property
    def is_package(self) -> bool:
        """Whether it has a project and says how that is built."""
        return "project" in self.document and "build-system" in self.document

    @property
    def groups(self) -> Table:
        """The dependency groups."""
        return get_table(self.document, "dependency-groups")

    @property
    def extras(self) -> Table:
        """The extras of the project."""
        return get_table(self.project, "optional-dependencies")

    @property
    def tools(self) -> Table:
        """The tables below ``[tool]``."""
        return get_table(self.document, "tool")

    def is_dynamic(self, key: str) -> bool:
        """Return whether only a build of the project tells what ``key`` is."""
        dynamic = self.project.get("dynamic")
        return isinstance(dynamic, list) and key in dynamic


@dataclass(eq=False)
class InvalidPyprojectError(UserError):
    """A value in ``pyproject.toml`` has the wrong type.

    Args:
        expected: the TOML type, such as "a string".
        found: the TOML type, such as "an array".
    """

    key: str
    line: int | None
    expected: str
    found: str


def read_pyproject(files: AppFiles) -> Pyproject:
    """Read the app's ``pyproject.toml``; an empty one where there is none.

    Raises:
        InvalidPyprojectError: a value has the wrong type.
    """
    document = files.toml(PYPROJECT_TOML)
    project = document.get("project", {})
    if not is_table(project):
        line = files.line_of(PYPROJECT_TOML, "", "project")
        raise InvalidPyprojectError("project", line, "a table", toml_type(project))
    for key, expected in (
        ("requires-python", "a string"),
        ("dynamic", "an array"),
        ("dependencies", "an array"),
    ):
        found = toml_type(project[key]) if key in project else expected
        if found != expected:
            line = files.line_of(PYPROJECT_TOML, "project", key)
            raise InvalidPyprojectError(f"project.{key}", line, expected, found)
    return Pyproject(document, project)
