"""pip's configuration files.

https://pip.pypa.io/en/stable/topics/configuration/#location
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_SYSTEM_FILES = ("/etc/pip.conf",)
_SYSTEM_DIRECTORIES = "/etc/xdg"
_LINKS = ("extra-index-url", "find-links", "index-url")
_SECTIONS = ("global", "install")


def read_pip_configuration(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each file that is there."""
    directories = environment.get("XDG_CONFIG_DIRS") or _SYSTEM_DIRECTORIES
    paths = [Path(directory, "pip", "pip.conf") for directory in directories.split(":")]
    paths += map(Path, _SYSTEM_FILES)
    if home := environment.get("HOME"):
        config_home = environment.get("XDG_CONFIG_HOME") or f"{home}/.config"
        paths += [Path(home, ".pip", "pip.conf"), Path(config_home, "pip", "pip.conf")]
    if named := environment.get("PIP_CONFIG_FILE"):
        paths.append(Path(named))
    for path in paths:
        text = _text(path)
        if text is not None:
            yield str(path), text


def _text(path: Path) -> str | None:
    try:
        # Looked at before it is opened: opening a named pipe waits for a writer.
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    except OSError:
        return None


def configured_find_links(environment: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each file that names directories of wheels for ``pip install``, and what it names.

    Indexes count, which may be directories, too.

    Files that pip can't read either are left to it.
    """
    for path, text in read_pip_configuration(environment):
        # Few files have any, and most builds have no file at all.
        if re.search(r"find|file:", text, re.IGNORECASE) and (links := _find_links(text)):
            yield path, links


def _find_links(text: str) -> tuple[str, ...]:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return ()
    options = [pair for name in _SECTIONS if name in parser for pair in parser.items(name)]
    return tuple(link for name, value in options if _has_links(name) for link in value.split())


def _has_links(name: str) -> bool:
    return name.lower().replace("_", "-").removeprefix("--") in _LINKS
