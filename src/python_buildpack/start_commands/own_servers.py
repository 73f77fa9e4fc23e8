"""What an app starts its own server with, in place of one that loads the app."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from python_buildpack.start_commands.declared_scripts import DeclaredProject
from python_buildpack.start_commands.import_effects import last_name, method_name, running_calls
from python_buildpack.start_commands.import_time import is_main_check
from python_buildpack.start_commands.scripts import Script, find_console_scripts, run_file
from python_buildpack.start_commands.source_tree import SourceTree

# Of waitress, gevent, Tornado, aiohttp, Werkzeug, CherryPy, Eventlet. Flask's own app.run() isn't
# among them: flask run does the same.
_SERVERS = ("serve", "serve_forever", "run_app", "run_simple", "quickstart", "listen")
_MARKS = re.compile("|".join((*_SERVERS, r"(uvicorn|socketio)\.run")).encode())


def find_own_servers(
    tree: SourceTree, installed: Mapping[str, str], project: DeclaredProject
) -> tuple[Script, ...]:
    """Return the console scripts, and the scripts that start a server when they are run."""
    return (*find_console_scripts(tree, installed, project).scripts, *_files(tree))


def _files(tree: SourceTree) -> Iterator[Script]:
    for path in tree.paths:
        is_start = "/" not in path or PurePosixPath(path).name == "__main__.py"
        module = tree.parse(path) if is_start and tree.mentions(path, _MARKS) else None
        guard = (
            next((each for each in module.body if is_main_check(each)), None) if module else None
        )
        if module is not None and guard is not None and _starts_a_server(module):
            yield run_file(path, guard.lineno)


def _starts_a_server(module: ast.Module) -> bool:
    return any(
        last_name(call.func) in _SERVERS
        or method_name(call.func) in ("uvicorn.run", "socketio.run")
        for call, _ in running_calls(module, as_script=True)
    )
