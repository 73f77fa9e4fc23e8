"""What an app imports at its start that nothing installs, or that downloads data.

Entry modules are read, and the modules of the app that they import. An import counts that certainly
happens: a statement of the module itself, not one in a block (try, if, a function).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from python_buildpack.start_commands.import_effects import running_calls
from python_buildpack.start_commands.modules import full_name, imported_from, imported_names
from python_buildpack.start_commands.processes import Installed, StartCommand
from python_buildpack.start_commands.source_tree import (
    ENTRY_NAMES,
    LIKELY_NAMES,
    SourceTree,
    depth,
    read_source_tree,
)
from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import InvalidTomlError, parse_toml

# Of other releases of Python than the one that runs this.
_OTHER_STANDARD_MODULES = frozenset(
    {
        *("aifc", "annotationlib", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb"),
        *("chunk", "compression", "crypt", "distutils", "imghdr", "imp", "lib2to3", "mailcap"),
        *("msilib", "nis", "nntplib", "ossaudiodev", "pipes", "profiling", "smtpd", "sndhdr"),
        *("spwd", "sunau", "telnetlib", "tomllib", "uu", "xdrlib"),
    }
)
# Of Python's, but needless without a display: the buildpack installs Python without them.
REMOVED_MODULES = frozenset({"_tkinter", "idlelib", "tkinter", "turtle", "turtledemo"})
# Code that changes where modules are found: what it imports may be anywhere.
_CHANGES_PATH = re.compile(rb"sys\s*\.\s*(?:path|meta_path|modules)|addsitedir|path_hooks")
# A script beside the sources of another language is a tool, more likely than an app.
_OTHER_LANGUAGES = (
    *("Cargo.toml", "Gemfile", "build.gradle", "build.gradle.kts", "composer.json", "go.mod"),
    *("mix.exs", "package.json", "pom.xml"),
)
# The number of lines is limited, as each line of a file may begin what doesn't end.
_METADATA = re.compile(
    rb"^(?P<found># /// script[ \t]*\r?\n(?:#(?: .*)?\r?\n){1,300}?)# ///[ \t]*\r?$", re.MULTILINE
)
_TOOL_NAMES = ("dodo.py", "fabfile.py", "locustfile.py", "tasks.py")
_MOST_IMPORTS = 100


@dataclass(frozen=True)
class UndeclaredImport:
    """An import of what isn't installed.

    Attributes:
        module: its first name, such as "flask".
    """

    module: str
    path: str
    line: int


@dataclass(eq=False)
class UndeclaredDependenciesError(UserError):
    """The app imports packages that it doesn't declare, and declares no dependencies that are installed.

    Attributes:
        imports: the first one of each module.
        choices: groups and extras that pyproject.toml has, of which none is chosen.
    """

    imports: tuple[UndeclaredImport, ...]
    choices: tuple[str, ...] = ()


@dataclass(eq=False)
class InlineDependenciesError(UserError):
    """The app declares its dependencies within a script, where nothing but that script's runner looks.

    Attributes:
        path: of the script, relative to the app.
        line: on which the metadata begins, counted from 1.
        dependencies: as they are written.
    """

    path: str
    line: int
    dependencies: tuple[str, ...]


def check_imports(app_dir: Path, choices: tuple[str, ...] = ()) -> None:
    """Check that an app without dependencies imports nothing but the standard library and itself.

    Raises:
        InlineDependenciesError: a script that Python begins with has metadata with dependencies.
        UndeclaredDependenciesError: it does.
    """
    tree = read_source_tree(app_dir)
    for path in _entry_modules(tree):
        _check_metadata(tree, path)
    imports = find_undeclared_imports(tree)
    found = tuple(each for each in imports if each.module not in REMOVED_MODULES)
    if found:
        raise UndeclaredDependenciesError(found, choices)


def _check_metadata(tree: SourceTree, path: str) -> None:
    """Check that a script has no inline metadata with dependencies.

    https://packaging.python.org/en/latest/specifications/inline-script-metadata/
    """
    metadata = tree.find(path, _METADATA)
    if metadata is None:
        return
    text, line = metadata
    lines = [each.removeprefix("#").removeprefix(" ") for each in text.splitlines()[1:]]
    try:
        found = parse_toml("\n".join(lines), path).get("dependencies")
    except InvalidTomlError:
        return
    if isinstance(found, list) and found:
        raise InlineDependenciesError(tree.shown(path), line, tuple(map(str, found)))


def find_undeclared_imports(
    tree: SourceTree, entries: Iterable[str] | None = None
) -> tuple[UndeclaredImport, ...]:
    """Return the imports, the first of each module; () where they can't be known.

    Args:
        entries: the files that Python begins with; None for those that look like it.
    """
    found: dict[str, UndeclaredImport] = {}
    queue = _entry_modules(tree) if entries is None else list(entries)
    seen = set(queue)
    while queue and len(found) < _MOST_IMPORTS:
        path = queue.pop(0)
        module = tree.parse(path)
        if tree.mentions(path, _CHANGES_PATH):
            return ()
        for each in _imports(module, path) if module is not None else ():
            own = [file for file in _own_files(tree, path, each.name) if file not in seen]
            queue += own
            seen.update(own)
            top = each.name.partition(".")[0]
            if not (each.is_relative or _is_standard(top) or _is_own(tree, path, top)):
                found.setdefault(top, UndeclaredImport(top, tree.shown(path), each.line))
    return tuple(found.values())


def _entry_modules(tree: SourceTree) -> list[str]:
    """Return the files that Python begins with: those that are named so, or all at the top."""
    top = [path for path in tree.paths if depth(path) == 0]
    named = (*ENTRY_NAMES, *LIKELY_NAMES)
    entries = [path for path in top if PurePosixPath(path).name in named]
    if entries or any((tree.app_dir / name).exists() for name in _OTHER_LANGUAGES):
        return entries
    return [path for path in top if PurePosixPath(path).name not in _TOOL_NAMES]


@dataclass(frozen=True)
class _Import:
    """An import: the full name, as if from the app's root where it is relative."""

    name: str
    line: int
    is_relative: bool = False


def _imports(module: ast.Module, path: str) -> Iterator[_Import]:
    """Yield what a module imports, and what may be modules of that."""
    package = ".".join(PurePosixPath(path).parent.parts)
    for node in module.body:
        if isinstance(node, ast.Import):
            yield from (_Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (base := imported_from(node, package)):
            for name in (base, *(f"{base}.{alias.name}" for alias in node.names)):
                yield _Import(name, node.lineno, is_relative=node.level > 0)


def _own_files(tree: SourceTree, path: str, name: str) -> list[str]:
    """Return the files that an import runs: of the module, and of the packages that it is in."""
    parts = name.split(".")
    found = []
    for root in _roots(path):
        for count in range(1, len(parts) + 1):
            base = str(PurePosixPath(root, *parts[:count]))
            found += [file for file in (f"{base}/__init__.py", f"{base}.py") if file in tree]
    return found


def _roots(path: str) -> tuple[str, ...]:
    """Return where imports of a file may start from: the app, its src, and the directories of it."""
    return tuple(dict.fromkeys(("", "src", *map(str, PurePosixPath(path).parents))))


def _is_own(tree: SourceTree, path: str, top: str) -> bool:
    """Return whether there is anything in the app that an import may mean."""
    if any(top in (*PurePosixPath(each).parts, PurePosixPath(each).stem) for each in tree.paths):
        return True
    for root in _roots(path):
        directory = tree.app_dir / root
        # Extensions of the app, and directories that aren't its source.
        if (directory / top).is_dir() or any(directory.glob(f"{top}.*")):
            return True
    return False


def _is_standard(top: str) -> bool:
    is_known = top in sys.stdlib_module_names or top in _OTHER_STANDARD_MODULES
    return is_known and top not in REMOVED_MODULES


# By the name of the module, the distributions that have it.
_SAME_NAME = (
    *("aiohttp", "alembic", "boto3", "bottle", "celery", "dash", "django", "dramatiq"),
    *("environs", "flask", "httpx", "huey", "jinja2", "litestar", "numpy"),
    *("openai", "pandas", "plotly", "pydantic", "pymongo", "quart", "redis", "requests", "rq"),
    *("sanic", "scipy", "sqlalchemy", "sqlmodel", "starlette", "structlog", "whitenoise"),
    *("dj_database_url", "flask_cors", "flask_login", "flask_migrate", "flask_wtf", "psycopg"),
    *("pydantic_settings", "sentry_sdk"),
)
_PROVIDERS: Mapping[str, tuple[str, ...]] = {
    **{name: (name.replace("_", "-"),) for name in _SAME_NAME},
    "fastapi": ("fastapi", "fastapi-slim"),
    "typer": ("typer", "typer-slim"),
    "bs4": ("beautifulsoup4",),
    "corsheaders": ("django-cors-headers",),
    "crispy_forms": ("django-crispy-forms",),
    "decouple": ("python-decouple",),
    "dotenv": ("python-dotenv",),
    "environ": ("django-environ", "environ-config"),
    "flask_sqlalchemy": ("flask-sqlalchemy", "flask-sqlalchemy-lite"),
    "jose": ("python-jose",),
    "jwt": ("pyjwt", "jwt"),
    "psycopg2": ("psycopg2", "psycopg2-binary", "psycopg2cffi"),
    "rest_framework": ("djangorestframework",),
    "sklearn": ("scikit-learn",),
    "yaml": ("pyyaml",),
}
# Functions that fetch data, by their full names.
_DOWNLOADS: Mapping[str, tuple[str, ...]] = {
    "nltk": ("nltk.download",),
    "spacy": ("spacy.cli.download", "spacy.cli.download.download"),
    "huggingface-hub": ("huggingface_hub.snapshot_download", "huggingface_hub.hf_hub_download"),
}


@dataclass(frozen=True)
class MissingImportsNotice:
    """A process's modules import what isn't installed.

    Attributes:
        providers: what would have the modules; () where these are Python's, but removed from it.
    """

    process: str
    imports: tuple[UndeclaredImport, ...]
    providers: tuple[str, ...]


@dataclass(frozen=True)
class DownloadNotice:
    """A module of a process downloads data each time that it is imported."""

    function: str
    path: str
    line: int


ImportNotice = MissingImportsNotice | DownloadNotice


def check_process_imports(
    tree: SourceTree, commands: Iterable[StartCommand], installed: Installed
) -> Iterator[ImportNotice]:
    """Yield what is likely to go wrong as soon as a process imports its module."""
    checked: set[str] = set()
    reported: set[str] = set()
    paths = {tree.shown(path): path for path in tree.paths}
    for command in commands:
        path = paths.get(command.source)
        if path is None or path in checked:
            continue
        checked.add(path)
        found = find_undeclared_imports(tree, [path])
        imports = [each for each in found if each.module not in reported]
        reported.update(each.module for each in imports)
        removed = tuple(each for each in imports if each.module in REMOVED_MODULES)
        if removed:
            yield MissingImportsNotice(command.name, removed, ())
        missing = [each for each in imports if _is_missing(each.module, installed)]
        if missing:
            providers = tuple(_PROVIDERS[each.module][0] for each in missing)
            yield MissingImportsNotice(command.name, tuple(missing), providers)
        yield from _downloads(tree, path, installed)


def _is_missing(module: str, installed: Installed) -> bool:
    providers = _PROVIDERS.get(module)
    return providers is not None and installed.keys().isdisjoint(providers)


def _downloads(tree: SourceTree, path: str, installed: Installed) -> Iterator[DownloadNotice]:
    functions = [name for each in _DOWNLOADS if each in installed for name in _DOWNLOADS[each]]
    module = tree.parse(path) if functions else None
    if module is None:
        return
    names = imported_names(module.body, "")
    for call, _ in running_calls(module, as_script=True):
        name = full_name(call.func, names)
        if name in functions:
            yield DownloadNotice(name, tree.shown(path), call.lineno)
            return
