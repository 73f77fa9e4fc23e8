"""What the processes' modules import that isn't installed, or download when they are imported.

Which modules a distribution has is known only where it is on disk, which few builds need. So a
module counts as missing only where all that provides it is known, and none of that is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from python_buildpack.start_commands.import_effects import running_calls
from python_buildpack.start_commands.module_analysis import full_name, imported_names
from python_buildpack.start_commands.procfile import StartCommand
from python_buildpack.start_commands.source_tree import SourceTree
from python_buildpack.start_commands.undeclared_imports import (
    REMOVED_MODULES,
    UndeclaredImport,
    find_undeclared_imports,
)

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
    tree: SourceTree, commands: Iterable[StartCommand], installed: Mapping[str, str]
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


def _is_missing(module: str, installed: Mapping[str, str]) -> bool:
    providers = _PROVIDERS.get(module)
    return providers is not None and installed.keys().isdisjoint(providers)


def _downloads(
    tree: SourceTree, path: str, installed: Mapping[str, str]
) -> Iterator[DownloadNotice]:
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
