"""What can be run without a server: console scripts, packages, and scripts at the top.

What they start isn't known to serve the web, so the process isn't called ``web``, which platforms
send requests to and stop where nothing listens. The only process of an image is its default one
whatever its name.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.start_commands.declarations import Code, DeclaredScript
from python_buildpack.start_commands.frameworks import FRAMEWORKS, SERVED
from python_buildpack.start_commands.import_effects import (
    is_main_check,
    is_script_name,
    last_name,
    method_name,
    read_import_effects,
)
from python_buildpack.start_commands.modules import (
    assigned,
    find_module,
    imported_modules,
    read_module,
    script_calls,
)
from python_buildpack.start_commands.processes import WEB, StartCommand
from python_buildpack.start_commands.results import Ambiguous, Detected, Detection, NotDetected
from python_buildpack.start_commands.servers import python_command
from python_buildpack.start_commands.source_tree import LIKELY_NAMES, SourceTree, depth

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


def find_scripts(code: Code, harmful: Mapping[str, int]) -> Detection:
    """Return what can be run: several scripts where they are equally good."""
    tree, console_scripts = code.tree, tuple(_console_scripts(code))
    found = console_scripts or tuple(_packages(tree)) or tuple(_files(tree, harmful))
    likeliest = _likeliest(found)
    commands = tuple(each.command for each in likeliest)
    if len(commands) == 1 and likeliest[0].is_certain:
        return Detected(commands)
    if commands:
        return Ambiguous(commands)
    others = [each for each in found if not each.is_harmful]
    has_spiders = "scrapy" in code.installed and (tree.app_dir / _SCRAPY_CFG).is_file()
    # https://docs.scrapy.org/en/latest/topics/commands.html
    crawl = (tree.command(APP, "scrapy crawl", _SCRAPY_CFG, None),) if has_spiders else ()
    missing = () if console_scripts else code.project.scripts
    return NotDetected(
        unread=tuple(tree.unread.values()),
        scripts=tuple(each.command for each in found if each.is_harmful),
        command_lines=(*(each.command for each in others), *crawl),
        not_installed=tuple(_console_script(tree, each) for each in missing),
    )


@dataclass(frozen=True)
class _Script:
    """What can be run.

    Attributes:
        needs_arguments: whether it does nothing without.
        is_certain: whether it is reachable, if it serves the web.
        worse: a sort key; the least of several counts.
    """

    command: StartCommand
    is_harmful: bool = False
    needs_arguments: bool = False
    is_certain: bool = True
    worse: tuple[bool, ...] = ()


def _likeliest(scripts: Iterable[_Script]) -> list[_Script]:
    fit = [each for each in scripts if not (each.is_harmful or each.needs_arguments)]
    least = min((each.worse for each in fit), default=())
    return [each for each in fit if each.worse == least]


def _console_scripts(code: Code) -> Iterator[_Script]:
    """Yield the console scripts of the app's own distribution; none if it isn't installed.

    The one with the project's name is preferred, unless that is a command line.
    """
    tree, project = code.tree, code.project
    for each in project.scripts if project.name in code.installed else ():
        # A module that isn't among the app's files says nothing.
        path = find_module(tree, each.module, "") or ""
        yield _Script(
            _console_script(tree, each),
            is_harmful=is_script_name(each.name),
            needs_arguments=tree.mentions(path, _COMMAND_LINE),
            worse=(each.name != project.name,),
        )


def _console_script(tree: SourceTree, script: DeclaredScript) -> StartCommand:
    return tree.command(APP, shlex.quote(script.name), PYPROJECT_TOML, script.line)


def _run_file(tree: SourceTree, path: str, line: int) -> StartCommand:
    """Return the command that runs a file; ``line`` is where it says what it does."""
    module = read_module(tree, path)
    name, directory = (module.name, module.directory) if module is not None else ("", "")
    return tree.command(APP, python_command(name, directory, path), path, line)


def _packages(tree: SourceTree) -> Iterator[_Script]:
    for path in tree.paths:
        file = PurePosixPath(path)
        is_package = file.name == _DUNDER_MAIN and depth(path) == 1
        if is_package and tree.parse(path) is not None:
            yield _Script(_run_file(tree, path, 1))


def _files(tree: SourceTree, known: Mapping[str, int]) -> Iterator[_Script]:
    """Yield the scripts at the top, and the servers below."""
    yield from (_Script(_run_file(tree, *each), is_harmful=True) for each in known.items())
    for path, module, line, is_guarded in _runnable(tree):
        if path in known or _prints(module, _HOW_TO_RUN):
            continue
        is_web = any(name.partition(".")[0] in _WEB_PACKAGES for name in imported_modules(module))
        is_server = is_guarded and is_web and _starts_a_server(tree, path, _STARTS)
        is_entry = is_guarded and _is_usual(path)
        is_top = "/" not in path and (is_guarded or not _makes_an_app(module))
        is_other = not is_web and (is_entry or is_top)
        if is_server or is_other:
            yield _file(tree, path, module, line, is_web=is_web)


def _file(tree: SourceTree, path: str, module: ast.Module, line: int, *, is_web: bool) -> _Script:
    destroys = read_import_effects(module, as_script=True).destroys
    is_usual = _is_usual(path)
    may_change_data = not is_usual and tree.mentions(path, _MAY_CHANGE_DATA)
    is_by_hand = is_script_name(PurePosixPath(path).stem)
    is_guarded = _first_action(module)[1]
    takes_port = tree.mentions(path, PORT) and not tree.mentions(path, DEBUG)
    return _Script(
        replace(_run_file(tree, path, destroys or line), name=WEB if is_web else APP),
        is_harmful=destroys is not None or may_change_data or is_by_hand,
        needs_arguments=tree.mentions(path, _COMMAND_LINE),
        is_certain=takes_port if is_web else depth(path) == 0,
        worse=(_prints(module, _GREETING), "/" in path, not is_usual, not is_guarded),
    )


def _is_usual(path: str) -> bool:
    return PurePosixPath(path).name in (*LIKELY_NAMES, _DUNDER_MAIN)


def _makes_an_app(module: ast.Module) -> bool:
    """Return whether a module has a variable for servers, so that it may not do more than that."""
    names = {name for statement in module.body for name, _ in assigned(statement)}
    return not _APP_NAMES.isdisjoint(names)


def _prints(module: ast.Module, pattern: re.Pattern[str]) -> bool:
    """Return whether a file does no more than to print something with ``pattern`` in it."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    functions = {each.name for each in module.body if isinstance(each, ast.FunctionDef)}
    names = {each.func.id if isinstance(each.func, ast.Name) else "" for each in calls}
    texts = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant))
    return names <= {"print", *functions} and any(
        isinstance(text, str) and pattern.search(text) for text in texts
    )


def _runnable(tree: SourceTree) -> Iterator[tuple[str, ast.Module, int, bool]]:
    """Yield the files that do something, each with the line, and whether only as a script."""
    for path in tree.paths:
        module = tree.parse(path) if "/" not in path or tree.mentions(path, _MARKS) else None
        line, is_guarded = _first_action(module) if module is not None else (None, False)
        if module is not None and line is not None:
            yield path, module, line, is_guarded


def _first_action(module: ast.Module) -> tuple[int | None, bool]:
    guard = next((each for each in module.body if is_main_check(each)), None)
    if guard is not None:
        return guard.lineno, True
    actions = (ast.For, ast.While, ast.With)
    for statement in module.body:
        is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        if is_call or isinstance(statement, actions):
            return statement.lineno, False
    return None, False


def find_own_servers(code: Code) -> tuple[StartCommand, ...]:
    """Return the console scripts, and the scripts that start a server when they are run."""
    files = (
        _run_file(code.tree, path, line)
        for path, _, line, is_guarded in _runnable(code.tree)
        if is_guarded and ("/" not in path or PurePosixPath(path).name == _DUNDER_MAIN)
        if _starts_a_server(code.tree, path, _SERVERS)
    )
    scripts = _likeliest(_console_scripts(code))
    commands = (*(each.command for each in scripts), *files)
    return tuple(replace(each, name=WEB) for each in commands)


def _starts_a_server(tree: SourceTree, path: str, starts: tuple[str, ...]) -> bool:
    """Return whether a script starts a server, or leaves all to a function of another module."""
    module = read_module(tree, path)
    return module is not None and any(
        last_name(call.func) in (starts if owner is module else _STARTS)
        or method_name(call.func) in ("uvicorn.run", "socketio.run")
        for call, owner, _ in script_calls(tree, module)
    )
