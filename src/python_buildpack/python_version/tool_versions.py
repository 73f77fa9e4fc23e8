"""Reading of the files in which mise and asdf are told which Python to install.

https://mise.jdx.dev/configuration.html
https://asdf-vm.com/manage/configuration.html#tool-versions
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_buildpack.app.files import AppFiles
from python_buildpack.python_version.sources import (
    BP_PYTHON_VERSION,
    FREE_THREADED,
    PYTHON_VERSION_FILE,
    RUNTIME_TXT,
    TOOL_VERSIONS,
    InvalidPythonVersionError,
    VersionSource,
    parse_requested_version,
)
from python_buildpack.system.errors import UserError
from python_buildpack.system.toml import get_table, is_table, toml_type

if TYPE_CHECKING:
    from packaging.version import Version

# In mise's own order.
MISE_FILES = ("mise.toml", ".mise.toml")
_PYTHON = "python"
# mise: the newest release that begins so, as a version without its last part always is here.
_PREFIX = "prefix:"
# Of a file that may have any number of lines.
_MOST_OTHERS = 10
# Whatever Python is there: it asks for none.
_SYSTEM = "system"


@dataclass(frozen=True)
class ToolVersion:
    """A Python version as it is written for mise or asdf."""

    file: str
    line: int | None
    text: str
    key: str = ""


@dataclass(frozen=True)
class UnusedToolVersion:
    """A version that is written for mise, asdf or pyenv, and doesn't count.

    Args:
        first: what comes before it: the variable or file, as in VersionSource.
    """

    tool_version: ToolVersion
    first: str


@dataclass(eq=False)
class InvalidToolVersionError(UserError):
    """The version in a file of mise's has the wrong type.

    Args:
        path: of the file.
    """

    path: str
    line: int | None
    found: str


def requesting_files(files: AppFiles) -> AppFiles:
    """Return the files of the nearest directory, from the app's up, that has any for a Python."""
    names = (PYTHON_VERSION_FILE, RUNTIME_TXT, TOOL_VERSIONS, *MISE_FILES)
    found = (
        each
        for each in (files, *files.above)
        if any((each.directory / name).exists() for name in names)
    )
    return next(found, files)


def read_tool_versions(files: AppFiles) -> tuple[ToolVersion, ...]:
    """Read the Python versions of mise.toml, .mise.toml and .tool-versions, in this order.

    Raises:
        InvalidToolVersionError: a version isn't a string.
    """
    files = requesting_files(files)
    found = (*(_mise(files, path) for path in MISE_FILES), _tool_versions(files))
    return tuple(each for each in found if each is not None)


def _mise(files: AppFiles, path: str) -> ToolVersion | None:
    """Return the version in a file of mise's; of several, the first is what ``python`` starts.

    The build without the GIL is a setting: https://mise.jdx.dev/lang/python.html
    """
    document = files.toml(path)
    written = get_table(document, "tools").get(_PYTHON)
    first = written[0] if isinstance(written, list) and written else written
    version = first.get("version") if is_table(first) else first
    if version in (None, [], _SYSTEM):
        return None
    line = files.line_of(path, "tools", _PYTHON)
    if not isinstance(version, str):
        raise InvalidToolVersionError(path, line, toml_type(version))
    flavor = get_table(document, "settings", _PYTHON).get("precompiled_flavor")
    build = FREE_THREADED if "freethreaded" in str(flavor) else ""
    return ToolVersion(path, line, version.strip().removeprefix(_PREFIX) + build, _PYTHON)


def _tool_versions(files: AppFiles) -> ToolVersion | None:
    """Return the version for asdf; of several, the first is used where it is installed."""
    for number, line in enumerate((files.text(TOOL_VERSIONS) or "").split("\n"), start=1):
        tool, *versions = line.partition("#")[0].split() or [""]
        if tool == _PYTHON and versions and versions[0] != _SYSTEM:
            return ToolVersion(TOOL_VERSIONS, number, versions[0])
    return None


def unused_tool_versions(
    tool_versions: Sequence[ToolVersion], sources: Sequence[VersionSource], version: Version
) -> tuple[UnusedToolVersion, ...]:
    """Return what is written for mise, asdf and pyenv, doesn't count, and isn't what the app gets."""
    tools = {each.file for each in tool_versions}
    comes_first = (BP_PYTHON_VERSION, PYTHON_VERSION_FILE, RUNTIME_TXT, *tools)
    counted = [source for source in sources if source.file in comes_first]
    unused = [
        UnusedToolVersion(each, counted[0].name)
        for each in tool_versions
        if each.file != counted[0].file
    ]
    unused += [
        UnusedToolVersion(ToolVersion(source.file, line, text), "its first version")
        for source in sources
        for line, text in source.others[:_MOST_OTHERS]
    ]
    return tuple(each for each in unused if not _names(each.tool_version, version))


def _names(tool_version: ToolVersion, version: Version) -> bool:
    try:
        source = parse_requested_version(tool_version.file, tool_version.line, tool_version.text)
    except InvalidPythonVersionError:
        return False
    return source.allows(version)
