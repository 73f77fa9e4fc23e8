"""One form for what is installed in a virtual environment, whichever tool installed it.

pip (each release), uv and Poetry write other console scripts, other records, and files for
themselves, for the same distributions.
https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Literal

from installer.scripts import Script

from python_buildpack.environment.local_source import remove_repositories
from python_buildpack.environment.record import (
    Row,
    dist_infos,
    is_complete,
    read_record,
    record_contents,
    recorded,
)
from python_buildpack.environment.resolution import strip_url
from python_buildpack.layers.bytecode.venv import TEST_DIRECTORIES
from python_buildpack.layers.reserved_names import check_reserved_names

_INSTALLER = b"python-buildpack\n"
# Whether it was requested by name, and what uv keeps for itself.
_DROPPED = ("REQUESTED", "uv_build.json", "uv_cache.json")
_SECTIONS: dict[str, Literal["console", "gui"]] = {
    "console_scripts": "console",
    "gui_scripts": "gui",
}
_BIN = "../../../bin/"
_LONGEST_HEADER = 8192
# What ``installer`` writes below the lines that start Python.
_AFTER_HEADER = b"# -*- coding"
# pip adds these when it installs itself, or an old setuptools.
_ADDED_SCRIPT = re.compile(r"(?P<name>pip|easy_install)-?\d+(\.\d+)?")

# Path, digest and size, as strings; a hostile wheel may have fewer or more.
_Rows = dict[str, Row]


def normalize_installed(venv_dir: Path, masked: Callable[[str], str]) -> None:
    """Give every distribution in the environment at ``venv_dir`` the same form for all tools.

    What version control keeps of clones is removed. Nothing outside of the environment is touched,
    whatever a distribution's RECORD says. A distribution without a RECORD that can be read stays as
    it is, but for what may be a credential.

    Args:
        masked: what hides the secrets in a URL.

    Raises:
        OSError: the file system refused.
        ReservedFilesError: what was installed would be taken for the buildpack's.
    """
    # uv locks the environment with it.
    (venv_dir / ".lock").unlink(missing_ok=True)
    for dist_info in dist_infos(venv_dir):
        if dist_info.is_symlink():
            continue
        environment = _Environment(venv_dir, dist_info.parent, masked)
        rows = read_record(dist_info) if _is_file(dist_info / "RECORD") else None
        if rows is None:
            # Without a row, but also without a credential.
            _normalize_direct_url(environment, dist_info, {})
        else:
            _normalize(environment, dist_info, {row[0]: row for row in rows})
    # Where pip and Poetry put the clones of repositories.
    remove_repositories(venv_dir / "src")
    check_reserved_names(venv_dir)


def _normalize(environment: _Environment, dist_info: Path, rows: _Rows) -> None:
    for name in _DROPPED:
        environment.remove(f"{dist_info.name}/{name}")
    environment.write(f"{dist_info.name}/INSTALLER", _INSTALLER, rows)
    _normalize_direct_url(environment, dist_info, rows)
    _normalize_scripts(environment, dist_info, rows)
    _remove_bytecode(environment, rows)
    own = f"{dist_info.name}/RECORD"
    kept = [row for path, row in rows.items() if path != own and environment.has(path)]
    complete = [_complete(environment, row) for row in kept]
    environment.write(own, record_contents([*complete, [own, "", ""]]), {})


class _Environment:
    """The files of an environment by the paths that RECORD has: relative to site-packages."""

    def __init__(self, venv_dir: Path, site_packages: Path, masked: Callable[[str], str]) -> None:
        self._root = os.path.realpath(venv_dir)
        self._site_packages = str(site_packages)
        self._directories: dict[str, str | None] = {}
        self.masked = masked
        self.python = f"{venv_dir}/bin/python"
        # The tag has no flag for a free-threaded build.
        python = site_packages.parent.name.removesuffix("t")
        self.bytecode_suffix = f".{python.replace('python3.', 'cpython-3')}.pyc"

    def file(self, path: str) -> Path | None:
        """Return the regular file at ``path``; None if there is none, or it is outside."""
        place = self._place(path)
        return place if place is not None and _is_file(place) else None

    def has(self, path: str) -> bool:
        """Return whether there is something at ``path``; what is outside isn't looked at."""
        place = self._place(path)
        return place is None or os.path.lexists(place)

    def remove(self, path: str) -> None:
        """Remove the file at ``path``, if it is there."""
        if (file := self.file(path)) is not None:
            file.unlink()

    def write(self, path: str, contents: bytes, rows: _Rows, *, mode: int = 0o644) -> None:
        """Write a file, and its row; what isn't a regular file is unchanged."""
        place = self._place(path)
        if place is None or (os.path.lexists(place) and not _is_file(place)):
            return
        # Not in place: it may be a hard link into the tool's cache.
        place.unlink(missing_ok=True)
        place.write_bytes(contents)
        place.chmod(mode)
        rows[path] = recorded(path, contents)

    def _place(self, path: str) -> Path | None:
        """Return where ``path`` leads; None if that isn't in the environment."""
        if not path or path.startswith("/") or "\0" in path:
            return None
        directory, name = os.path.split(os.path.normpath(f"{self._site_packages}/{path}"))
        if directory not in self._directories:
            self._directories[directory] = self._real(directory)
        real = self._directories[directory]
        return None if real is None else Path(real, name)

    def _real(self, directory: str) -> str | None:
        real = os.path.realpath(directory)
        return real if f"{real}/".startswith(f"{self._root}/") else None


def _normalize_direct_url(environment: _Environment, dist_info: Path, rows: _Rows) -> None:
    """Rewrite direct_url.json: tools order, space and repeat its values in their own way.

    https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
    """
    path = f"{dist_info.name}/direct_url.json"
    file = environment.file(path)
    if file is None:
        return
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return  # whatever it is, it is the distribution's own
    if isinstance(document, dict):
        _strip_url(document, environment.masked)
        if isinstance(archive := document.get("archive_info"), dict):
            _drop_deprecated_hash(archive)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    environment.write(path, text.encode(), rows)


def _strip_url(document: dict[str, object], masked: Callable[[str], str]) -> None:
    """Remove what may be a credential, such as ``?token=…``: the image keeps the file."""
    url = document.get("url")
    if isinstance(url, str):
        with suppress(ValueError):
            document["url"] = masked(strip_url(url))


def _drop_deprecated_hash(archive: dict[str, object]) -> None:
    algorithm, separator, digest = str(archive.pop("hash", "")).partition("=")
    if separator:
        archive.setdefault("hashes", {algorithm: digest})


def _normalize_scripts(environment: _Environment, dist_info: Path, rows: _Rows) -> None:
    """Write the scripts of the entry points, and what runs Python in the wheel's own scripts."""
    scripts = {script.name: script for script in _declared_scripts(dist_info)}
    for path in [path for path in rows if path.startswith(_BIN)]:
        name = path.removeprefix(_BIN)
        added = _ADDED_SCRIPT.fullmatch(name)
        if added is not None and added["name"] in scripts and name not in scripts:
            environment.remove(path)
        elif name not in scripts:
            _normalize_program(environment, path, rows)
    for name, script in scripts.items():
        _, contents = script.generate(environment.python, "posix")
        environment.write(f"{_BIN}{name}", contents, rows, mode=0o755)


def _declared_scripts(dist_info: Path) -> Iterator[Script]:
    """Yield the scripts of entry_points.txt that can be generated."""
    if not _is_file(dist_info / "entry_points.txt"):
        return
    try:
        entry_points = PathDistribution(dist_info).entry_points
    # What importlib makes of text that is none, or of a line without "=".
    except (ValueError, TypeError):
        return
    for entry_point in entry_points:
        match = entry_point.pattern.match(entry_point.value)
        section = _SECTIONS.get(entry_point.group)
        if section is None or match is None or not match["attr"] or not _is_name(entry_point.name):
            continue
        yield Script(entry_point.name, match["module"], match["attr"], section)


def _is_name(text: str) -> bool:
    return text not in ("", ".", "..") and "/" not in text and "\0" not in text


def _normalize_program(environment: _Environment, path: str, rows: _Rows) -> None:
    """Let a script that a tool made run this environment's Python run it in one way.

    Where the path is too long for a kernel, or has a space, uv and Poetry let a shell run it, each in
    its own form; pip doesn't. pip makes every program executable, uv those that are in the wheel.
    """
    file = environment.file(path)
    if file is None:
        return
    file.chmod(0o755)
    python = re.escape(environment.python.encode())
    made = re.compile(rb"#!%b.*\n|#!/bin/sh\n'''exec' .*%b.*\n' '''\n" % (python, python))
    _, script = Script("", "x", "x", "console").generate(environment.python, "posix")
    header = script.partition(_AFTER_HEADER)[0]
    with file.open("rb") as stream:
        start = stream.read(_LONGEST_HEADER)
        found = made.match(start)
        if found is not None and found[0] != header:
            contents = header + start[found.end() :] + stream.read()
            environment.write(path, contents, rows, mode=0o755)


def _remove_bytecode(environment: _Environment, rows: _Rows) -> None:
    """Remove the bytecode that wheels have, for whichever Python, and all rows of bytecode.

    Poetry doesn't install it. What is compiled here takes the place of some of it.
    """
    for path in [path for path in rows if path.endswith(".pyc") and "__pycache__/" in path]:
        file = environment.file(path)
        if file is None:
            continue
        del rows[path]
        if not _is_compiled_here(environment, file):
            file.unlink()
            _remove_empty(file.parent)


def _is_compiled_here(environment: _Environment, bytecode: Path) -> bool:
    source_dir = bytecode.parent.parent
    name = bytecode.name.removesuffix(environment.bytecode_suffix)
    is_source = name != bytecode.name and (source_dir / f"{name}.py").is_file()
    return is_source and TEST_DIRECTORIES.isdisjoint(source_dir.parts)


def _remove_empty(directory: Path) -> None:
    # Where there are sources, the compiler may be about to write there.
    if not any(directory.parent.glob("*.py")):
        with suppress(OSError):
            directory.rmdir()


def _complete(environment: _Environment, row: Row) -> Row:
    file = None if is_complete(row) else environment.file(row[0])
    return row if file is None else recorded(row[0], file.read_bytes())


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
