"""What Pipfile.lock has, pip installs; Pipenv itself isn't needed.

https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from packaging.pylock import Package
from packaging.utils import canonicalize_name

from python_buildpack.app.files import AppFiles
from python_buildpack.package_managers.lock.dependencies import LockDependencies
from python_buildpack.package_managers.lock.packages import (
    lock_digest,
    lock_of,
    merged,
    read_package,
)
from python_buildpack.package_managers.lock.pylock_requirements import index_lines
from python_buildpack.package_managers.locks import (
    LockReader,
    LockTable,
    OutdatedLockError,
    UnsupportedLockVersionError,
    check_names,
)
from python_buildpack.package_managers.pip.inputs import setting_inputs
from python_buildpack.package_managers.pipenv.manager import PIPENV
from python_buildpack.package_managers.protocol import App
from python_buildpack.python_version.constraints import version_rule
from python_buildpack.python_version.sources import VersionSource
from python_buildpack.system.text_file import InvalidTomlError
from python_buildpack.system.toml import Table, is_table

PIPFILE = "Pipfile"
LOCK = "Pipfile.lock"
_SPEC = 6
# The lock says "develop" for what the Pipfile calls "dev-packages".
DEVELOP_NAMES = ("dev-packages", "dev")
_DEFAULT_SOURCE = "pypi"
_ANY_VERSION = "*"
# Sections of the Pipfile that aren't categories, for its hash.
OTHER_SECTIONS = (
    *("source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv"),
    *("default", "develop"),
)


def read(app: App) -> LockDependencies:
    """Read Pipfile.lock.

    Raises:
        MissingLockError: there is none.
        InvalidLockError, UnsupportedLockVersionError: the lock is invalid.
        OutdatedLockError: the Pipfile has changed since.
        UnknownNamesError: a group isn't there; or extras are requested, which Pipenv doesn't have.
    """
    reader = LockReader(LOCK, PIPENV.lock_command)
    lock = _parse(reader, reader.read_text(app.directory))
    meta = lock.table("_meta")
    _check_spec(meta)
    check_names("BP_EXTRAS", app.settings.extras, (), PIPFILE)
    categories = _categories(lock.values, app.settings.groups)
    _check_hash(meta, app.files)
    found = (each for category in categories for each in _packages(lock, category))
    pylock = lock_of(merged(found), app.manager.name)
    options = tuple(index_options(meta, app.environment))
    return LockDependencies(
        app_dir=app.directory,
        manager=app.manager,
        file=LOCK,
        lock=pylock,
        digest=lock_digest(pylock, options),
        groups=app.settings.groups,
        extras=(),
        option_lines=options,
        version_sources=version_sources(meta, app.files),
    )


def _parse(reader: LockReader, text: str) -> LockTable:
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise reader.invalid(f"it is not valid JSON ({where}: {error.msg})") from error
    except (ValueError, RecursionError) as error:
        # Numbers of thousands of digits, and tables nested thousands deep.
        raise reader.invalid("it has values that can't be read") from error
    if not is_table(document):
        raise reader.invalid("it is not a table")
    return LockTable(reader, document)


def _check_spec(meta: LockTable) -> None:
    spec = meta.values.get("pipfile-spec")
    if not isinstance(spec, int):
        raise meta.reader.invalid("_meta.pipfile-spec is not an integer")
    if spec != _SPEC:
        raise UnsupportedLockVersionError(LOCK, str(spec), str(_SPEC))


def _categories(lock: Table, groups: Sequence[str]) -> list[str]:
    """Return the keys of the lock's categories that are installed; the default one first."""
    others = [key for key in lock if key not in ("_meta", "default")]
    known = {canonicalize_name(key): key for key in others}
    if "develop" in known:
        known |= {canonicalize_name(name): "develop" for name in DEVELOP_NAMES}
    names = [key for key in others if key != "develop"]
    names += ["develop", *DEVELOP_NAMES] if "develop" in known else []
    check_names("BP_GROUPS", groups, names, LOCK)
    chosen = [known[canonicalize_name(group)] for group in groups]
    return list(dict.fromkeys(["default", *chosen]))


def version_sources(meta: LockTable, files: AppFiles) -> tuple[VersionSource, ...]:
    """Return the Python that the Pipfile asks for; of two versions, the more exact one."""
    requires = meta.table("requires")
    document = files.text(PIPFILE)
    # The lock repeats what the Pipfile has, which may be kept from the build.
    file = PIPFILE if document is not None else meta.reader.lock
    for key in ("python_full_version", "python_version"):
        if version := requires.text(key):
            return version_rule(file, f"requires.{key}", version, document or "")
    return ()


def _check_hash(meta: LockTable, files: AppFiles) -> None:
    """Check that the lock is of the Pipfile as it is now; without a Pipfile, it may be."""
    if files.text(PIPFILE) is None:
        return
    locked = meta.table("hash").values.get("sha256")
    # A Pipfile without sources stands for one with the default, which the lock has.
    if locked not in _pipfile_hashes(files.toml(PIPFILE), meta.values.get("sources", [])):
        raise OutdatedLockError(LOCK, PIPFILE, PIPENV.lock_command)


def _pipfile_hashes(pipfile: Table, default_sources: object) -> tuple[str, str]:
    """Return what Pipenv may write into the lock to tell whether the Pipfile has changed since.

    Releases of 2026 normalise the names of packages first.

    https://github.com/sarugaku/plette/blob/2.4.0/src/plette/pipfiles.py
    """
    meta = {
        "sources": pipfile.get("source", default_sources),
        "requires": pipfile.get("requires", {}),
    }
    categories = {
        "default": pipfile.get("packages", {}),
        "develop": pipfile.get("dev-packages", {}),
        **{name: value for name, value in pipfile.items() if name not in OTHER_SECTIONS},
    }
    normalized = {name: _normalized(category) for name, category in categories.items()}
    return _hash({"_meta": meta, **categories}), _hash({"_meta": meta, **normalized})


def _normalized(category: object) -> object:
    if not isinstance(category, dict):
        return category
    return {canonicalize_name(name): value for name, value in category.items()}


def _hash(content: Table) -> str:
    try:
        written = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    except RecursionError as error:
        raise InvalidTomlError(PIPFILE, None, None, "tables are nested too deeply") from error
    return hashlib.sha256(written.encode()).hexdigest()


def _packages(lock: LockTable, category: str) -> Iterator[Package]:
    packages = lock.table(category)
    for name, value in packages.values.items():
        # Locks of old versions have "==1.0" only.
        where = f"{category}.{name}"
        is_version = isinstance(value, str)
        entry = (
            LockTable(lock.reader, {"version": value}, where)
            if is_version
            else packages.table(name)
        )
        # What the computer that locked has no use for, by its marker, is listed without a version.
        version = entry.text("version")
        known = "" if version == _ANY_VERSION else version.removeprefix("==")
        yield read_package(
            replace(entry, values={**entry.values, "version": known}),
            name=name,
            marker=entry.text("markers"),
            hashes=entry.strings("hashes"),
        )


def index_options(meta: LockTable, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield lines for the lock's sources that pip has to be told of."""
    for index, source in enumerate(meta.tables("sources")):
        url = source.string("url")
        # A new Pipfile has this source. Nobody chose it, so that a mirror in pip's own settings,
        # as closed networks have it, comes first.
        is_default = index == 0 and source.values.get("name") == _DEFAULT_SOURCE
        if is_default and _configures_pip(environment):
            continue
        option = "--extra-index-url" if index else "--index-url"
        yield from index_lines(option, url, verify_ssl=source.values.get("verify_ssl") is not False)


def _configures_pip(environment: Mapping[str, str]) -> bool:
    """Return whether pip's settings may name an index: by a variable, or in a file."""
    inputs = setting_inputs(environment)
    names = ("PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_CONFIG_FILE")
    return any(name in names or name.startswith("/") for name in inputs)
