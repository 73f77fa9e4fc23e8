"""Poetry: installs what poetry.lock has, with Poetry itself.

https://python-poetry.org/docs/cli/#sync
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli
from packaging.utils import canonicalize_name

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.package_managers.locked_packages import (
    LockedDependencies,
    LockedPackage,
    file_digests,
)
from python_buildpack.package_managers.locks import (
    LockReader,
    LockTable,
    MissingLockError,
    OutdatedLockError,
    ToolFailedError,
    UnsupportedLockVersionError,
    check_names,
)
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.poetry.project import (
    LOCK,
    group_tables,
    is_package_mode,
    missing_package,
    missing_package_notice,
    poetry_table,
    python_sources,
)
from python_buildpack.package_managers.protocol import App, ToolRun
from python_buildpack.package_managers.reproducible import reproducible
from python_buildpack.python_version.constraints import poetry_specifiers
from python_buildpack.system.certificates import trusted_certificates
from python_buildpack.system.command import CommandResult
from python_buildpack.system.digests import digest_of
from python_buildpack.system.errors import BuildpackError, UserError
from python_buildpack.system.redaction import redact_url_credentials
from python_buildpack.system.toml import Table, get_table

_LOCK_VERSIONS = ("1", "2")
_LOCAL_TYPES = ("directory", "file")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# How Poetry behaves, not what it installs; and those that would make it install elsewhere.
_IGNORED = (
    *("POETRY_CACHE_DIR", "POETRY_CONFIG_DIR", "POETRY_KEYRING_", "POETRY_REQUESTS_"),
    "POETRY_VIRTUALENVS_",
)
_SECRETS = ("POETRY_HTTP_BASIC_", "POETRY_PYPI_TOKEN_", "POETRY_CERTIFICATES_")
_SECRET_TABLES = frozenset({"certificates", "http-basic", "pypi-token"})


@dataclass(eq=False)
class NoPackageToInstallError(UserError):
    """Poetry finds no package of the project's name, which it is to install."""


@dataclass(frozen=True)
class PoetryDependencies(LockedDependencies):
    """What an app locks with Poetry; the project itself is one of the packages.

    Attributes:
        left_out: the groups that aren't installed, of an app that depends on nothing itself; None
            for one that does.
        missing_package: what the project is named after, where it isn't there to be installed.
    """

    left_out: tuple[str, ...] | None = None
    missing_package: str | None = None

    @property
    def needs_index(self) -> bool:
        """Whether packages are installed that aren't files of the app."""
        chosen = {"main", *self.groups}
        return any(
            each.local is None and each.artifacts and chosen.intersection(each.groups)
            for each in self.packages
        )

    def settings(self, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield Poetry's settings; name and digest."""
        for name, value in environment.items():
            is_setting = name.startswith("POETRY_") and not name.startswith((*_IGNORED, *_SECRETS))
            if is_setting and value:
                yield name, digest_of(redact_url_credentials(value))
        for file, settings in self.settings_files(environment):
            yield file, digest_of(settings)

    def settings_files(self, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield what is in Poetry's, not where it is: a binding is elsewhere in each build."""
        if settings := _own_settings(environment.get("POETRY_CONFIG_DIR", "")):
            yield "config.toml", settings

    @property
    def arguments(self) -> tuple[str, ...]:
        """``sync``, of what is chosen and nothing else."""
        return (
            *("sync", "--no-interaction", "--no-ansi"),
            *self._group_options,
            *(option for extra in self.extras for option in ("--extras", extra)),
            *(("--no-root",) if self.missing_package else ()),
        )

    @property
    def _group_options(self) -> tuple[str, ...]:
        if self.left_out is None:
            return ("--only", ",".join(("main", *self.groups)))
        # Without dependencies of its own, a project has no group "main" that could be named.
        chosen = {"--with": self.groups, "--without": self.left_out}
        return tuple(
            argument
            for option in chosen
            if chosen[option]
            for argument in (option, ",".join(chosen[option]))
        )

    def environment(self, run: ToolRun) -> dict[str, str]:
        """Return the variables in which Poetry installs into the environment that is there."""
        kept = {
            name: value
            for name, value in run.environment.items()
            if not name.startswith("POETRY_VIRTUALENVS_")
        }
        certificates = trusted_certificates(kept)
        return {
            **({"REQUESTS_CA_BUNDLE": certificates} if certificates else {}),
            **reproducible(kept),
            "POETRY_CACHE_DIR": str(run.cache_dir),
            # VIRTUAL_ENV is the one that is there.
            "POETRY_VIRTUALENVS_CREATE": "false",
            "VIRTUAL_ENV": str(run.venv_dir),
        }

    def failure(self, result: CommandResult, python_version: str) -> BuildpackError:
        """Tell what is known to go wrong from anything else."""
        if "pyproject.toml changed significantly since" in result.output:
            return OutdatedLockError(LOCK, PYPROJECT_TOML, POETRY.lock_command)
        if "No file/folder found for package" in result.output:
            return NoPackageToInstallError()
        from python_buildpack.package_managers.poetry.diagnosis import diagnose_poetry_failure

        found = diagnose_poetry_failure(result.output, python_version, result.exit_status)
        return found or ToolFailedError("Poetry", LOCK, result.exit_status)


def read(app: App, file: str | None) -> PoetryDependencies:
    """Read poetry.lock, and what pyproject.toml has that can be chosen.

    Raises:
        MissingLockError: there is a pyproject.toml alone.
        InvalidLockError, UnsupportedLockVersionError: the lock is invalid.
        UnknownNamesError: a group or extra isn't there.
    """
    if file == PYPROJECT_TOML:
        raise MissingLockError(PYPROJECT_TOML, LOCK, POETRY.lock_command)
    reader = LockReader(LOCK, POETRY.lock_command)
    document = reader.read_toml(app.directory)
    metadata = document.table("metadata")
    version = metadata.string("lock-version")
    if version.partition(".")[0] not in _LOCK_VERSIONS:
        raise UnsupportedLockVersionError(reader.lock, version, "1 and 2")
    pyproject = app.files.toml(PYPROJECT_TOML)
    poetry = poetry_table(pyproject)
    groups = [*get_table(pyproject, "dependency-groups"), *group_tables(pyproject)]
    extras = [
        *get_table(pyproject, "project", "optional-dependencies"),
        *get_table(poetry, "extras"),
    ]
    check_names("BP_GROUPS", app.settings.groups, groups, PYPROJECT_TOML)
    check_names("BP_EXTRAS", app.settings.extras, extras, PYPROJECT_TOML)
    # Locks of Poetry before 1.5 list all files at the end.
    files = metadata.table("files")
    packages = [_package(item, files) for item in document.tables("package")]
    is_package = is_package_mode(pyproject)
    missing = missing_package(app.directory, pyproject) if is_package else None
    if is_package and not missing:
        packages.append(LockedPackage("", None, (), ".", needs_hash=False))
    return PoetryDependencies(
        app_dir=app.directory,
        manager=app.manager,
        notices=(missing_package_notice(missing),) if missing else (),
        packages=tuple(packages),
        groups=app.settings.groups,
        extras=app.settings.extras,
        left_out=None
        if _depends(pyproject)
        else tuple(sorted({*map(canonicalize_name, groups)}.difference(app.settings.groups))),
        files=file_digests(app.directory, (LOCK, PYPROJECT_TOML, "poetry.toml")),
        tool_requirement=_tool_requirement(poetry),
        version_sources=python_sources(app.files),
        missing_package=missing,
    )


def _depends(pyproject: Table) -> bool:
    """Return whether a project depends on anything outside of its groups."""
    poetry, project = get_table(pyproject, "tool", "poetry"), get_table(pyproject, "project")
    return any(
        (
            poetry.get("dependencies"),
            project.get("dependencies"),
            project.get("optional-dependencies"),
        )
    )


def _own_settings(config_dir: str) -> str:
    """Return what Poetry's config.toml in ``config_dir`` has, without credentials; "" for none."""
    try:
        document = tomli.loads(Path(config_dir, "config.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""  # where it isn't TOML, Poetry tells
    kept = {name: document[name] for name in sorted(document.keys() - _SECRET_TABLES)}
    return redact_url_credentials(str(kept)) if config_dir and kept else ""


def _tool_requirement(poetry: Table) -> str | None:
    """Return ``requires-poetry`` as specifiers, or as written where it isn't understood."""
    text = (_string(poetry.get("requires-poetry")) or "").strip()
    # Poetry itself checks alternatives, which specifiers don't have.
    if text == "*" or "|" in text:
        return None
    specifiers = poetry_specifiers(text)
    return (str(specifiers) if specifiers is not None else text) or None


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _package(item: LockTable, all_files: LockTable) -> LockedPackage:
    source = item.table("source")
    is_local = source.values.get("type") in _LOCAL_TYPES
    name, version = item.string("name"), item.string("version")
    has_files = "files" in item.values
    files = item.tables("files") if has_files else all_files.tables(name)
    artifacts = [(each.string("file"), each.string("hash")) for each in files]
    if not has_files:
        # There may be several versions, for one Python each.
        artifacts = [each for each in artifacts if f"-{version}" in each[0]]
    return LockedPackage(
        name=canonicalize_name(name),
        version=version,
        artifacts=tuple(artifacts),
        local=source.string("url") if is_local else None,
        needs_hash=source.values.get("type") != "directory"
        and not _COMMIT.fullmatch(str(source.values.get("resolved_reference", ""))),
        groups=tuple(map(str, groups))
        if isinstance(groups := item.values.get("groups"), list)
        else (),
    )
