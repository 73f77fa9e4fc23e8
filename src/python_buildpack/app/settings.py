"""The buildpack's own settings: the variables that begin with BP_."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from python_buildpack.system.errors import UserError

_TOOL_VERSION = re.compile("BP_(?!PYTHON_)([A-Z]+)_VERSION")
SWITCHES = (
    "BP_CLEAN_BUILD",
    "BP_COMPILE_APP",
    "BP_DISABLE_COLLECTSTATIC",
    "BP_LIVE_RELOAD_ENABLED",
    "BP_OFFLINE",
    "BP_PIP_AT_LAUNCH",
    "BP_REPORT",
    "BP_REQUIRE_HASHES",
    "BP_STRICT_LINKAGE",
)
_TEXTS = (
    "BP_DEPENDENCY_MIRROR",
    "BP_EXTRAS",
    "BP_FIND_LINKS",
    "BP_GROUPS",
    "BP_PACKAGE_MANAGER",
    "BP_PIP_REQUIREMENT",
    "BP_PYLOCK",
    "BP_PYTHON_INVENTORY",
    "BP_PYTHON_VERSION",
    "BP_UV_PACKAGE",
    "BP_WEB_COMMAND",
)
# The first with --group, which installs dependency groups.
_MINIMUM_PIP = "25.1"
VARIABLES = (*_TEXTS, *SWITCHES)
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


@dataclass(frozen=True)
class Settings:
    """All settings; None and () stand for what isn't set.

    Attributes:
        invalid: those whose values mean nothing, and count as not set.
        python_version: as written.
        python_inventory: path of another inventory file.
        dependency_mirror: URL that replaces scheme and host of download URLs.
        package_manager: chooses where the app has files of several.
        tool_versions: other releases of pip, Poetry and uv than the buildpack's, by tool.
        groups: dependency groups that are installed too.
        extras: extras of the app's own project that are installed too.
        uv_package: the member of a uv workspace that is installed.
        pylock: the lock file of PEP 751, relative to the app.
        pip_requirements: requirements files, relative to the app.
        pip_at_launch: whether the run image gets pip too.
        clean_build: whether the environment is made anew, whatever was before.
        web_command: stands for the Procfile's web process.
        live_reload: whether the image starts a process that follows changes of the code.
        disable_collectstatic: whether Django's static files are left alone.
        compile_app: whether the app's own code is compiled to bytecode.
        find_links: directories of the app that have wheels, relative to it.
        offline: whether the build may not use the network.
        report: whether the image gets a report of its build.
        require_hashes: whether what has no hash is refused.
        strict_linkage: whether a shared library that is missing ends the build.
    """

    python_version: str | None = None
    python_inventory: str | None = None
    dependency_mirror: str | None = None
    package_manager: str | None = None
    tool_versions: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    uv_package: str | None = None
    pylock: str | None = None
    pip_requirements: tuple[str, ...] = ()
    pip_at_launch: bool = False
    clean_build: bool = False
    web_command: str | None = None
    live_reload: bool = False
    disable_collectstatic: bool = False
    compile_app: bool = False
    find_links: tuple[str, ...] = ()
    report: bool = False
    require_hashes: bool = False
    strict_linkage: bool = False
    offline: bool = False
    invalid: tuple[InvalidSetting, ...] = ()

    @property
    def dependency_files(self) -> tuple[str, ...]:
        """The files of dependencies that the user names, relative to the app."""
        return (*self.pip_requirements, *((pylock_file(self.pylock),) if self.pylock else ()))


def parse_settings(environment: Mapping[str, str]) -> Settings:
    """Parse the BP_ variables; an empty value counts as not set."""

    def text(name: str) -> str | None:
        return environment.get(name, "").strip() or None

    versions = {
        match[1].lower(): environment[name].strip()
        for name in environment
        if (match := _TOOL_VERSION.fullmatch(name))
    }
    mirror = text("BP_DEPENDENCY_MIRROR")
    switches = {name: environment.get(name, "").strip().lower() for name in SWITCHES}
    problems = [
        InvalidSetting(name, value, "true or false")
        for name, value in switches.items()
        if value not in _TRUE | _FALSE
    ]
    if mirror and not is_mirror(mirror):
        # Not shown: where no URL can be made out, neither can the password in it.
        problems.append(InvalidSetting("BP_DEPENDENCY_MIRROR", "****", MIRROR_FORM))
    return Settings(
        python_version=text("BP_PYTHON_VERSION"),
        python_inventory=text("BP_PYTHON_INVENTORY"),
        dependency_mirror=mirror,
        package_manager=text("BP_PACKAGE_MANAGER"),
        tool_versions={tool: version for tool, version in versions.items() if version},
        groups=_names(environment.get("BP_GROUPS", "")),
        extras=_names(environment.get("BP_EXTRAS", "")),
        uv_package=text("BP_UV_PACKAGE"),
        pylock=text("BP_PYLOCK"),
        pip_requirements=tuple(environment.get("BP_PIP_REQUIREMENT", "").split()),
        pip_at_launch=switches["BP_PIP_AT_LAUNCH"] in _TRUE,
        clean_build=switches["BP_CLEAN_BUILD"] in _TRUE,
        web_command=text("BP_WEB_COMMAND"),
        live_reload=switches["BP_LIVE_RELOAD_ENABLED"] in _TRUE,
        disable_collectstatic=switches["BP_DISABLE_COLLECTSTATIC"] in _TRUE,
        compile_app=switches["BP_COMPILE_APP"] in _TRUE,
        find_links=tuple(environment.get("BP_FIND_LINKS", "").split()),
        report=switches["BP_REPORT"] in _TRUE,
        require_hashes=switches["BP_REQUIRE_HASHES"] in _TRUE,
        strict_linkage=switches["BP_STRICT_LINKAGE"] in _TRUE,
        offline=switches["BP_OFFLINE"] in _TRUE,
        invalid=tuple(problems),
    )


def tool_version_variable(tool: str) -> str:
    """Return the variable that chooses the release of a package manager's tool."""
    return f"BP_{tool.upper()}_VERSION"


def check_settings(settings: Settings, tools: Iterable[str]) -> None:
    """Refuse settings that mean nothing; only the build does, since detection explains nothing.

    Args:
        settings: as they were parsed.
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
    """Tell whether a switch's value, which is a valid one, means yes."""
    return text.strip().lower() in _TRUE


def _names(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    # Imported here, as below: detection, which takes milliseconds, parses the settings too.
    from packaging.utils import canonicalize_name

    return tuple(sorted({canonicalize_name(name) for name in text.replace(",", " ").split()}))


def is_mirror(text: str) -> bool:
    """Tell whether a text is of MIRROR_FORM."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_remote = parts.scheme in {"https", "http"} and bool(parts.hostname)
    return is_remote or (parts.scheme == "file" and bool(parts.path))


def is_version(text: str) -> bool:
    """Tell whether a text is a version as PEP 440 has it."""
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
