"""Variables and files by which other builders are told what this one is told in another way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.system.output import Output

# Paketo's, Heroku's and Google's, which mean the same.
_SAME = MappingProxyType(
    {
        "BP_CPYTHON_VERSION": "BP_PYTHON_VERSION",
        "BP_PIP_DEST_PATH": "BP_FIND_LINKS",
        "BP_PIP_FIND_LINKS": "BP_FIND_LINKS",
        "DISABLE_COLLECTSTATIC": "BP_DISABLE_COLLECTSTATIC",
        "GOOGLE_ENTRYPOINT": "BP_WEB_COMMAND",
        "GOOGLE_PYTHON_PACKAGE_MANAGER": "BP_PACKAGE_MANAGER",
        "GOOGLE_PYTHON_VERSION": "BP_PYTHON_VERSION",
    }
)
_UNREAD = MappingProxyType(
    {
        "Aptfile": "list its packages in project.toml, for heroku/deb-packages",
        "bin/pre_compile": "add what it installs to the dependencies",
        "bin/post_compile": "to run it, set BP_BUILD_COMMAND=bin/post_compile",
        "nltk.txt": "download the data into the app with BP_BUILD_COMMAND",
    }
)
# What a build command may do.
_COMMANDS = ("bin/post_compile", "nltk.txt")
_PROCFILE = "Procfile"
_MISSPELT = ("procfile", "procfile.txt", "procfile.yaml", "procfile.yml")


def with_known_names(environment: Mapping[str, str], output: Output) -> Mapping[str, str]:
    """Return ``environment`` with our variables in place of others, and log which.

    Our own come first.
    """
    known = dict(environment)
    for theirs, ours in _SAME.items():
        if known.get(theirs) and not known.get(ours):
            output.line(f"{theirs} is read as {ours}")
            known[ours] = known[theirs]
    return known


def unread_files(files: AppFiles, settings: Settings) -> Iterator[str]:
    """Yield, for the log, which files of the app have no effect, and what has instead."""
    for file, instead in _UNREAD.items():
        is_done = settings.build_command and file in _COMMANDS
        if not is_done and (files.directory / file).is_file():
            yield f"{file} isn't read: {instead}"
    names = {path.name for path in files.directory.iterdir()}
    if _PROCFILE in names:
        return
    for name in sorted(names):
        if name.lower() in _MISSPELT:
            yield f"{name} isn't read: it must be named {_PROCFILE}"
    if files.path and (files.root / _PROCFILE).exists():
        yield f"The {_PROCFILE} at the repository's root isn't read: move it to {files.path}"
