"""A Django project: its manage.py leads to the settings, and these to the WSGI or ASGI module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from python_buildpack.start_commands.frameworks import DJANGO_ASGI, DJANGO_WSGI, App, Framework
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
        directory: of manage.py, which imports start from; "" for the app's.
        settings_module: its full name; None where manage.py doesn't say.
    """

    manage_py: str
    directory: str
    settings_module: str | None
    settings_line: int
    wsgi: App | None
    asgi: App | None

    @property
    def entries(self) -> tuple[str, ...]:
        """The files of its apps, relative to the app."""
        return tuple(each.path for each in (self.wsgi, self.asgi) if each is not None)


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


def django_app(project: DjangoProject, installed: Installed) -> App:
    """Return the app of a project that is served.

    By ASGI, if there is nothing else, or a server for nothing else: every new project has both
    modules, so having an asgi.py says little.
    """
    wsgi, asgi = project.wsgi, project.asgi
    has_wsgi_server = "gunicorn" in installed or "waitress" in installed
    has_asgi_server = "uvicorn" in installed or "daphne" in installed
    if asgi is not None and (wsgi is None or (has_asgi_server and not has_wsgi_server)):
        return asgi
    # manage.py can start it without a module for servers; no server can.
    path, line = project.manage_py, project.settings_line
    manage = App(DJANGO_WSGI, "", line, path, directory=project.directory, source=path)
    return wsgi if wsgi is not None else manage


def _project(tree: SourceTree, path: str, module: ast.Module) -> DjangoProject | None:
    mentioned = _settings_module(module)
    if mentioned is None:
        return None
    settings, line = mentioned
    parent = PurePosixPath(path).parent
    directory = "" if str(parent) == "." else str(parent)
    named = _named_in_settings(tree, directory, settings)
    wsgi, asgi = (
        _app(tree, framework, directory, *named[f"{name.upper()}_APPLICATION"])
        if f"{name.upper()}_APPLICATION" in named
        else _app(tree, framework, directory, _beside(tree, directory, settings, name))
        for name, framework in (("wsgi", DJANGO_WSGI), ("asgi", DJANGO_ASGI))
    )
    return DjangoProject(path, directory, settings, line, wsgi, asgi)


def _app(
    tree: SourceTree,
    framework: Framework,
    directory: str,
    path: str | None,
    name: str = "application",
) -> App | None:
    if path is None:
        return None
    # Outside of manage.py's directory, it is imported from the app's, which is on the path then.
    below = path.startswith(f"{directory}/")
    relative = PurePosixPath(path).relative_to(directory if below else "").with_suffix("")
    module = ".".join(part for part in relative.parts if part != "__init__")
    parsed = tree.parse(path)
    lines = (
        statement.lineno
        for statement in (parsed.body if parsed is not None else ())
        if name in dict(assigned(statement))
    )
    return App(framework, name, next(lines, 1), path, module, directory, path)


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
    function = f"get_{name}_application".encode()
    others = [
        path
        for path in tree.paths
        if path.startswith(prefix)
        and PurePosixPath(path).name == f"{name}.py"
        and function in (tree.app_dir / path).read_bytes()
    ]
    return others[0] if len(others) == 1 else None
