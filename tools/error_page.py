"""Write docs/errors.md and docs/warnings.md: all errors and warnings, made from the messages.

Each class of errors and warnings is filled with the values of ``error_examples.toml``, and its message is
rendered as the log shows it. So no error is missing, and no wording stands in two places.
"""

from __future__ import annotations

import dataclasses
import datetime
import inspect
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import tomli

from python_buildpack.cnb.errors import CnbError
from python_buildpack.messages.links import anchor
from python_buildpack.messages.wording import message_for, text_for
from python_buildpack.package_managers import manager, registry
from python_buildpack.system.errors import InternalError, ServiceError
from python_buildpack.system.output import Output

_ROOT = Path(__file__).resolve().parent.parent
_DOCS = _ROOT / "docs"
_SHIM = _ROOT / "bin" / "run"
_EXAMPLES = Path(__file__).with_name("error_examples.toml")
_INTRODUCTION = """\
# Errors

Every error that ends a build, as the log shows it, with example values. The last line of an error in a
log leads to its section here. Where nothing else is said, the app or the build's settings have to change.

<!-- Made from the messages in src/python_buildpack/messages by scripts/docs. Don't edit it. -->
"""
_WARNINGS = """\
# Warnings

Every warning of a build, as the log shows it, with example values. The last line of a warning in a log leads to
its section here. A build with warnings goes on; most tell what will go wrong later.

<!-- Made from the messages in src/python_buildpack/messages by scripts/docs. Don't edit it. -->
"""
_AREAS: Mapping[str, str] = {
    "python_version": "Python versions",
    "python_evidence": "Python versions and wheels",
    "package_managers": "Choice of a package manager",
    "undeclared_imports": "Missing dependencies",
    "requirements": "Requirements files",
    "locks": "Locks, groups and extras",
    "pylock": "pylock.toml",
    "pip": "pip",
    "tools": "Installation",
    "package_index": "Package indexes and Git",
    "malformed_urls": "Passwords in URLs",
    "bindings": "Service bindings",
    "offline": "Builds without a network",
    "downloads": "Downloads and archives",
    "conda": "conda and pixi",
    "start_commands": "Start commands",
    "start_warnings": "Detected start commands",
    "django_app": "Django settings",
    "django_static": "Django static files",
    "linkage": "Shared libraries",
    "environment": "Settings and variables",
    "text_file": "Unreadable files",
    "cnb": "The platform",
    "internal": "The machine and the buildpack",
}
# What else to know, by the class of the error.
_HINTS: Mapping[type[Exception], str] = {
    ServiceError: " Building again may help.",
    InternalError: " The app isn't at fault.",
    CnbError: " The platform is at fault, not the app.",
}
_MANAGERS = {each.name: each for each in registry.MANAGERS}


def error_page() -> str:
    """Return the page of errors: a section for each area of the messages, with its errors."""
    lines = [_INTRODUCTION, *_sections(worded_errors()), "## Before the buildpack starts\n"]
    lines += [_shim_section(*error) for error in shim_errors()]
    return "\n".join(lines)


def warning_page() -> str:
    """Return the page of warnings, in the same order."""
    return "\n".join((_WARNINGS, *_sections(worded_warnings())))


def _sections(subjects: Sequence[type]) -> Iterator[str]:
    for module, title in _AREAS.items():
        found = [_section(each) for each in subjects if _area(each) == module]
        yield from (f"## {title}\n", *found) if found else ()


def shim_errors() -> list[tuple[str, str, str]]:
    """Return anchor, heading and body of the errors of ``bin/run``, which has no Python yet."""
    return re.findall(
        r'fail ([a-z-]+) "([^"]+)" \\\n\t+"([^"]+)"', _SHIM.read_text(encoding="utf-8")
    )


def worded_errors() -> list[type[Exception]]:
    """Return each class of errors that has wording, in the order of the wording."""
    return sorted((each for each in text_for.registry if issubclass(each, Exception)), key=_line)


def worded_warnings() -> list[type]:
    """Return each class of warnings, in the order of the wording."""
    warnings = {each for each in text_for.registry if not issubclass(each, Exception)}
    return sorted(warnings - {object}, key=_line)


def _line(subject: type) -> int:
    return text_for.dispatch(subject).__code__.co_firstlineno


def _area(subject: type) -> str:
    return text_for.dispatch(subject).__module__.rpartition(".")[2]


def _section(subject: type) -> str:
    message = message_for(_Examples().example(subject))
    is_error = issubclass(subject, Exception)
    log = io.StringIO()
    show = Output(log).error if is_error else Output(log).warning
    show(message.heading, message.body, "")
    meaning = " ".join(
        (inspect.getdoc(subject) or "").partition("\n\n")[0].partition(";")[0].split()
    )
    hint = next((text for base, text in _HINTS.items() if issubclass(subject, base)), "")
    return f"""\
<a id="{anchor(subject)}"></a>

### {message.heading}

{meaning.replace("``", "`").rstrip(".")}.{hint}

```text
{log.getvalue().strip().removesuffix("More:").strip()}
```
"""


def _shim_section(anchor: str, heading: str, body: str) -> str:
    return f"""\
<a id="{anchor}"></a>

### {heading}

The buildpack itself isn't complete, or isn't for this build image.

```text
Error: {heading}
  {body}
```
"""


class _Examples:
    """Makes values of any of the types that errors have fields of."""

    def __init__(self) -> None:
        self._values = tomli.loads(_EXAMPLES.read_text(encoding="utf-8"))

    def example(self, kind: type) -> object:
        return self._instance(kind, {})

    def _instance(self, kind: type[Any], given: Mapping[str, object]) -> object:
        values = {**self._values["fields"], **self._values.get(kind.__name__, {}), **given}
        # A Manager is taken from the registry, so what it alone imports for its types isn't needed.
        hints = get_type_hints(kind)
        return kind(
            **{
                field.name: self._value(hints[field.name], values.get(field.name))
                for field in dataclasses.fields(kind)
                if field.name in values or field.default is dataclasses.MISSING
            }
        )

    def _value(self, hint: Any, value: Any) -> object:
        arguments = get_args(hint)
        if get_origin(hint) in {Union, UnionType}:
            return self._value(arguments[0], value)
        if get_origin(hint) is tuple:
            return self._tuple(arguments, value)
        if hint is manager.Manager:
            return _MANAGERS[value]
        if issubclass(hint, Enum):
            return hint[value]
        if hint is datetime.date:
            return hint.fromisoformat(value)
        if issubclass(hint, Exception):
            error = next(each for each in worded_errors() if each.__name__ == value)
            return self._instance(error, {})
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self._instance(hint, value or {})
        return hint(value)

    def _tuple(self, types: tuple[Any, ...], values: Any) -> tuple[object, ...]:
        if types[-1] is not Ellipsis:
            return tuple(map(self._value, types, values))
        # Without a value: one that has the examples of its own class.
        return tuple(self._value(types[0], each) for each in ([{}] if values is None else values))


if __name__ == "__main__":
    (_DOCS / "errors.md").write_text(error_page(), encoding="utf-8")
    (_DOCS / "warnings.md").write_text(warning_page(), encoding="utf-8")
