"""Which settings an app's Django processes run with, and whether there are such settings.

``wsgi.py`` and ``asgi.py`` are what a server loads, so the settings that they name are those of
production; ``manage.py`` often names a developer's. A variable DJANGO_SETTINGS_MODULE comes first:
all of them give it a value only where it has none.

https://docs.djangoproject.com/en/stable/topics/settings/#designating-the-settings
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from python_buildpack.post_install.django_app import (
    SETTINGS_MODULE,
    ChosenSettings,
    DjangoApp,
    MissingSettings,
    MissingSettingsError,
    NamedSettings,
)
from python_buildpack.post_install.root_imports import find_root_imports
from python_buildpack.start_commands.django_project import DjangoProject, find_django_projects
from python_buildpack.start_commands.modules import text_of
from python_buildpack.start_commands.source_tree import SourceTree, read_source_tree

# Or a package that sets it.
_STATIC_ROOT = re.compile(rb"STATIC_ROOT|django_heroku|django_on_heroku")
_SYS_PATH = re.compile(rb"sys\.path|site\.addsitedir")
# Of setuptools; it puts nothing on the path.
_OWN_PTH = ("distutils-precedence.pth",)
_CELERY = re.compile(rb"\bCelery\(")
_DEVELOPMENT = re.compile(r"(?:.*[._])?(?:local|dev|devel|development|test|tests|testing|debug)")
# What Python imports: sources, bytecode without its source, extensions.
_MODULE_SUFFIXES = (".py", ".pyc", ".so")


def read_django_app(
    app_dir: Path, environment: Mapping[str, str], directory: str = ""
) -> DjangoApp | None:
    """Read what a build has to know of the app's Django project; None if there isn't one.

    Args:
        environment: whose DJANGO_SETTINGS_MODULE is taken instead of what the code names.
        directory: where the project is, relative to the app; "" for anywhere in it.
    """
    tree = read_source_tree(app_dir, directory)
    projects = find_django_projects(tree)
    if len(projects) != 1:
        return None
    (project,) = projects
    settings = determine_settings(tree, project)
    given = environment.get(SETTINGS_MODULE)
    return DjangoApp(
        tree.shown(project.manage_py),
        settings,
        find_missing_settings(tree, project, settings, given),
        find_root_imports(tree, project.directory, project.settings_module),
        any(tree.mentions(path, _STATIC_ROOT) for path in tree.paths),
        directory,
    )


def determine_settings(tree: SourceTree, project: DjangoProject) -> ChosenSettings | None:
    """Return the settings that the project's servers name, or else manage.py.

    None if they can't be told: a name that is made when the app runs, or several.
    """
    for paths in (project.entries, (project.manage_py,)):
        named = [each for path in paths for each in _named_in(tree, path)]
        if not named:
            continue
        chosen = _for_production([each for each in named if each is not None])
        if chosen is None or None in named:
            return None
        return ChosenSettings(chosen, tuple(_others(tree, project, chosen.module)))
    return None


def find_missing_settings(
    tree: SourceTree, project: DjangoProject, chosen: ChosenSettings | None, given: str | None
) -> MissingSettings | None:
    """Return the settings module of the app's processes if the app's files don't have it.

    Args:
        chosen: the settings that its code names.
        given: DJANGO_SETTINGS_MODULE of the build, which comes first.
    """
    named = NamedSettings(given, SETTINGS_MODULE, None) if given else None
    if named is None and chosen is not None:
        named = chosen.named
    if named is None or _has_file(tree, named.module):
        return None
    package, _, _ = named.module.rpartition(".")
    top = named.module.partition(".")[0]
    bases = [tree.app_dir / base for base in dict.fromkeys((project.directory, ""))]
    owning = [base for base in bases if _module_exists(base, top)]
    if any(_module_exists(base, named.module) for base in owning):
        return None
    if owning:
        return MissingSettings(named, tuple(_modules_in(owning[0], package)))
    if tree.mentions(project.manage_py, _SYS_PATH):
        return None
    return MissingSettings(named, may_be_installed=True)


def require_installed_settings(missing: MissingSettings, venv_dir: Path) -> None:
    """Make sure that the package of settings that the app doesn't have is installed.

    Where a .pth file leads somewhere else, nothing is certain.

    Raises:
        MissingSettingsError: it isn't.
    """
    top = missing.named.module.partition(".")[0]
    for site_packages in venv_dir.glob("lib/python*/site-packages"):
        leads_elsewhere = any(path.name not in _OWN_PTH for path in site_packages.glob("*.pth"))
        if not leads_elsewhere and not _module_exists(site_packages, top):
            raise MissingSettingsError(missing)


def _has_file(tree: SourceTree, module: str) -> bool:
    """Return whether there is a file of that name below any directory that may be on the path."""
    path = module.replace(".", "/")
    files = (f"/{path}.py", f"/{path}/__init__.py")
    return any(f"/{each}".endswith(files) for each in tree.paths)


def _named_in(tree: SourceTree, path: str) -> Iterator[NamedSettings | None]:
    """Yield the settings that a file gives the variable; None for a name that it makes up."""
    module = tree.parse(path)
    for node in ast.walk(module) if module is not None else ():
        value = _given_value(node)
        if value is None:
            continue
        name, is_text = _default_text(value), text_of(value) is not None
        line = getattr(node, "lineno", None)
        is_assigned = is_text and isinstance(node, ast.Assign)
        named = NamedSettings(name or "", tree.shown(path), line, is_assigned)
        yield named if name is not None else None


def _given_value(node: ast.AST) -> ast.expr | None:
    """Return the value that a statement gives the variable; None if it gives none."""
    if isinstance(node, ast.Call):
        is_setdefault = isinstance(node.func, ast.Attribute) and node.func.attr == "setdefault"
        if is_setdefault and len(node.args) > 1 and text_of(node.args[0]) == SETTINGS_MODULE:
            return node.args[1]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return node.value if text_of(node.targets[0].slice) == SETTINGS_MODULE else None
    return None


def _default_text(value: ast.expr) -> str | None:
    """Return a text, or that of ``os.environ.get("DJANGO_SETTINGS_MODULE", text)``."""
    if isinstance(value, ast.Call) and len(value.args) > 1:
        return text_of(value.args[1]) if text_of(value.args[0]) == SETTINGS_MODULE else None
    return text_of(value)


def _for_production(named: Iterable[NamedSettings]) -> NamedSettings | None:
    """Return the only settings, or the only ones that aren't called a developer's."""
    by_module = {each.module: each for each in reversed(tuple(named))}
    others = [each for each in by_module.values() if not _DEVELOPMENT.fullmatch(each.module)]
    found = list(by_module.values()) if len(by_module) == 1 else others
    return found[0] if len(found) == 1 else None


def _others(tree: SourceTree, project: DjangoProject, module: str) -> Iterator[NamedSettings]:
    workers = [path for path in tree.paths if tree.mentions(path, _CELERY)]
    for path in dict.fromkeys((project.manage_py, *project.entries, *workers)):
        named = _named_in(tree, path)
        yield from (each for each in named if each is not None and each.module != module)


def _module_exists(base: Path, module: str) -> bool:
    path = base.joinpath(*module.split("."))
    return path.is_dir() or path.name in _module_names(path.parent)


def _modules_in(base: Path, package: str) -> Iterator[str]:
    names = _module_names(base.joinpath(*package.split(".")))
    yield from (f"{package}.{name}" for name in sorted(names) if not name.startswith("_"))


def _module_names(directory: Path) -> frozenset[str]:
    try:
        entries = [PurePosixPath(entry.name) for entry in directory.iterdir()]
    except OSError:
        return frozenset()
    return frozenset(
        entry.name.partition(".")[0] for entry in entries if entry.suffix in _MODULE_SUFFIXES
    )
