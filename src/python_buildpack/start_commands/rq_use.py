"""What an app has for RQ to do, which knows queues by name and has no app object."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from python_buildpack.start_commands.import_effects import last_name
from python_buildpack.start_commands.module_names import module_name
from python_buildpack.start_commands.module_reading import imported_modules
from python_buildpack.start_commands.source_tree import SourceTree

_MENTION = re.compile(rb"\b(?:django_)?rq\b|\bRQ_QUEUES\b")
_PACKAGES = ("rq", "django_rq")
# What puts a job off is left to RQ's own scheduler, which is part of a worker that is told so.
# https://python-rq.org/docs/scheduling/
_DELAY = re.compile(rb"\.enqueue_(?:at|in)\(|\bRQScheduler\b|\bRetry\([^)]*\binterval")
# The functions that take the name of a queue first, and what a queue without a name is called.
_QUEUE_FUNCTIONS = frozenset({"Queue", "get_queue", "job"})
_DEFAULT_QUEUE = "default"
_DJANGO_QUEUES = "RQ_QUEUES"
# The value of a name that isn't one of the module's own.
_CONSTANT = r"(?m)^%s\s*(?::[^=\n]*)?=\s*[\"']([\w .:-]+)[\"']"


@dataclass(frozen=True)
class RqUse:
    """What an app does with RQ.

    Attributes:
        path: of the first file that uses it, relative to the app.
        line: of that file, counted from 1.
        directory: that the file's imports start from, relative to the app; "" for the app's.
        queues: their names, in the order of their appearance; never empty.
        needs_scheduler: whether jobs are put off.
    """

    path: str
    line: int
    directory: str
    queues: tuple[str, ...]
    needs_scheduler: bool


def find_rq_use(tree: SourceTree, installed: Mapping[str, str]) -> RqUse | None:
    """Return what the app does with RQ; None where it doesn't import it, or can't.

    Args:
        tree: the app's files.
        installed: the version of each installed distribution, by its normalised name.
    """
    if "rq" not in installed:
        return None
    first: tuple[str, int, str] | None = None
    queues: dict[str, None] = {}
    for path in tree.paths:
        module = tree.parse(path) if tree.mentions(path, _MENTION) else None
        if module is None:
            continue
        names = _names(module)
        constants = _Constants(tree, path)
        queues |= dict.fromkeys(_queues(module, names, constants))
        if first is None and names:
            name = module_name(tree, path, imported_modules(module))
            line = min(line for _, line in names.values())
            first = path, line, name.directory if name is not None else ""
    if first is None:
        return None
    needs_scheduler = any(tree.mentions(path, _DELAY) for path in tree.paths)
    return RqUse(*first, tuple(queues) or (_DEFAULT_QUEUE,), needs_scheduler)


@dataclass(frozen=True)
class _Constants:
    """The names that a module has for queues."""

    tree: SourceTree
    path: str

    def text(self, node: ast.expr | None) -> str | None:
        """Return the text that an expression stands for; None where that isn't known.

        A name is looked for in the module itself, then in all others that have it.
        """
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        name = last_name(node) if node is not None else ""
        if not name.isupper():
            return None
        pattern = re.compile((_CONSTANT % re.escape(name)).encode())
        for path in (self.path, *self.tree.paths):
            value = self.tree.find(path, pattern)
            if value is not None:
                return value
        return None


def _names(module: ast.Module) -> dict[str, tuple[str, int]]:
    """Return what a module has imported of RQ: by its name there, the full name and the line."""
    names: dict[str, tuple[str, int]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                if top in _PACKAGES:
                    names[alias.asname or top] = (alias.name if alias.asname else top, node.lineno)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            source = node.module or ""
            if source.partition(".")[0] in _PACKAGES:
                imported = {alias.asname or alias.name: alias.name for alias in node.names}
                names |= {key: (f"{source}.{name}", node.lineno) for key, name in imported.items()}
    return names


def _queues(
    module: ast.Module, names: Mapping[str, tuple[str, int]], constants: _Constants
) -> Iterator[str]:
    found: list[tuple[int, str]] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _function(node.func, names) in _QUEUE_FUNCTIONS:
            name = _queue_name(node, constants)
            found += [(node.lineno, name)] if name is not None else []
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            targets = (each.id for each in node.targets if isinstance(each, ast.Name))
            if _DJANGO_QUEUES in targets:
                keys = (constants.text(each) for each in node.value.keys)
                found += [(node.lineno, key) for key in keys if key is not None]
    # A walk is by depth, not by line; the sort keeps the order within a line.
    yield from (name for _, name in sorted(found, key=lambda each: each[0]))


def _function(node: ast.expr, names: Mapping[str, tuple[str, int]]) -> str:
    """Return the last part of the full name of what is called of RQ; "" for all others."""
    top, attribute = node, ""
    while isinstance(top, ast.Attribute):
        attribute, top = attribute or top.attr, top.value
    if not isinstance(top, ast.Name) or top.id not in names:
        return ""
    return attribute or names[top.id][0].rpartition(".")[2]


def _queue_name(call: ast.Call, constants: _Constants) -> str | None:
    """Return the queue that a call names; None where that isn't known before the app runs."""
    named = (each.value for each in call.keywords if each.arg in ("name", "queue"))
    value = call.args[0] if call.args else next(named, None)
    return _DEFAULT_QUEUE if value is None else constants.text(value)
