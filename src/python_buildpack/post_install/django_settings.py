"""Which settings an app's Django processes run with, and whether there are such settings.

``wsgi.py`` and ``asgi.py`` are what a server loads, so the settings that they name are those of
production; ``manage.py`` often names a developer's. A variable DJANGO_SETTINGS_MODULE comes first:
all of them give it a value only where it has none.

https://docs.djangoproject.com/en/stable/topics/settings/#designating-the-settings
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from python_buildpack.post_install.django_app import SETTINGS_MODULE
from python_buildpack.start_commands.django_project import DjangoProject
from python_buildpack.start_commands.source_tree import SourceTree
from python_buildpack.system.errors import UserError

_SYS_PATH = re.compile(rb"sys\.path|site\.addsitedir")
# Of setuptools; it puts nothing on the path.
_OWN_PTH = ("distutils-precedence.pth",)
_CELERY = re.compile(rb"\bCelery\(")
_DEVELOPMENT = re.compile(r"(?:.*[._])?(?:local|dev|devel|development|test|tests|testing|debug)")
# What Python imports: sources, bytecode without its source, extensions.
_MODULE_SUFFIXES = (".py", ".pyc", ".so")


@dataclass(frozen=True)
class NamedSettings:
    """A settings module, and where the app names it.

    Attributes:
        module: its full name.
        path: of the file, relative to the app; or "DJANGO_SETTINGS_MODULE".
        line: counted from 1; None for the variable.
    """

    module: str
    path: str
    line: int | None


@dataclass(frozen=True)
class ChosenSettings:
    """The settings of production, and the files that name others.

    Attributes:
        named: what all processes are to run with.
        others: what they would run with otherwise; () where all agree.
    """

    named: NamedSettings
    others: tuple[NamedSettings, ...] = ()


@dataclass(frozen=True)
class MissingSettings:
    """Settings that the app is to run with and doesn't have.

    Attributes:
        named: the name, and where it is.
        beside: the modules that are where it was expected.
        may_be_installed: whether the app doesn't have their package either.
    """

    named: NamedSettings
    beside: tuple[str, ...] = ()
    may_be_installed: bool = False


@dataclass(eq=False)
class MissingSettingsError(UserError):
    """Django can't be started: the app doesn't have the settings that it names."""

    missing: MissingSettings


def determine_settings(tree: SourceTree, project: DjangoProject) -> ChosenSettings | None:
    """Return the settings that the project's servers name, or else manage.py.

    None where they can't be told: a name that is made when the app runs, or several.
    """
    entries = [path for path in (project.wsgi, project.asgi) if path is not None]
    for paths in (entries, [project.manage_py]):
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
        tree: the app's files.
        project: its Django project.
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
    """Tell whether there is a file of that name below any directory that may be on the path."""
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
        name = _default_text(value)
        line = getattr(node, "lineno", None)
        yield NamedSettings(name, path, line) if name is not None else None


def _given_value(node: ast.AST) -> ast.expr | None:
    """Return the value that a statement gives the variable; None where it gives none."""
    if isinstance(node, ast.Call):
        is_setdefault = isinstance(node.func, ast.Attribute) and node.func.attr == "setdefault"
        if is_setdefault and len(node.args) > 1 and _text(node.args[0]) == SETTINGS_MODULE:
            return node.args[1]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return node.value if _text(node.targets[0].slice) == SETTINGS_MODULE else None
    return None


def _default_text(value: ast.expr) -> str | None:
    """Return a text, or that of ``os.environ.get("DJANGO_SETTINGS_MODULE", text)``."""
    if isinstance(value, ast.Call) and len(value.args) > 1:
        return _text(value.args[1]) if _text(value.args[0]) == SETTINGS_MODULE else None
    return _text(value)


def _text(node: ast.expr) -> str | None:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text and isinstance(node, ast.Constant) else None


def _for_production(named: Iterable[NamedSettings]) -> NamedSettings | None:
    """Return the only settings, or the only ones that aren't called a developer's."""
    by_module = {each.module: each for each in reversed(tuple(named))}
    others = [each for each in by_module.values() if not _DEVELOPMENT.fullmatch(each.module)]
    found = list(by_module.values()) if len(by_module) == 1 else others
    return found[0] if len(found) == 1 else None


def _others(tree: SourceTree, project: DjangoProject, module: str) -> Iterator[NamedSettings]:
    entries = (project.manage_py, project.wsgi, project.asgi)
    workers = [path for path in tree.paths if tree.mentions(path, _CELERY)]
    for path in dict.fromkeys((*entries, *workers)):
        named = _named_in(tree, path) if path is not None else ()
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
