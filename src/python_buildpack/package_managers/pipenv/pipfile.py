"""A Pipfile that has no lock: what it asks for, as requirements.

https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.markers import Environment
from packaging.utils import canonicalize_name

from python_buildpack.package_managers.locks import (
    InvalidLockError,
    LockReader,
    LockTable,
    MissingLockError,
    check_names,
)
from python_buildpack.package_managers.pip.requirements_tree import parse_requirement_closure
from python_buildpack.package_managers.pipenv.lock import (
    DEVELOP_NAMES,
    LOCK,
    OTHER_SECTIONS,
    PIPFILE,
    index_options,
    version_sources,
)
from python_buildpack.package_managers.pipenv.manager import PIPENV
from python_buildpack.package_managers.poetry.requirements import requirement_line
from python_buildpack.package_managers.project.strategy import ProjectRequirements
from python_buildpack.package_managers.protocol import App
from python_buildpack.system.redaction import redact_url_credentials
from python_buildpack.system.toml import Table, get_table, is_table

_OTHER_REPOSITORIES = frozenset({"bzr", "hg", "svn"})


def read(app: App) -> ProjectRequirements:
    """Read a Pipfile.

    Raises:
        MissingLockError: only a lock can say what it asks for; or Pipenv was chosen.
        UnknownNamesError: a group isn't there; or extras are requested, which Pipenv doesn't have.
    """
    if app.settings.package_manager:
        raise MissingLockError(PIPFILE, LOCK, PIPENV.lock_command)
    pipfile = app.files.toml(PIPFILE)
    groups = _groups(pipfile)
    check_names("BP_EXTRAS", app.settings.extras, (), PIPFILE)
    check_names("BP_GROUPS", app.settings.groups, tuple(groups), PIPFILE)
    reader = LockReader(PIPFILE, PIPENV.lock_command)
    meta = LockTable(
        reader, {"sources": pipfile.get("source"), "requires": pipfile.get("requires")}, "_meta"
    )
    sections = dict.fromkeys(("packages", *(groups[each] for each in app.settings.groups)))
    try:
        options = tuple(index_options(meta, app.environment))
        lines = [line for each in sections for line in _lines(LockTable(reader, pipfile), each)]
        sources = version_sources(meta, app.files)
    except InvalidLockError as error:
        reason = redact_url_credentials(error.problem)
        raise MissingLockError(PIPFILE, LOCK, PIPENV.lock_command, reason) from None
    text = "".join(f"{line}\n" for line in (*options, *lines)) if lines else ""
    return ProjectRequirements(
        app_dir=app.directory,
        files=(PIPFILE,),
        closure=parse_requirement_closure(text, PIPFILE),
        manager=app.manager,
        text=text,
        version_sources=sources,
        choices=tuple(groups),
        lock_command=PIPENV.lock_command,
    )


def _groups(pipfile: Table) -> dict[str, str]:
    """Return the section of each group that BP_GROUPS may name, by its normalised name."""
    names = (*DEVELOP_NAMES, "develop") if "dev-packages" in pipfile else ()
    groups = dict.fromkeys(names, "dev-packages")
    groups |= {canonicalize_name(name): name for name in pipfile if name not in OTHER_SECTIONS}
    return groups


def _lines(pipfile: LockTable, section: str) -> Iterator[str]:
    reader, sources = pipfile.reader, pipfile.tables("source")
    first = sources[0].values.get("name") if sources else None
    for name, value in get_table(pipfile.values, section).items():
        entry = value if is_table(value) else {"version": value}
        if entry.get("index", first) != first:
            raise reader.invalid(f"{name}: it is from the source {entry['index']} alone")
        if not _OTHER_REPOSITORIES.isdisjoint(entry):
            raise reader.invalid(f"{name}: its repository isn't one of Git")
        try:
            yield requirement_line(name, _as_poetry_writes_it(entry))
        except InvalidLockError as error:
            raise reader.invalid(f"{name}: {error.problem}") from None


def _as_poetry_writes_it(entry: Table) -> Table:
    markers = [f"{key} {entry[key]}" for key in Environment.__annotations__ if key in entry]
    markers += [f"({entry['markers']})"] if "markers" in entry else []
    file = entry.get("file")
    is_url = isinstance(file, str) and "://" in file
    return {
        **entry,
        "markers": " and ".join(markers) or None,
        "rev": entry.get("ref"),
        "develop": entry.get("editable"),
        "file": None if is_url else file,
        "url": file if is_url else entry.get("url"),
    }
