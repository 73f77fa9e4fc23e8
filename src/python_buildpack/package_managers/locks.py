"""What goes wrong with lock files and what they lock, whichever tool they are of."""

from __future__ import annotations

from collections.abc import Collection
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
    """Reads values of a lock file, and says where one has the wrong type."""

    lock: str
    command: str | None

    def read_toml(self, app_dir: Path) -> Table:
        """Return the whole document.

        Raises:
            UnreadableFileError, NotUtf8Error, InvalidTomlError: it can't be read.
            MissingLockError: there is none.
        """
        return parse_toml(self.read_text(app_dir), self.lock)

    def read_text(self, app_dir: Path) -> str:
        """Return the file's text; errors as of ``read_toml``."""
        text = read_text_file(app_dir, self.lock, max_bytes=MAX_LOCK_BYTES)
        if text is None:
            raise MissingLockError(PYPROJECT_TOML, self.lock, self.command or "")
        return text

    def table(self, value: object, where: str) -> Table:
        """Return a table; {} for None."""
        if value is None:
            return {}
        if not is_table(value):
            raise self.invalid(f"{where} is not a table")
        return value

    def tables(self, value: object, where: str) -> list[Table]:
        """Return an array of tables; [] for None."""
        items = self._array(value, where)
        return [self.table(item, f"{where}[{index}]") for index, item in enumerate(items)]

    def strings(self, value: object, where: str) -> list[str]:
        """Return an array of strings; [] for None."""
        items = self._array(value, where)
        return [self.string(item, f"{where}[{index}]") for index, item in enumerate(items)]

    def string(self, value: object, where: str) -> str:
        """Return a string."""
        if not isinstance(value, str):
            raise self.invalid(f"{where} is not a string")
        return value

    def optional_string(self, value: object, where: str) -> str | None:
        """Return a string or None."""
        return None if value is None else self.string(value, where)

    def invalid(self, problem: str) -> InvalidLockError:
        """Return the error for a wrong value."""
        return InvalidLockError(self.lock, problem, self.command)

    def _array(self, value: object, where: str) -> list[object]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.invalid(f"{where} is not an array")
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
