"""uv: installs what uv.lock has, with uv itself, into the environment of the standard library.

https://docs.astral.sh/uv/concepts/projects/sync/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from python_buildpack.command import CommandResult
from python_buildpack.errors import BuildpackError
from python_buildpack.local_source import tree_digest
from python_buildpack.package_managers.certificates import trusted_certificates
from python_buildpack.package_managers.digests import digest_of
from python_buildpack.package_managers.locked_packages import (
    LockedDependencies,
    LockedPackage,
)
from python_buildpack.package_managers.locks import (
    LockReader,
    OutdatedLockError,
    Table,
    ToolFailedError,
    UnsupportedLockVersionError,
    check_names,
    table_at,
)
from python_buildpack.package_managers.manager import ToolRun
from python_buildpack.package_managers.python_rules import specifiers_rule
from python_buildpack.package_managers.reading import App
from python_buildpack.package_managers.reproducible import reproducible
from python_buildpack.pyproject import PYPROJECT_TOML
from python_buildpack.redaction import redact_url_credentials
from python_buildpack.text_file import parse_toml, read_text_file

LOCK = "uv.lock"
_LOCK_COMMAND = "uv lock"
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
_SECRET_WORDS = ("PASSWORD", "USERNAME", "TOKEN")
_PROJECT_SOURCES = ("editable", "directory", "virtual")
_LOCAL_SOURCES = ("editable", "directory", "path")
# The commit of a repository, in the fragment of its URL.
_COMMIT = re.compile(r"#[0-9a-f]{40}(?:[0-9a-f]{24})?$")


@dataclass(frozen=True)
class UvDependencies(LockedDependencies):
    """What an app locks with uv; ``package`` is a member of the workspace, None for the root."""

    package: str | None

    manager = "uv"
    tool = "uv"
    names = LOCK

    def inputs(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what uv reads, and which member of the workspace is installed."""
        return {**super().inputs(environment), "BP_UV_PACKAGE": digest_of(self.package)}

    def settings(self, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield uv's settings, those of its files outside of the app too; name and digest."""
        for name, value in environment.items():
            is_setting = name.startswith("UV_") and name not in _HARMLESS | _OVERRIDDEN
            if is_setting and value and not any(word in name for word in _SECRET_WORDS):
                yield name, digest_of(redact_url_credentials(value))
        home = environment.get("XDG_CONFIG_HOME") or f"{environment.get('HOME', '')}/.config"
        named = environment.get("UV_CONFIG_FILE", "")
        for file in (f"{home}/uv/uv.toml", "/etc/uv/uv.toml", named):
            try:
                text = Path(file).read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            yield file, digest_of(redact_url_credentials(text))

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
            return OutdatedLockError(LOCK, PYPROJECT_TOML, _LOCK_COMMAND)
        # Imported here: it takes its time, and nearly always, nothing fails.
        from python_buildpack.package_managers.diagnosis.uv import diagnose_uv_failure

        found = diagnose_uv_failure(result.output, python_version, result.exit_status)
        return found or ToolFailedError("uv", LOCK, result.exit_status)


def read(app: App, file: str | None) -> UvDependencies:
    """Read uv.lock, and what pyproject.toml has that can be chosen.

    Raises:
        InvalidTomlError, InvalidLockError, UnsupportedLockVersionError: the lock is no such file.
        UnknownNamesError: a group or extra isn't there.
    """
    reader = LockReader(file or LOCK, _LOCK_COMMAND)
    text = reader.read_text(app.directory)
    document = parse_toml(text, reader.lock)
    version = document.get("version")
    if version != _LOCK_VERSION:
        raise UnsupportedLockVersionError(reader.lock, str(version), str(_LOCK_VERSION))
    items = reader.tables(document.get("package"), "package")
    packages = tuple(
        _package(reader, item, f"package[{index}]") for index, item in enumerate(items)
    )
    members = dict(_members(reader, items))
    configuration = app.configuration
    _check_names(app, _member_pyproject(app.directory, members, configuration.uv_package))
    return UvDependencies(
        app_dir=app.directory,
        packages=packages,
        groups=configuration.groups,
        extras=configuration.extras,
        package=configuration.uv_package,
        files=dict(_file_digests(app.directory, members)),
        tool_requirement=_required_version(app.directory),
        version_sources=specifiers_rule(
            reader.lock,
            "requires-python",
            reader.optional_string(document.get("requires-python"), "requires-python"),
            text,
        ),
    )


def _required_version(app_dir: Path) -> str | None:
    """Return ``tool.uv.required-version``, or the one of uv.toml, as it is written."""
    text = read_text_file(app_dir, "uv.toml")
    if text:
        table: Table = parse_toml(text, "uv.toml")
    else:
        table = table_at(_toml(app_dir, PYPROJECT_TOML), "tool", "uv")
    value = table.get("required-version")
    return value if isinstance(value, str) else None


def _toml(app_dir: Path, path: str) -> Table:
    text = read_text_file(app_dir, path)
    return parse_toml(text, path) if text else {}


def _package(reader: LockReader, item: Table, where: str) -> LockedPackage:
    source = reader.table(item.get("source"), f"{where}.source")
    local = next((source[key] for key in _LOCAL_SOURCES if key in source), None)
    if isinstance(index := source.get("registry"), str) and "://" not in index:
        # A directory of wheels, of which the lock has no hashes.
        local = index
    files = reader.tables(item.get("wheels"), f"{where}.wheels")
    files += [reader.table(item[key], f"{where}.{key}") for key in ("sdist",) if key in item]
    return LockedPackage(
        name=canonicalize_name(reader.string(item.get("name"), f"{where}.name")),
        version=reader.optional_string(item.get("version"), f"{where}.version"),
        artifacts=tuple(_artifact(reader, each, where) for each in files),
        local=reader.optional_string(local, f"{where}.source"),
        needs_hash=not any(key in source for key in _PROJECT_SOURCES)
        and not _COMMIT.search(str(source.get("git", ""))),
    )


def _artifact(reader: LockReader, table: Table, where: str) -> tuple[str, str]:
    url = table.get("url") or table.get("path") or table.get("filename") or ""
    # Archives of a Git repository's or directory's own have no hash.
    return reader.string(url, where), reader.string(table.get("hash") or "", where)


def _members(reader: LockReader, items: Sequence[Table]) -> Iterator[tuple[str, str]]:
    """Yield names and directories of the projects in the app, installed or not."""
    for index, item in enumerate(items):
        source = reader.table(item.get("source"), f"package[{index}].source")
        directory = next((source[key] for key in _PROJECT_SOURCES if key in source), None)
        if directory is not None:
            name = canonicalize_name(reader.string(item.get("name"), f"package[{index}].name"))
            yield name, reader.string(directory, f"package[{index}].source")


def _member_pyproject(
    app_dir: Path, members: Mapping[str, str], member: str | None
) -> tuple[str, Table]:
    """Return the path and contents of the pyproject.toml whose groups and extras are chosen."""
    directory = "."
    if member is not None:
        wanted = canonicalize_name(member)
        check_names("BP_UV_PACKAGE", (wanted,), tuple(members), LOCK)
        directory = members[wanted]
    path = str(PurePosixPath(directory, PYPROJECT_TOML))
    return path, _toml(app_dir, path)


def _check_names(app: App, member: tuple[str, Table]) -> None:
    path, pyproject = member
    groups = [*table_at(pyproject, "dependency-groups")]
    # https://docs.astral.sh/uv/concepts/projects/dependencies/#legacy-dev-dependencies
    groups += ["dev"] if "dev-dependencies" in table_at(pyproject, "tool", "uv") else []
    extras = table_at(pyproject, "project", "optional-dependencies")
    check_names("BP_GROUPS", app.configuration.groups, groups, path)
    check_names("BP_EXTRAS", app.configuration.extras, extras, path)


def _file_digests(app_dir: Path, members: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield names and digests of the files in the app that uv reads."""
    manifests = {str(PurePosixPath(path, PYPROJECT_TOML)) for path in members.values()}
    for path in sorted({LOCK, PYPROJECT_TOML, "uv.toml", *manifests}):
        digest = tree_digest(app_dir / path)
        if digest is not None:
            yield path, digest
