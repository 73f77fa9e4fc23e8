"""The apps in an app's files: what modules define, put together over imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from python_buildpack.start_commands.declarations import Code, find_declared_module
from python_buildpack.start_commands.defined_apps import SERVED_NAMES, DefinedApps
from python_buildpack.start_commands.frameworks import (
    ADK,
    BY_CONSTRUCTOR,
    DASH,
    DRAMATIQ,
    FLASK,
    FUNCTIONS,
    MARKS,
    PASTE,
    PSERVE,
    SERVED,
    App,
    ServerInterface,
)
from python_buildpack.start_commands.import_effects import (
    is_main_check,
    is_script_name,
    method_name,
)
from python_buildpack.start_commands.modules import SRC, Module, read_module
from python_buildpack.start_commands.processes import Installed
from python_buildpack.start_commands.source_tree import (
    ENTRY_NAMES,
    SourceTree,
    depth,
    is_entry,
    rank,
)

_NAMES_THAT_CELERY_LOOKS_FOR = ("app", "celery")
# https://cloud.google.com/docs/buildpacks/service-specific-configs#google_function_target
_FUNCTION_TARGETS = ("FUNCTION_TARGET", "GOOGLE_FUNCTION_TARGET")
# https://docs.pylonsproject.org/projects/pyramid/en/latest/narr/paste.html
_PASTE_FILES = ("production.ini", "development.ini")
_PASTE_APP = re.compile(rb"(?m)^\[(app|composite|pipeline):")
_PASTE_PORT = re.compile(rb"(\*|0\.0\.0\.0):%\((http_port|ENV_PORT)\)s")


@dataclass(frozen=True)
class FoundApps:
    """The apps, and the files that aren't taken for one.

    Attributes:
        harmful: the files that would do something to data when a server imports them, and the
            line of each, counted from 1.
    """

    web: tuple[App, ...]
    workers: tuple[App, ...]
    harmful: Mapping[str, int]


def find_apps(code: Code, declared: Iterable[App] = ()) -> FoundApps:
    """Return the apps of frameworks that are installed; of Django, none.

    Where apps are named, no others are found for the web. The packages of the app's own distribution
    can be imported anyway where it is installed.
    """
    tree, installed = code.tree, code.installed
    apps, is_installed = DefinedApps(tree), code.project.name in installed
    named = [
        app
        for each in declared
        if each.framework.is_in(installed)
        and (app := _named(apps, each, is_installed=is_installed)) is not None
    ]
    modules = (apps.read(path) for path in tree.paths if _may_hold_an_app(tree, path))
    # Of all modules, before any is left out: one may tell that another's app isn't the one.
    found = [
        _placed(module, each, is_installed=is_installed)
        for module in modules
        if module is not None
        for each in _chosen(module.path, _definitions(apps, module), installed)
    ]
    left = [
        each
        for each in found
        if not {(each.path, each.name), (each.path, each.framework.name)} & apps.used
    ]
    workers = [each for each in left if each.framework.kind is ServerInterface.WORKER]
    others = [each for each in workers if each.framework is not DRAMATIQ]
    actors = [each for each in workers if each.framework is DRAMATIQ]
    doubtful = [each for each in left if each not in workers]
    web = [each for each in doubtful if not each.is_doubtful]
    found_workers = best((*others, *_together(actors)))
    return FoundApps(tuple(named or web or doubtful), found_workers, apps.harmful)


def _together(apps: Iterable[App]) -> Iterator[App]:
    """Yield one app for all modules of a directory, for workers that are given several."""
    by_directory: dict[str, list[App]] = {}
    for app in sorted(apps, key=lambda each: rank(each.path)):
        by_directory.setdefault(app.directory, []).append(app)
    for apps_of_it in by_directory.values():
        yield replace(apps_of_it[0], module=" ".join(each.module for each in apps_of_it))


def best(apps: Iterable[App]) -> tuple[App, ...]:
    """Return the apps in the best places: several where these are equally good."""
    all_apps = tuple(apps)
    least = min((rank(each.path) for each in all_apps), default=None)
    return tuple(each for each in all_apps if rank(each.path) == least)


def find_function(tree: SourceTree, environment: Mapping[str, str]) -> App | None:
    """Return the function of main.py that Functions Framework is to serve, without a decorator.

    It is the one that a variable names, or else the only one that takes a request alone.
    """
    module = read_module(tree, "main.py")
    if module is None:
        return None
    named = next((environment[name] for name in _FUNCTION_TARGETS if environment.get(name)), None)
    functions = [
        each
        for each in module.functions.values()
        if (each.name == named if named else [a.arg for a in each.args.args] == ["request"])
    ]
    if len(functions) != 1:
        return None
    (function,) = functions
    path = module.path
    return App(FUNCTIONS, function.name, function.lineno, path, "main", source=path)


def find_paste_app(code: Code) -> App | None:
    """Return the app of a file for Pyramid's ``pserve``."""
    found = (each for each in _PASTE_FILES if code.tree.mentions(each, _PASTE_APP))
    path = next(found, None) if PSERVE.is_in(code.installed) else None
    if path is None:
        return None
    framework = next(each for each in PASTE if each.is_in(code.installed))
    framework = PSERVE if code.tree.mentions(path, _PASTE_PORT) else framework
    return App(framework, "", None, path, source=path)


def _named(apps: DefinedApps, declared: App, *, is_installed: bool) -> App | None:
    """Return the app that is named; None if it isn't there, or its file changes data."""
    path = find_declared_module(apps.tree, declared.module)
    module = apps.read(path) if path is not None else None
    if module is None or not module.name:
        return None
    definitions = [each for each in _definitions(apps, module) if each.framework.kind in SERVED]
    if path in apps.harmful:
        return None
    definition = next((each for each in definitions if each.name == declared.name), None)
    if definition is None and declared.name:
        is_factory = apps.made_by(module, declared.name) is not None
        definition = App(declared.framework, declared.name, 1, is_factory=is_factory)
    chosen = [definition] if definition is not None else _preferred(definitions, SERVED_NAMES)
    if not chosen:
        return None
    app = _placed(module, chosen[0], is_installed=is_installed)
    return replace(app, source=declared.source, line=declared.line)


def _may_hold_an_app(tree: SourceTree, path: str) -> bool:
    # A wsgi.py often does no more than import; so may the usual files at the top.
    is_for_servers = PurePosixPath(path).name in ENTRY_NAMES
    may_import = is_for_servers or (is_entry(path) and depth(path) == 0)
    return may_import or tree.mentions(path, MARKS)


def _definitions(apps: DefinedApps, module: Module) -> Iterator[App]:
    path, effects = module.path, module.effects
    definitions = tuple(apps.definitions(module))
    scripts = [each for each in definitions if each.framework.kind is ServerInterface.SCRIPT]
    if not module.name:
        # A script needs no name that can be imported, such as "1 Home.py".
        yield from scripts
        return
    # A flask.py would be imported in place of the framework.
    top = module.name.partition(".")[0]
    if top in {each.partition(".")[0] for each in BY_CONSTRUCTOR}:
        return
    is_harmful = is_script_name(PurePosixPath(path).stem) or effects.destroys is not None
    # No start of a server should do what it does by itself.
    if is_harmful and (definitions or any(each.is_call for each in apps.aliases(module))):
        apps.harmful[path] = effects.acts or 1
    # What is in the command line is the server's.
    if is_harmful or module.reads_arguments:
        yield from scripts
        return
    is_doubtful = effects.acts is not None and not is_entry(path)
    for each in definitions:
        is_served = each.framework.kind in SERVED
        yield replace(each, is_doubtful=each.is_doubtful or (is_doubtful and is_served))
    yield from _imported(apps, module, {each.name.partition(".")[0] for each in definitions})


def _imported(apps: DefinedApps, module: Module, defined: set[str]) -> Iterator[App]:
    """Yield the apps that are imported, or made by a function of another module.

    A function's caller is what to start where its name says so, and nothing else is done there.
    """
    path, acts = module.path, module.effects.acts
    is_for_servers = PurePosixPath(path).name in ENTRY_NAMES
    if is_for_servers and not defined.isdisjoint(SERVED_NAMES):
        return
    is_wrapper = not is_for_servers and _imports_only(module)
    laid_out = _laid_out(module)
    for alias in apps.aliases(module):
        is_used = alias.is_call or is_for_servers or is_wrapper or alias.name in laid_out
        if alias.name in defined or not is_used:
            continue
        found = apps.imported(alias.target, module.directory, is_call=alias.is_call)
        # Where the app is in as good a place, that is the one to start.
        if found is None or (is_wrapper and rank(found.path) <= rank(path)):
            continue
        if acts is not None and not is_for_servers:
            apps.harmful[path] = acts
            return
        if found.is_factory and is_entry(path):
            apps.used.add((found.path, found.name))
        # What makes a Dash app has nothing to show without the module that lays it out.
        apps.used |= {(found.path, DASH.name)} if alias.name in laid_out else set()
        variable = _dash_server(module, alias.name) if found.framework is DASH else alias.name
        is_doubtful = found.is_factory and not is_entry(path)
        yield App(found.framework, variable, alias.line, is_doubtful=is_doubtful)


def _dash_server(module: Module, name: str) -> str:
    """Return what a server is given of a Dash app; gunicorn takes no attribute."""
    return "server" if "server" in (name, *module.names) else f"{name}.server"


def _laid_out(module: Module) -> set[str]:
    """Return the variables whose layout a module sets, as it is done with Dash's apps."""
    assignments = (each for each in module.statements if isinstance(each, ast.Assign))
    names = (method_name(target) for each in assignments for target in each.targets)
    return {each.partition(".")[0] for each in names if each.endswith(".layout")}


def _imports_only(module: Module) -> bool:
    """Return whether a usual file at the top is there for servers: it imports an app, and no more.

    Without it, the modules that it imports for their effects, such as views, would be missing.
    """
    file = PurePosixPath(module.path)
    passive = (ast.Import, ast.ImportFrom, ast.Constant)
    return (
        is_entry(module.path)
        and depth(module.path) == 0
        and file.name != "__init__.py"
        and all(
            isinstance(each.value if isinstance(each, ast.Expr) else each, passive)
            or is_main_check(each)
            for each in module.tree.body
        )
    )


def _is_part(path: str, definition: App) -> bool:
    """Return whether a definition isn't an app by itself."""
    is_script = definition.framework.kind is ServerInterface.SCRIPT
    is_page = is_script and PurePosixPath(path).parent.name == "pages"
    # https://google.github.io/adk-docs/get-started/quickstart/
    is_sub_agent = definition.framework is ADK and definition.name != "root_agent"
    return is_sub_agent or is_page


def _chosen(path: str, definitions: Iterable[App], installed: Installed) -> Iterator[App]:
    """Yield the apps of one module that count: one for the web and one worker, if that is clear."""
    fit = [each for each in definitions if each.framework.is_in(installed)]
    fit = [each for each in fit if not _is_part(path, each)]
    workers = [each for each in fit if each.framework.kind is ServerInterface.WORKER]
    scripts = [each for each in fit if each.framework.kind is ServerInterface.SCRIPT]
    web = [each for each in fit if each.framework.kind in SERVED]
    yield from _preferred(workers, _NAMES_THAT_CELERY_LOOKS_FOR)
    yield from _preferred(web, SERVED_NAMES) if web else scripts


def _preferred(definitions: list[App], names: tuple[str, ...]) -> list[App]:
    for name in names:
        named = [each for each in definitions if each.name.partition(".")[0] == name]
        if named:
            return named[:1]
    return definitions


def _placed(module: Module, app: App, *, is_installed: bool) -> App:
    """Return an app with what there is to know of its module."""
    effects = module.effects
    runs_itself = bool(module.name) and effects.runs is not None
    is_in_package = module.path.count("/") > 1
    is_on_path = module.directory == SRC and is_installed and is_in_package
    return replace(
        app,
        path=module.path,
        module=module.name,
        directory="" if is_on_path else module.directory,
        source=module.path,
        runs_itself=runs_itself,
        is_script=effects.serves is not None
        or (runs_itself and app.framework not in (FLASK, DASH)),
    )
