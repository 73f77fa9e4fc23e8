"""The buildpack's own settings: the variables that begin with BP_."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from python_buildpack.system.errors import UserError

_TOOL_VERSION = re.compile("BP_(?!PYTHON_)([A-Z]+)_VERSION")
# The first with --group, which installs dependency groups.
_MINIMUM_PIP = "25.1"
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})
MIRROR_FORM = "a URL that begins with https://, http:// or file://"


@dataclass(frozen=True)
class InvalidSetting:
    """A variable whose value isn't of the expected form."""

    name: str
    value: str
    expected: str


@dataclass(eq=False)
class InvalidConfigurationError(UserError):
    """Some BP_ variables have values that mean nothing."""

    settings: tuple[InvalidSetting, ...]


@dataclass(eq=False)
class UnsupportedPipError(UserError):
    """BP_PIP_VERSION names a pip that is too old to be used here; ``minimum`` is the oldest."""

    version: str
    minimum: str


@dataclass(eq=False)
class _MeaninglessError(Exception):
    shown: str
    expected: str


_T = TypeVar("_T")


def _setting(variable: str, parse: Callable[[str], _T], default: _T) -> _T:
    """Return a field that is parsed from a variable's value, stripped, where that isn't empty."""
    return field(default=default, metadata={"variable": variable, "parse": parse})


def _switch(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise _MeaninglessError(text.lower(), "true or false")
    return is_switched_on(text)


def _mirror(text: str) -> str:
    if not is_mirror(text):
        # Not shown: where no URL can be made out, neither can the password in it.
        raise _MeaninglessError("****", MIRROR_FORM)
    return text


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _names(text: str) -> tuple[str, ...]:
    from packaging.utils import canonicalize_name

    return tuple(sorted({canonicalize_name(name) for name in text.replace(",", " ").split()}))


@dataclass(frozen=True)
class Settings:
    """All settings; None and () mean unset.

    Attributes:
        invalid: those whose values mean nothing, and count as not set.
        python_version: as written.
        project_path: the directory of the app, relative to the repository's root.
        package_manager: chooses where the app has files of several.
        tool_versions: other releases of pip, Poetry and uv than the buildpack's, by tool.
        pylock: the lock file of PEP 751, relative to the app.
        pip_requirements: requirements files, relative to the app.
        live_reload: whether the image starts a process that follows changes of the code.
        find_links: directories of the app that have wheels, relative to it.
        strict_linkage: whether a shared library that is missing ends the build.
    """

    clean_build: bool = _setting("BP_CLEAN_BUILD", _switch, default=False)
    compile_app: bool = _setting("BP_COMPILE_APP", _switch, default=False)
    disable_collectstatic: bool = _setting("BP_DISABLE_COLLECTSTATIC", _switch, default=False)
    live_reload: bool = _setting("BP_LIVE_RELOAD_ENABLED", _switch, default=False)
    offline: bool = _setting("BP_OFFLINE", _switch, default=False)
    pip_at_launch: bool = _setting("BP_PIP_AT_LAUNCH", _switch, default=False)
    report: bool = _setting("BP_REPORT", _switch, default=False)
    require_hashes: bool = _setting("BP_REQUIRE_HASHES", _switch, default=False)
    strict_linkage: bool = _setting("BP_STRICT_LINKAGE", _switch, default=False)
    build_command: str | None = _setting("BP_BUILD_COMMAND", str, None)
    conda_channel_alias: str | None = _setting("BP_CONDA_CHANNEL_ALIAS", _mirror, None)
    dependency_mirror: str | None = _setting("BP_DEPENDENCY_MIRROR", _mirror, None)
    extras: tuple[str, ...] = _setting("BP_EXTRAS", _names, ())
    find_links: tuple[str, ...] = _setting("BP_FIND_LINKS", _words, ())
    groups: tuple[str, ...] = _setting("BP_GROUPS", _names, ())
    package_manager: str | None = _setting("BP_PACKAGE_MANAGER", str, None)
    pixi_environment: str | None = _setting("BP_PIXI_ENVIRONMENT", str, None)
    project_path: str | None = _setting("BP_PYTHON_PROJECT_PATH", str, None)
    pip_requirements: tuple[str, ...] = _setting("BP_PIP_REQUIREMENT", _words, ())
    pylock: str | None = _setting("BP_PYLOCK", str, None)
    python_inventory: str | None = _setting("BP_PYTHON_INVENTORY", str, None)
    python_version: str | None = _setting("BP_PYTHON_VERSION", str, None)
    uv_package: str | None = _setting("BP_UV_PACKAGE", str, None)
    web_command: str | None = _setting("BP_WEB_COMMAND", str, None)
    tool_versions: Mapping[str, str] = field(default_factory=dict)
    invalid: tuple[InvalidSetting, ...] = ()

    @property
    def dependency_files(self) -> tuple[str, ...]:
        """The files of dependencies that the user names, relative to the app."""
        return (*self.pip_requirements, *((pylock_file(self.pylock),) if self.pylock else ()))


_FIELDS = tuple(each for each in fields(Settings) if each.metadata)
VARIABLES = tuple(str(each.metadata["variable"]) for each in _FIELDS)
SWITCHES = frozenset(
    str(each.metadata["variable"]) for each in _FIELDS if each.metadata["parse"] is _switch
)


def parse_settings(environment: Mapping[str, str]) -> Settings:
    """Parse the BP_ variables; an empty value counts as not set."""
    values: dict[str, Any] = {}
    invalid = []
    for each in _FIELDS:
        variable = each.metadata["variable"]
        text = environment.get(variable, "").strip()
        try:
            values |= {each.name: each.metadata["parse"](text)} if text else {}
        except _MeaninglessError as error:
            invalid.append(InvalidSetting(variable, error.shown, error.expected))
    versions = {
        match[1].lower(): environment[name].strip()
        for name in environment
        if (match := _TOOL_VERSION.fullmatch(name)) and environment[name].strip()
    }
    return Settings(**values, tool_versions=versions, invalid=tuple(invalid))


def tool_version_variable(tool: str) -> str:
    """Return the variable that chooses the release of a package manager's tool."""
    return f"BP_{tool.upper()}_VERSION"


def check_settings(settings: Settings, tools: Iterable[str]) -> None:
    """Refuse settings that mean nothing; only the build does, since detection explains nothing.

    Args:
        tools: those of package managers. Variables of other buildpacks may look alike.

    Raises:
        InvalidConfigurationError: names all that are wrong.
        UnsupportedPipError: BP_PIP_VERSION is too old.
    """
    versions = settings.tool_versions
    invalid = tuple(
        InvalidSetting(tool_version_variable(tool), versions[tool], "a version such as 26.3")
        for tool in sorted(tools)
        if tool in versions and not is_version(versions[tool])
    )
    if invalid or settings.invalid:
        raise InvalidConfigurationError((*settings.invalid, *invalid))
    if pip := settings.tool_versions.get("pip"):
        from packaging.version import Version

        if Version(pip) < Version(_MINIMUM_PIP):
            raise UnsupportedPipError(pip, _MINIMUM_PIP)


def pylock_file(named: str) -> str:
    """Return the lock file that BP_PYLOCK names, by its path in the app or by its NAME alone."""
    return named if named.endswith(".toml") else f"pylock.{named}.toml"


def is_switched_on(text: str) -> bool:
    """Return whether a switch's value, which is a valid one, means yes."""
    return text.strip().lower() in _TRUE


def is_mirror(text: str) -> bool:
    """Return whether a text is of MIRROR_FORM."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_remote = parts.scheme in {"https", "http"} and bool(parts.hostname)
    return is_remote or (parts.scheme == "file" and bool(parts.path))


def is_version(text: str) -> bool:
    """Return whether a text is a version as PEP 440 has it."""
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
