"""What goes wrong with lock files and what they lock, whichever tool they are of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import parse_toml, read_text_file
from python_buildpack.system.toml import Table, is_table

# A lock of some thousand distributions with all their files is larger than a file of settings.
MAX_LOCK_BYTES = 64 * 1024 * 1024
# Of one distribution. Releases have some hundred files at most.
MAX_HASHES = 1000


@dataclass(eq=False)
class OutdatedLockError(UserError):
    """A lock file doesn't have what the app asks for now."""

    lock: str
    declared_in: str
    command: str
    detail: str | None = None


@dataclass(eq=False)
class MissingLockError(UserError):
    """The app declares its dependencies for a tool that installs from a lock only.

    Attributes:
        reason: what of it only a lock can say; "" where that isn't one thing.
    """

    file: str
    lock: str
    command: str
    reason: str = ""


@dataclass(eq=False)
class InvalidLockError(UserError):
    """A lock file has not the form that its format wants; ``problem`` is what and where.

    Attributes:
        command: what makes it again; None for a file of no one tool.
    """

    lock: str
    problem: str
    command: str | None


@dataclass(eq=False)
class UnsupportedLockVersionError(UserError):
    """A lock file is of a version of its format that the buildpack doesn't know."""

    lock: str
    version: str
    supported: str


@dataclass(eq=False)
class UnknownNamesError(UserError):
    """BP_GROUPS or BP_EXTRAS names what the app doesn't have."""

    setting: str
    unknown: tuple[str, ...]
    known: tuple[str, ...]
    file: str


@dataclass(eq=False)
class ToolFailedError(UserError):
    """A tool failed for a reason that isn't known; its output is in the log."""

    tool: str
    names: str
    exit_status: int


@dataclass(frozen=True)
class LockReader:
    """A lock file that is read; ``command`` makes it again, None for a file of no one tool."""

    lock: str
    command: str | None

    def read_toml(self, app_dir: Path) -> LockTable:
        """Return the whole document.

        Raises:
            MissingLockError: there is none.
        """
        return LockTable(self, parse_toml(self.read_text(app_dir), self.lock))

    def read_text(self, app_dir: Path) -> str:
        """Return the file's text; errors as of ``read_toml``."""
        text = read_text_file(app_dir, self.lock, max_bytes=MAX_LOCK_BYTES)
        if text is None:
            raise MissingLockError(PYPROJECT_TOML, self.lock, self.command or "")
        return text

    def invalid(self, problem: str) -> InvalidLockError:
        """Return the error for a wrong value."""
        return InvalidLockError(self.lock, problem, self.command)


@dataclass(frozen=True)
class LockTable:
    """A table of a lock: a value of another type than it is asked for as is an InvalidLockError.

    Attributes:
        where: it is, such as ``package[3].source``; "" for the whole document.
    """

    reader: LockReader
    values: Table
    where: str = ""

    def table(self, key: str) -> LockTable:
        """Return a table, empty if there is none."""
        return self._table(self._value(key, {}), self._place(key))

    def tables(self, key: str) -> list[LockTable]:
        """Return an array of tables, empty if there is none."""
        return [self._table(item, where) for item, where in self._items(key)]

    def strings(self, key: str) -> list[str]:
        """Return an array of strings, empty if there is none."""
        return [self._string(item, where) for item, where in self._items(key)]

    def string(self, key: str) -> str:
        """Return a string that has to be there."""
        return self._string(self.values.get(key), self._place(key))

    def text(self, key: str) -> str:
        """Return a string, "" if there is none."""
        return self._string(self._value(key, ""), self._place(key))

    def invalid(self, problem: str) -> InvalidLockError:
        """Return the error for what is wrong in it."""
        return self.reader.invalid(f"{self.where} {problem}")

    def _value(self, key: str, default: object) -> object:
        value = self.values.get(key)
        return default if value is None else value

    def _place(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _items(self, key: str) -> Iterator[tuple[object, str]]:
        items, where = self._value(key, []), self._place(key)
        if not isinstance(items, list):
            raise self.reader.invalid(f"{where} is not an array")
        yield from ((item, f"{where}[{index}]") for index, item in enumerate(items))

    def _table(self, value: object, where: str) -> LockTable:
        if not is_table(value):
            raise self.reader.invalid(f"{where} is not a table")
        return LockTable(self.reader, value, where)

    def _string(self, value: object, where: str) -> str:
        if not isinstance(value, str):
            raise self.reader.invalid(f"{where} is not a string")
        return value


def check_names(setting: str, wanted: Collection[str], known: Collection[str], file: str) -> None:
    """Check what BP_GROUPS or BP_EXTRAS asks for; names are compared normalised.

    Raises:
        UnknownNamesError: some of it isn't there.
    """
    normalized = {canonicalize_name(name) for name in known}
    unknown = tuple(name for name in wanted if canonicalize_name(name) not in normalized)
    if unknown:
        raise UnknownNamesError(setting, unknown, tuple(sorted(known)), file)
