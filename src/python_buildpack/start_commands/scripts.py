"""What can be run without a server: console scripts, packages, and scripts at the top.

What they start isn't known to serve the web, so the process isn't called ``web``, which platforms
send requests to and stop where nothing listens. The only process of an image is its default one
whatever its name.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.start_commands.command_line import from_directory
from python_buildpack.start_commands.declarations import DeclaredProject
from python_buildpack.start_commands.frameworks import FRAMEWORKS, SERVED
from python_buildpack.start_commands.import_effects import (
    is_main_check,
    is_script_name,
    last_name,
    method_name,
    read_import_effects,
    running_calls,
)
from python_buildpack.start_commands.module_analysis import (
    imported_modules,
    imported_names,
)
from python_buildpack.start_commands.module_names import SRC, find_module
from python_buildpack.start_commands.processes import WEB
from python_buildpack.start_commands.procfile import StartCommand
from python_buildpack.start_commands.source_tree import LIKELY_NAMES, SourceTree

APP = "app"
_DUNDER_MAIN = "__main__.py"
_SCRAPY_CFG = "scrapy.cfg"
# Of argparse, click, Typer, Fire and docopt: subcommands, or arguments that have to be given.
_COMMAND_LINE = re.compile(
    rb"add_subparsers\(|@[\w.]+\.group\b|\.argument\(|\.add_command\(|\.add_typer\(|typer\.Argument"
    rb"|\.add_argument\(\s*['\"](?!-)(?![^)]*nargs\s*=\s*['\"][?*])|\.add_argument\([^)]*required\s*=\s*True|\bfire\.Fire|\bdocopt\("
    rb"|@(?!click\b)\w+\.command\b.*@(?!click\b)\w+\.command\b",
    re.DOTALL,
)
# What `uv init` writes.
_GREETING = re.compile(r"^Hello from [\w .-]+!$")
PORT = re.compile(rb"\bPORT\b")
DEBUG = re.compile(rb"\bdebug\s*=\s*True\b")
_APP_NAMES = frozenset({"app", "application", "api"})
# In a script whose name doesn't say that the app starts there, any word of these is enough: what it
# does to data isn't known from its calls alone (SQL put together, functions of other modules).
_MAY_CHANGE_DATA = re.compile(
    rb"\b(drop|delete|truncate|purge|wipe|flush(all|db)?|reset|destroy|remove|unlink|rmtree|rmdir"
    rb"|commit|insert|update_many|subprocess|os\.system)|\brm\b|drop(_all|Database|Collection)",
    re.IGNORECASE,
)
_HOW_TO_RUN = re.compile(
    r"\busage\b|\b(uvicorn|gunicorn|flask|fastapi|streamlit|hypercorn|docker|make|uv run|poetry run)"
    r" |\bpython3? (-m )?\w",
    re.IGNORECASE,
)
_WEB_PACKAGES = frozenset(each.distribution for each in FRAMEWORKS if each.kind in SERVED)
# Of waitress, gevent, Tornado, aiohttp, Werkzeug, CherryPy, Eventlet. Flask's own app.run() isn't
# among them: flask run does the same.
_SERVERS = ("serve", "serve_forever", "run_app", "run_simple", "quickstart", "listen")
_MARKS = re.compile("|".join((*_SERVERS, r"(uvicorn|socketio)\.run", "__main__")).encode())
# In a function of another module of the app, which the script leaves all to.
_STARTS = (*_SERVERS, "run", "start", "start_server")


@dataclass(frozen=True)
class FoundScripts:
    """What can be run.

    Attributes:
        scripts: several where they are equally good.
        harmful: what isn't among them because it changes data.
        command_lines: what does nothing without arguments.
    """

    scripts: tuple[StartCommand, ...] = ()
    harmful: tuple[StartCommand, ...] = ()
    command_lines: tuple[StartCommand, ...] = ()


def find_scripts(
    tree: SourceTree,
    installed: Mapping[str, str],
    project: DeclaredProject,
    harmful: Mapping[str, int],
) -> FoundScripts:
    """Return what can be run.

    Args:
        tree: the app's files.
        installed: the version of each installed distribution, by its normalised name.
        project: what pyproject.toml declares.
        harmful: the files that are known to change data, and the line of each.
    """
    is_installed = project.name in installed
    if is_installed and project.scripts:
        return find_console_scripts(tree, installed, project)
    packages = _packages(tree, is_installed=is_installed)
    found = FoundScripts(packages) if packages else _files(tree, harmful)
    if "scrapy" in installed and (tree.app_dir / _SCRAPY_CFG).is_file():
        # https://docs.scrapy.org/en/latest/topics/commands.html
        crawl = tree.command(APP, "scrapy crawl", _SCRAPY_CFG, None)
        found = replace(found, command_lines=(*found.command_lines, crawl))
    return found


def find_console_scripts(
    tree: SourceTree, installed: Mapping[str, str], project: DeclaredProject
) -> FoundScripts:
    """Return the console scripts of the app's own distribution; none where it isn't installed.

    The one with the project's name is preferred, unless that is a command line.
    """
    scripts: list[StartCommand] = []
    harmful: list[StartCommand] = []
    command_lines: list[StartCommand] = []
    own: list[StartCommand] = []
    for each in project.scripts if project.name in installed else ():
        script = tree.command(APP, shlex.quote(each.name), PYPROJECT_TOML, each.line)
        if is_script_name(each.name):
            harmful.append(script)
        elif _needs_arguments(tree, each.module):
            command_lines.append(script)
        else:
            (own if each.name == project.name else scripts).append(script)
    return FoundScripts(tuple(own or scripts), tuple(harmful), tuple(command_lines))


def _run_file(tree: SourceTree, path: str, line: int) -> StartCommand:
    """Return the command that runs a file; ``line`` is where it says what it does."""
    return tree.command(APP, f"python {shlex.quote(path)}", path, line)


def _needs_arguments(tree: SourceTree, module: str) -> bool:
    path = find_module(tree, module, "") if module else None
    return path is not None and tree.mentions(path, _COMMAND_LINE)


def _packages(tree: SourceTree, *, is_installed: bool) -> tuple[StartCommand, ...]:
    found = []
    for path in tree.paths:
        file = PurePosixPath(path)
        parts = file.parent.parts
        directory = SRC if len(parts) > 1 and parts[0] == SRC else ""
        is_package = len(parts) == (2 if directory else 1)
        module = tree.parse(path) if file.name == _DUNDER_MAIN and is_package else None
        if module is not None and parts[-1].isidentifier():
            directory = "" if is_installed else directory
            text = from_directory(directory, f"python -m {parts[-1]}")
            found.append(tree.command(APP, text, path, 1))
    return tuple(found)


def _files(tree: SourceTree, known: Mapping[str, int]) -> FoundScripts:
    """Return the scripts at the top; of several, those whose names say more."""
    found: list[tuple[tuple[bool, bool], StartCommand]] = []
    harmful = [_run_file(tree, path, line) for path, line in known.items()]
    command_lines = []
    for path in tree.paths:
        module = tree.parse(path) if "/" not in path and path not in known else None
        line, is_guarded = _first_action(module) if module is not None else (None, False)
        if module is None or line is None or not _is_script(module, is_guarded=is_guarded):
            continue
        destroys = read_import_effects(module, as_script=True).destroys
        if destroys is not None or _may_change_data(tree, path):
            harmful.append(_run_file(tree, path, destroys or line))
        elif tree.mentions(path, _COMMAND_LINE):
            command_lines.append(_run_file(tree, path, line))
        else:
            worse = (not _is_usual(path), not is_guarded)
            found.append((worse, _run_file(tree, path, line)))
    best = min((worse for worse, _ in found), default=None)
    scripts = tuple(script for worse, script in found if worse == best)
    return FoundScripts(scripts, tuple(harmful), tuple(command_lines))


def _is_usual(path: str) -> bool:
    return path in (*LIKELY_NAMES, _DUNDER_MAIN)


def _may_change_data(tree: SourceTree, path: str) -> bool:
    is_by_hand = is_script_name(PurePosixPath(path).stem)
    return is_by_hand or (not _is_usual(path) and tree.mentions(path, _MAY_CHANGE_DATA))


def _is_script(module: ast.Module, *, is_guarded: bool) -> bool:
    """Tell whether a file does something when it is run, and more than to define an app."""
    if _uses_a_web_framework(module) or _tells_how_to_run(module):
        return False
    return is_guarded or _APP_NAMES.isdisjoint(
        target.id
        for statement in module.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    )


def _uses_a_web_framework(module: ast.Module) -> bool:
    """Tell whether a script makes a web app out of a server's reach; it wouldn't use the port."""
    return any(name.partition(".")[0] in _WEB_PACKAGES for name in imported_modules(module))


def _tells_how_to_run(module: ast.Module) -> bool:
    """Tell whether a file does no more than to print how the app is to be started."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    functions = {each.name for each in module.body if isinstance(each, ast.FunctionDef)}
    names = {each.func.id if isinstance(each.func, ast.Name) else "" for each in calls}
    texts = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant))
    return names <= {"print", *functions} and any(
        isinstance(text, str) and _HOW_TO_RUN.search(text) for text in texts
    )


def _first_action(module: ast.Module) -> tuple[int | None, bool]:
    """Return the line on which a file does something, and whether only as a script."""
    guard = next((each for each in module.body if is_main_check(each)), None)
    if guard is not None:
        return guard.lineno, True
    actions = (ast.For, ast.While, ast.With)
    for statement in module.body:
        is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        if is_call or isinstance(statement, actions):
            return statement.lineno, False
    return None, False


def find_own_servers(
    tree: SourceTree, installed: Mapping[str, str], project: DeclaredProject
) -> tuple[StartCommand, ...]:
    """Return the console scripts, and the scripts that start a server when they are run."""
    scripts = (*find_console_scripts(tree, installed, project).scripts, *_server_files(tree))
    return tuple(replace(each, name=WEB) for each in scripts)


def _server_files(tree: SourceTree) -> Iterator[StartCommand]:
    for path in tree.paths:
        is_start = "/" not in path or PurePosixPath(path).name == "__main__.py"
        module = tree.parse(path) if is_start and tree.mentions(path, _MARKS) else None
        guard = (
            next((each for each in module.body if is_main_check(each)), None) if module else None
        )
        if module is not None and guard is not None and _starts_a_server(tree, module):
            yield _run_file(tree, path, guard.lineno)


def _starts_a_server(tree: SourceTree, module: ast.Module) -> bool:
    """Tell whether a script starts a server, or leaves all to a function of another module."""
    names = imported_names(module.body, "")
    for call, _ in running_calls(module, as_script=True):
        if last_name(call.func) in _SERVERS:
            return True
        if method_name(call.func) in ("uvicorn.run", "socketio.run"):
            return True
        if isinstance(call.func, ast.Name) and _imports_a_start(tree, names.get(call.func.id, "")):
            return True
    return False


def _imports_a_start(tree: SourceTree, full_name: str) -> bool:
    """Tell whether a function of another module, such as ``shop.main.main``, starts a server."""
    owner, _, name = full_name.rpartition(".")
    path = find_module(tree, owner, "") if owner else None
    module = tree.parse(path) if path is not None else None
    return any(
        isinstance(node, ast.Call) and last_name(node.func) in _STARTS
        for function in (module.body if module is not None else ())
        if isinstance(function, ast.FunctionDef) and function.name == name
        for node in ast.walk(function)
    )
