"""A Django project: its manage.py leads to the settings, and these to the WSGI or ASGI module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from python_buildpack.start_commands.frameworks import DJANGO_ASGI, DJANGO_WSGI
from python_buildpack.start_commands.modules import assigned, find_module, text_of
from python_buildpack.start_commands.processes import Installed
from python_buildpack.start_commands.source_tree import SourceTree

MANAGE_PY = "manage.py"
_SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"
_SETTING_NAMES = ("WSGI_APPLICATION", "ASGI_APPLICATION")


@dataclass(frozen=True)
class DjangoProject:
    """A Django project.

    Attributes:
        manage_py: relative to the app.
        directory: of manage.py, which imports start from; "" for the app's.
        settings_module: its full name; None where manage.py doesn't say.
        settings_line: of manage.py, counted from 1.
        wsgi: the path of the module with the WSGI application, relative to the app.
        wsgi_name: of the variable that holds it.
        asgi: likewise.
        asgi_name: likewise.
    """

    manage_py: str
    directory: str
    settings_module: str | None
    settings_line: int
    wsgi: str | None
    wsgi_name: str
    asgi: str | None
    asgi_name: str


def find_django_projects(tree: SourceTree) -> tuple[DjangoProject, ...]:
    """Return the projects whose manage.py is least deep; several where they are equally deep."""
    found = [
        (path.count("/"), _project(tree, path, module))
        for path in tree.paths
        if PurePosixPath(path).name == MANAGE_PY and (module := tree.parse(path)) is not None
    ]
    projects = [(depth, project) for depth, project in found if project is not None]
    least = min((depth for depth, _ in projects), default=0)
    return tuple(project for depth, project in projects if depth == least)


def chooses_asgi(project: DjangoProject, installed: Installed) -> bool:
    """Return whether a project is served by ASGI: there is nothing else, or a server for nothing else.

    Every new project has both modules, so having an asgi.py says little.
    """
    if project.wsgi is None or project.asgi is None:
        return project.asgi is not None
    has_wsgi_server = "gunicorn" in installed or "waitress" in installed
    return not has_wsgi_server and ("uvicorn" in installed or "daphne" in installed)


def _project(tree: SourceTree, path: str, module: ast.Module) -> DjangoProject | None:
    mentioned = _settings_module(module)
    if mentioned is None:
        return None
    settings, line = mentioned
    parent = PurePosixPath(path).parent
    directory = "" if str(parent) == "." else str(parent)
    named = _named_in_settings(tree, directory, settings)
    wsgi = named.get("WSGI_APPLICATION") or (_beside(tree, directory, settings, "wsgi"), "")
    asgi = named.get("ASGI_APPLICATION") or (_beside(tree, directory, settings, "asgi"), "")
    return DjangoProject(
        manage_py=path,
        directory=directory,
        settings_module=settings,
        settings_line=line,
        wsgi=wsgi[0],
        wsgi_name=wsgi[1] or "application",
        asgi=asgi[0],
        asgi_name=asgi[1] or "application",
    )


def _settings_module(module: ast.Module) -> tuple[str | None, int] | None:
    """Return the settings' name and its line; None where manage.py isn't Django's."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and any(
            text_of(each) == _SETTINGS_MODULE for each in node.args
        ):
            values = [each for each in node.args if text_of(each) != _SETTINGS_MODULE]
            return text_of(values[0] if values else None), node.lineno
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            if isinstance(target, ast.Subscript) and text_of(target.slice) == _SETTINGS_MODULE:
                return text_of(node.value), node.lineno
    return next(
        (
            (None, node.lineno)
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom) and node.module == "django.core.management"
        ),
        None,
    )


def _named_in_settings(
    tree: SourceTree, directory: str, settings: str | None
) -> dict[str, tuple[str, str]]:
    """Return the modules and variables that the settings name, where these modules exist."""
    found: dict[str, tuple[str, str]] = {}
    for path in _settings_files(tree, directory, settings):
        module = tree.parse(path)
        statements = module.body if module is not None else ()
        for name, value in (each for statement in statements for each in assigned(statement)):
            imported, _, variable = (text_of(value) or "").rpartition(".")
            file = find_module(tree, imported, directory) if name in _SETTING_NAMES else None
            if file is not None:
                found.setdefault(name, (file, variable))
    return found


def _settings_files(tree: SourceTree, directory: str, settings: str | None) -> Iterator[str]:
    if settings is None:
        return
    names = (settings, f"{settings}.base", f"{settings.rpartition('.')[0]}.base")
    for name in names:
        path = find_module(tree, name, directory)
        if path is not None:
            yield path


def _beside(tree: SourceTree, directory: str, settings: str | None, name: str) -> str | None:
    """Return the wsgi.py or asgi.py beside the settings or above; else the only one there is."""
    package = settings.rpartition(".")[0] if settings is not None else ""
    while package:
        path = find_module(tree, f"{package}.{name}", directory)
        if path is not None:
            return path
        package = package.rpartition(".")[0]
    prefix = f"{directory}/" if directory else ""
    marks = DJANGO_WSGI if name == "wsgi" else DJANGO_ASGI
    function = marks.constructors[0].rpartition(".")[2].encode()
    others = [
        path
        for path in tree.paths
        if path.startswith(prefix)
        and PurePosixPath(path).name == f"{name}.py"
        and function in (tree.app_dir / path).read_bytes()
    ]
    return others[0] if len(others) == 1 else None
