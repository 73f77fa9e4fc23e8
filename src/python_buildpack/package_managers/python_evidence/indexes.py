"""The package indexes that pip will ask, as its configuration, variables and requirements say."""

from __future__ import annotations

import configparser
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from python_buildpack.app.pip_configuration import read_pip_configuration
from python_buildpack.package_managers.pip.requirements_tree import RequirementFiles

_SECTIONS = ("global", "install")
_TRUE = ("1", "true", "yes", "on", "y", "t")
_OPTIONS = ("index-url", "extra-index-url", "no-index")
_DEFAULT_IN_PIP = "pip/_internal/models/index.py"
_DEFAULT = re.compile(r'^PyPI = PackageIndex\(\s*"(?P<url>https://[^"]+)"', re.MULTILINE)


def read_indexes(
    closure: RequirementFiles, environment: Mapping[str, str], pip_wheel: Path
) -> tuple[str, ...]:
    """Return the URLs of the indexes; () where pip asks none, or which is not known.

    Args:
        closure: whose options win.
        pip_wheel: which knows the default.
    """
    options: dict[str, list[str]] = {}
    for name, value in (*_configured(environment), *_of_lines(closure)):
        # Further indexes add up within requirements files alone.
        options.setdefault(name, []).extend(value.split())
    if any(value.lower() in _TRUE for value in options.get("no-index", ())):
        return ()
    named = options.get("index-url")
    main = named[-1:] if named else default_index(pip_wheel)
    urls = (*main, *options.get("extra-index-url", ()))
    return tuple(dict.fromkeys(url for url in urls if url.startswith(("https://", "http://"))))


def default_index(pip_wheel: Path) -> Sequence[str]:
    """Return the index that pip asks where none is set; () where that can't be read."""
    try:
        with zipfile.ZipFile(pip_wheel) as archive:
            text = archive.read(_DEFAULT_IN_PIP).decode()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return ()
    match = _DEFAULT.search(text)
    return (f"{match['url'].rstrip('/')}/simple",) if match else ()


def _configured(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield options of pip's configuration files and variables; what is later wins."""
    for _, text in read_pip_configuration(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        for section in filter(parser.has_section, _SECTIONS):
            for name, value in parser.items(section):
                if (option := name.replace("_", "-")) in _OPTIONS:
                    yield option, value
    for option in _OPTIONS:
        if setting := environment.get(f"PIP_{option.upper().replace('-', '_')}"):
            yield option, setting


def _of_lines(closure: RequirementFiles) -> Iterator[tuple[str, str]]:
    for located in closure.lines:
        for option in located.line.options:
            if (name := option.name.removeprefix("--")) in _OPTIONS:
                yield name, option.value or "true"
