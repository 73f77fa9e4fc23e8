"""Wording for invalid service bindings; their contents are never shown."""

from __future__ import annotations

from python_buildpack.app.bindings.service_bindings import (
    BindingWithoutTypeError,
    DuplicateBindingsError,
    InvalidEntryError,
    MissingEntryError,
    UnreadableBindingError,
)
from python_buildpack.messages.links import BINDINGS
from python_buildpack.messages.message import text_for
from python_buildpack.system.text import printable


@text_for.register
def _(error: UnreadableBindingError) -> str:
    return f"""\
A service binding can't be read
Path: {printable(error.path)}
Problem: {printable(error.problem)}

The build doesn't run as root. Make the binding readable ("pack build --volume" keeps modes):
  chmod -R a+rX DIRECTORY"""


@text_for.register
def _(error: BindingWithoutTypeError) -> str:
    return f"""\
A service binding has no type
Directory: {printable(error.path)}

Add a file "type" with one word, such as pip, netrc or ca-certificates, and a file for each entry:
{BINDINGS}"""


@text_for.register
def _(error: MissingEntryError) -> str:
    entries = " or ".join(error.expected)
    return f"""\
The service binding {printable(error.name)} has no {entries}
Type: {printable(error.type)}

Add a file with exactly this name to the binding: {entries}
{BINDINGS}"""


@text_for.register
def _(error: InvalidEntryError) -> str:
    return f"""\
The service binding {printable(error.name)} has an invalid entry
Type: {printable(error.type)}
Entry: {printable(error.entry)}
Problem: it {error.problem}.

Correct the entry in the binding's secret. Its contents aren't shown here."""


@text_for.register
def _(error: DuplicateBindingsError) -> str:
    return f"""\
{len(error.names)} service bindings have the type {printable(error.type)}
Found: {", ".join(map(printable, error.names))}

A build uses one of this type: remove the others, or merge them."""
