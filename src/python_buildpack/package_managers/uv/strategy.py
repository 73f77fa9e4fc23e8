"""uv: installs what uv.lock has, with uv itself, into the environment of the standard library.

https://docs.astral.sh/uv/concepts/projects/sync/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.app.submodules import check_submodules
from python_buildpack.package_managers.locked_packages import (
    LockedDependencies,
    LockedPackage,
    file_digests,
)
from python_buildpack.package_managers.locks import (
    LockReader,
    LockTable,
    OutdatedLockError,
    ToolFailedError,
    UnsupportedLockVersionError,
    check_names,
)
from python_buildpack.package_managers.protocol import App, ToolRun
from python_buildpack.package_managers.reproducible import reproducible
from python_buildpack.python_version.constraints import from_specifiers
from python_buildpack.system.certificates import trusted_certificates
from python_buildpack.system.command import CommandResult
from python_buildpack.system.digests import digest_of
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.redaction import redact_url_credentials
from python_buildpack.system.text import joined
from python_buildpack.system.text_file import parse_toml
from python_buildpack.system.toml import get_table

_LOCK_VERSION = 1
# What would make uv install elsewhere, otherwise, or with another Python.
_OVERRIDDEN = frozenset(
    {
        *("UV_COMPILE_BYTECODE", "UV_DEV", "UV_FROZEN", "UV_LOCKED", "UV_NO_DEV", "UV_NO_SYNC"),
        *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_WORKING_DIR", "UV_PROJECT"),
    }
)
# How uv behaves, not what it installs.
_HARMLESS = frozenset(
    {
        *("UV_CACHE_DIR", "UV_HTTP_TIMEOUT", "UV_LINK_MODE", "UV_NATIVE_TLS", "UV_NO_CACHE"),
        *("UV_NO_PROGRESS", "UV_CONCURRENT_BUILDS", "UV_CONCURRENT_DOWNLOADS"),
        *("UV_CONCURRENT_INSTALLS", "UV_HTTP_RETRIES", "UV_SYSTEM_CERTS", "UV_INSECURE_HOST"),
    }
)
# The second is the older name.
_DEFAULT_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
_INDEX_NAME = re.compile(r"^[\w-]+=(?=[a-z]+://)")
_SECRET_WORDS = ("PASSWORD", "USERNAME", "TOKEN")
_ROOT = "."
# All that requires-python is written for: what differs in none of them is the same.
_SERIES = ("2.7", *(f"3.{minor}" for minor in range(30)), "4.0")
_PATCHES = 30
_PROJECT_SOURCES = ("editable", "directory", "virtual")
_LOCAL_SOURCES = ("editable", "directory", "path")
# The commit of a repository, in the fragment of its URL.
_COMMIT = re.compile(r"#[0-9a-f]{40}(?:[0-9a-f]{24})?$")


@dataclass(frozen=True)
class UvDependencies(LockedDependencies):
    """What an app locks with uv.

    Attributes:
        package: a member of the workspace, None for the root.
        other_index: how the index of the build differs from those of the lock; "" where it doesn't.
    """

    package: str | None
    other_index: str = ""

    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what uv reads, and which member of the workspace is installed."""
        return {**super().fingerprint(environment), "BP_UV_PACKAGE": digest_of(self.package)}

    def settings(self, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield uv's settings, those of its files outside of the app too; name and digest."""
        for name, value in environment.items():
            is_setting = name.startswith("UV_") and name not in _HARMLESS | _OVERRIDDEN
            if is_setting and value and not any(word in name for word in _SECRET_WORDS):
                yield name, digest_of(redact_url_credentials(value))
        for file, text in self.settings_files(environment):
            yield file, digest_of(redact_url_credentials(text))

    def settings_files(self, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield those files of uv's that are there."""
        home = environment.get("XDG_CONFIG_HOME") or f"{environment.get('HOME', '')}/.config"
        named = environment.get("UV_CONFIG_FILE", "")
        for file in (f"{home}/uv/uv.toml", "/etc/uv/uv.toml", named):
            with suppress(OSError):
                yield file, Path(file).read_text(encoding="utf-8", errors="replace")

    @property
    def arguments(self) -> tuple[str, ...]:
        """``sync``, of what is chosen and nothing else."""
        return (
            *("sync", "--locked", "--no-default-groups", "--no-progress", "--no-python-downloads"),
            *(option for group in self.groups for option in ("--group", group)),
            *(option for extra in self.extras for option in ("--extra", extra)),
            *(("--package", self.package) if self.package else ()),
        )

    def environment(self, run: ToolRun) -> dict[str, str]:
        """Return the variables in which uv installs into the environment that is there."""
        kept = {name: value for name, value in run.environment.items() if name not in _OVERRIDDEN}
        certificates = {"UV_SYSTEM_CERTS": "true"} if trusted_certificates(kept) else {}
        return {
            **certificates,
            **reproducible(kept),
            "UV_CACHE_DIR": str(run.cache_dir),
            # The layer must not share files with the cache.
            "UV_LINK_MODE": "copy",
            "UV_NO_MANAGED_PYTHON": "1",
            "UV_PROJECT_ENVIRONMENT": str(run.venv_dir),
            "UV_PYTHON": str(run.venv_dir / "bin" / "python"),
        }

    def failure(self, result: CommandResult, python_version: str) -> BuildpackError:
        """Tell a lock that is out of date, and what uv's output explains, from anything else."""
        if "needs to be updated, but `--locked`" in result.output:
            lock, command = self.display_name, self.manager.lock_command
            return OutdatedLockError(lock, PYPROJECT_TOML, command, self.other_index)
        from python_buildpack.package_managers.uv.diagnosis import diagnose_uv_failure

        found = diagnose_uv_failure(result.output, python_version, result.exit_status)
        return found or ToolFailedError("uv", self.display_name, result.exit_status)


def read(app: App, file: str | None) -> UvDependencies:
    """Read uv.lock, and what pyproject.toml has that can be chosen.

    Raises:
        InvalidLockError, UnsupportedLockVersionError: the lock is invalid.
        UnknownNamesError: a group or extra isn't there.
    """
    reader = LockReader(file or app.manager.files[0], app.manager.lock_command)
    text = reader.read_text(app.directory)
    document = LockTable(reader, parse_toml(text, reader.lock))
    version = document.values.get("version")
    if version != _LOCK_VERSION:
        raise UnsupportedLockVersionError(reader.lock, str(version), str(_LOCK_VERSION))
    items = document.tables("package")
    packages = tuple(map(_package, items))
    members = dict(_members(items))
    check_submodules(app.directory, members.values(), reader.lock)
    settings = app.settings
    directory = _member_directory(members, settings.uv_package, reader.lock)
    _check_names(app, directory)
    requires_python = document.text("requires-python") or None
    workspace = _workspace(document, members)
    detail = _other_version(app.files, members, packages, reader.lock)
    manifests = (str(PurePosixPath(path, PYPROJECT_TOML)) for path in members.values())
    takes_all = workspace and not settings.uv_package and _ROOT not in workspace.values()
    notice = f"Installing all workspace members: {joined(tuple(workspace))} (to choose one, set BP_UV_PACKAGE)"
    return UvDependencies(
        app_dir=app.directory,
        manager=app.manager,
        packages=packages,
        groups=settings.groups,
        extras=settings.extras,
        package=settings.uv_package,
        other_index=_other_index(app.environment, items, reader.lock),
        start_directory="" if directory == "." else directory,
        notices=(notice,) if takes_all else (),
        outdated=_outdated(reader, app.files, workspace.values(), requires_python, detail),
        files=file_digests(app.directory, (reader.lock, PYPROJECT_TOML, "uv.toml", *manifests)),
        tool_requirement=_required_version(app.files),
        version_sources=from_specifiers(reader.lock, "requires-python", requires_python, text),
    )


def _other_index(environment: Mapping[str, str], items: Iterable[LockTable], lock: str) -> str:
    """Return how the index that a variable names differs from those of a lock, which uv refuses."""
    sources = (item.table("source").values.get("registry") for item in items)
    locked = sorted({_without_login(url) for url in map(str, sources) if "://" in url})
    name = next(filter(environment.get, _DEFAULT_INDEX), None)
    # It may have a name: mirror=https://mirror.example/simple.
    url = _INDEX_NAME.sub("", environment[name]) if name else ""
    if not name or not locked or _without_login(url) in locked:
        return ""
    return f"{name} is set to another index than those of {lock}: {', '.join(locked)}. \
Unset it for the build, or lock with it, too."


def _without_login(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}/{path}".rstrip("/")


def _required_version(files: AppFiles) -> str | None:
    """Return ``tool.uv.required-version``, or the one of uv.toml, as it is written."""
    if files.text("uv.toml"):
        table = files.toml("uv.toml")
    else:
        table = get_table(files.toml(PYPROJECT_TOML), "tool", "uv")
    value = table.get("required-version")
    return value if isinstance(value, str) else None


def _package(item: LockTable) -> LockedPackage:
    source = item.table("source")
    local = next((source.string(key) for key in _LOCAL_SOURCES if key in source.values), None)
    if isinstance(index := source.values.get("registry"), str) and "://" not in index:
        # A directory of wheels, of which the lock has no hashes.
        local = index
    files = [*item.tables("wheels"), *([item.table("sdist")] if "sdist" in item.values else [])]
    return LockedPackage(
        name=canonicalize_name(item.string("name")),
        version=item.text("version") or None,
        artifacts=tuple(map(_artifact, files)),
        local=local,
        needs_hash=not any(key in source.values for key in _PROJECT_SOURCES)
        and not _COMMIT.search(str(source.values.get("git", ""))),
    )


def _artifact(file: LockTable) -> tuple[str, str]:
    # Archives of a Git repository's or directory's own have no hash.
    return file.text("url") or file.text("path") or file.text("filename"), file.text("hash")


def _members(items: Iterable[LockTable]) -> Iterator[tuple[str, str]]:
    """Yield names and directories of the projects in the app, installed or not."""
    for item in items:
        source = item.table("source")
        for key in [key for key in _PROJECT_SOURCES if key in source.values][:1]:
            yield canonicalize_name(item.string("name")), source.string(key)


def _workspace(document: LockTable, projects: Mapping[str, str]) -> dict[str, str]:
    """Return the projects that are locked together; others are dependencies from directories."""
    named = set(map(canonicalize_name, document.table("manifest").strings("members")))
    return {
        name: directory
        for name, directory in projects.items()
        if name in named or directory == _ROOT
    }


def _member_directory(members: Mapping[str, str], member: str | None, lock: str) -> str:
    """Return the directory whose project is installed, relative to the app."""
    if member is None:
        return _ROOT
    wanted = canonicalize_name(member)
    check_names("BP_UV_PACKAGE", (wanted,), tuple(members), lock)
    return str(PurePosixPath(members[wanted]))


def _outdated(
    reader: LockReader,
    files: AppFiles,
    workspace: Iterable[str],
    locked: str | None,
    detail: str,
) -> OutdatedLockError | None:
    """Return the error for a lock of other Pythons than the projects', or with another ``detail``."""
    declared = dict(_declared_pythons(files, workspace))
    if locked is not None and declared and not _are_same(",".join(declared.values()), locked):
        shown = ", ".join(f"{text} in {path}" for path, text in declared.items())
        detail = f"requires-python: {shown}; {locked} in {reader.lock}"
    if not detail:
        return None
    return OutdatedLockError(reader.lock, PYPROJECT_TOML, reader.command or "", detail)


def _other_version(
    files: AppFiles, projects: Mapping[str, str], packages: Iterable[LockedPackage], lock: str
) -> str:
    """Return how a project's own version differs from the lock's, which uv refuses; "" for not."""
    for package in packages:
        directory = projects.get(package.name)
        if directory is None or package.version is None:
            continue
        path = str(PurePosixPath(directory, PYPROJECT_TOML))
        version = get_table(files.toml(path), "project").get("version")
        if isinstance(version, str) and not _is_same_version(version, package.version):
            return f"version of {package.name}: {version} in {path}; {package.version} in {lock}"
    return ""


def _is_same_version(first: str, second: str) -> bool:
    try:
        return Version(first) == Version(second)
    except InvalidVersion:
        # uv says what is wrong with it.
        return True


def _declared_pythons(files: AppFiles, directories: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the files of projects, and their requires-python where they have it."""
    for directory in directories:
        path = str(PurePosixPath(directory, PYPROJECT_TOML))
        text = get_table(files.toml(path), "project").get("requires-python")
        if isinstance(text, str):
            yield path, text


def _are_same(declared: str, locked: str) -> bool:
    """Return whether specifiers have the same first and last Python, which is what uv compares."""
    try:
        specifiers = SpecifierSet(declared), SpecifierSet(locked)
    except InvalidSpecifier:
        return True  # The choice of a Python tells of it.
    if specifiers[0] == specifiers[1]:
        return True
    pythons = [Version(f"{series}.{patch}") for series in _SERIES for patch in range(_PATCHES)]
    first, second = ([*each.filter(pythons)] for each in specifiers)
    return (first[:1], first[-1:]) == (second[:1], second[-1:])


def _check_names(app: App, directory: str) -> None:
    path = str(PurePosixPath(directory, PYPROJECT_TOML))
    pyproject = app.files.toml(path)
    groups = [*get_table(pyproject, "dependency-groups")]
    # https://docs.astral.sh/uv/concepts/projects/dependencies/#legacy-dev-dependencies
    groups += ["dev"] if "dev-dependencies" in get_table(pyproject, "tool", "uv") else []
    extras = get_table(pyproject, "project", "optional-dependencies")
    check_names("BP_GROUPS", app.settings.groups, groups, path)
    check_names("BP_EXTRAS", app.settings.extras, extras, path)
