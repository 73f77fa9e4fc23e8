"""Builds without a network: where wheels are instead, and what keeps every tool from trying.

BP_FIND_LINKS names directories of the app that have wheels. With BP_OFFLINE=true, nothing else has.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from python_buildpack.app.files import AppFiles, open_app
from python_buildpack.app.find_links import check_find_links, local_path
from python_buildpack.app.pip_configuration import configured_find_links
from python_buildpack.app.settings import Settings

DEFAULT_DIRECTORY = "vendor"
_ARCHIVES = (".whl", ".tar.gz")
# The discard port, where nobody listens: what asks for a proxy is refused at once.
_NO_PROXY_THERE = "http://127.0.0.1:9"
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")
# Each may be a directory.
_INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")
_EXCEPTIONS = ("no_proxy", "NO_PROXY")


def apply_find_links_and_offline(
    root: Path, settings: Settings, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return ``environment`` with the directories of wheels, and with the network shut if need be.

    Args:
        root: of the repository.

    Raises:
        DirectorySettingError: a directory isn't there, or not in the repository.
        NoArchiveError: something in one has the name of a distribution, and isn't a file.
        UnreadableWheelsError: one can't be read.
    """
    files = open_app(root, settings.project_path)
    app_dir = files.directory
    directories = _directories(files, settings.find_links)
    own = [_absolute(app_dir, link) for link in environment.get("PIP_FIND_LINKS", "").split()]
    places = (
        ("BP_FIND_LINKS" if settings.find_links else "", directories),
        ("PIP_FIND_LINKS", own),
        *((name, environment.get(name, "").split()) for name in _INDEXES),
        ("UV_FIND_LINKS", environment.get("UV_FIND_LINKS", "").replace(",", " ").split()),
        *configured_find_links(environment),
    )
    for named_by, links in places:
        check_find_links(app_dir, links, named_by)
    found = {"PIP_FIND_LINKS": " ".join((*own, *directories))} if own or directories else {}
    if not settings.offline:
        return {**environment, **found}
    kept = {name: value for name, value in environment.items() if name not in _EXCEPTIONS}
    return {**kept, **found, **_network_shut(directories)}


def _network_shut(directories: tuple[str, ...]) -> dict[str, str]:
    return {
        **{name: _NO_PROXY_THERE for proxy in _PROXIES for name in (proxy, proxy.upper())},
        # Also against --index-url in requirements files.
        "PIP_NO_INDEX": "1",
        "PIP_RETRIES": "0",
        "PIP_PROXY": "",
        "UV_OFFLINE": "1",
        "UV_HTTP_RETRIES": "0",
        # For what builds source distributions: a lock names its own indexes.
        **({"UV_FIND_LINKS": ",".join(directories)} if directories else {}),
        "GIT_ALLOW_PROTOCOL": "file",
        "GIT_SSH_COMMAND": "false",
    }


def _directories(files: AppFiles, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return the absolute paths of those that are named, or of the default one, if it is there."""
    if not named:
        default = files.directory / DEFAULT_DIRECTORY
        return (str(default),) if _has_archives(default) else ()
    for directory in named:
        files.check_directory("BP_FIND_LINKS", directory)
    return tuple(os.path.normpath(files.directory / each) for each in dict.fromkeys(named))


def _absolute(app_dir: Path, link: str) -> str:
    """Return a link such that it means the same in whichever directory a tool is started."""
    path = local_path(app_dir, link)
    return link if path is None else os.path.normpath(path)


def _has_archives(directory: Path) -> bool:
    try:
        return any(path.name.endswith(_ARCHIVES) for path in directory.iterdir())
    except OSError:
        return False
