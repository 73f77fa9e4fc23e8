"""Names and passwords that are part of the app's source, where package managers read them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from python_buildpack.app.given_secrets import text_secrets
from python_buildpack.package_managers.registry import CONFIGURATIONS, LOCKING, SECONDARY
from python_buildpack.system.redaction import redact_url_credentials
from python_buildpack.system.secrets import Secrets
from python_buildpack.system.text_file import decode_marked, read_small_file

_TOOL_SETTINGS = tuple(each.app_settings for each in LOCKING if each.app_settings)
_LOCKS = (file for each in (*LOCKING, *SECONDARY) for file in each.files)
_NAMES = re.compile(
    r".*requirements.*\.(?:txt|in)|.*constraints.*\.(?:txt|in)"
    r"|pyproject\.toml|setup\.cfg|pip\.(?:conf|ini)|_?\.?netrc|\.pypirc|"
    + "|".join(map(fnmatch.translate, (*_TOOL_SETTINGS, *_LOCKS)))
)
# Any names in these, those above in the app itself; no directory below.
_DIRECTORIES = {
    "requirements": re.compile(r".*\.(?:txt|in)"),
    "constraints": re.compile(r".*\.(?:txt|in)"),
    ".pip": re.compile(r"pip\.conf"),
}
# Files of tools that a build may be told of.
_SETTINGS = (
    *("NETRC", "PIP_CONFIG_FILE"),
    *(each.variable for each in CONFIGURATIONS if not each.is_directory),
)
# A build in which nothing changed takes milliseconds. Locks of a thousand packages are smaller.
_MAX_FILES = 100
_MAX_FILE_BYTES = 4 * 1024 * 1024
_MAX_LINE_LENGTH = 10_000

# What only names a variable, as pip, Pipenv and PDM write it, perhaps after a name for the login.
_VARIABLE = r"(?:\$\{\w+\}|\$[A-Z_][A-Z0-9_]*)"
_VARIABLE_IN_URL = re.compile(rf"://(?:[^/?#\s:@]*:)?{_VARIABLE}@|(?<==){_VARIABLE}")
# Where passwords are not part of a URL.
_PASSWORD = re.compile(r"^(?:.*\s)?[\"']?password[\"']?(?:\s*[=:]|\s)\s*[\"']?[^\s\"'$=:]")
_FILES_WITH_PASSWORDS = re.compile(r"_?\.?netrc|\.pypirc")


@dataclass(frozen=True)
class CommittedCredential:
    """Where one is, and what the log must not show of it."""

    file: str
    line: int
    secrets: Secrets = field(default=Secrets(), repr=False, compare=False)


@dataclass(frozen=True)
class CommittedCredentials:
    """Names, passwords or tokens are part of the app."""

    found: tuple[CommittedCredential, ...]


def credential_files(app_dir: Path, environment: Mapping[str, str]) -> Collection[str]:
    """Return the app's files that may hold credentials by their names, relative to it."""
    return {*_files(app_dir), *_set_files(app_dir, environment)}


def read_texts(app_dir: Path, files: Iterable[str]) -> Mapping[str, str]:
    """Return the text of each file, by path.

    What can't be read, or is too large, is left out: what reads it will explain it.
    """
    return {file: _text(app_dir / file) for file in sorted(set(files))[:_MAX_FILES]}


def find_committed_credentials(texts: Mapping[str, str]) -> tuple[CommittedCredential, ...]:
    """Return the lines that hold credentials, as far as form tells."""
    return tuple(
        CommittedCredential(file, number, text_secrets(line))
        for file, text in sorted(texts.items())
        for number, line in _lines_with_credentials(file, text)
    )


def _files(app_dir: Path) -> Iterator[str]:
    for name in _names(app_dir):
        if _NAMES.fullmatch(name):
            yield name
        elif name in _DIRECTORIES:
            pattern = _DIRECTORIES[name]
            yield from (f"{name}/{each}" for each in _names(app_dir / name) if pattern.match(each))


def _names(directory: Path) -> list[str]:
    try:
        return [path.name for path in directory.iterdir()]
    except OSError:
        return []


def _set_files(app_dir: Path, environment: Mapping[str, str]) -> Iterator[str]:
    for name in _SETTINGS:
        path = app_dir / environment.get(name, "")
        if path != app_dir and path.is_relative_to(app_dir):
            yield str(path.relative_to(app_dir))


def _lines_with_credentials(file: str, text: str) -> Iterator[tuple[int, str]]:
    name = Path(file).name
    has_passwords = name in _TOOL_SETTINGS or _FILES_WITH_PASSWORDS.fullmatch(name) is not None
    # Most locks end here: they have URLs, of which none has a login or a query.
    if not has_passwords and not ("://" in text and ("@" in text or "?" in text)):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if _has_url_credentials(line) or (has_passwords and _PASSWORD.match(line)):
            yield number, line


def _has_url_credentials(line: str) -> bool:
    if "://" not in line or not ("@" in line or "?" in line):
        return False
    text = _VARIABLE_IN_URL.sub(_without_variable, line[:_MAX_LINE_LENGTH])
    return redact_url_credentials(text) != text


def _without_variable(match: re.Match[str]) -> str:
    return "://" if match[0].startswith(":") else ""


def _text(file: Path) -> str:
    contents = read_small_file(file, _MAX_FILE_BYTES)
    return decode_marked(contents) or contents.decode("utf-8", errors="replace")
