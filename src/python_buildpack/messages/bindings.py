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
from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.system.text import printable


@message_for.register
def _(error: UnreadableBindingError) -> UserMessage:
    return UserMessage(
        "A service binding can't be read",
        f"""\
Path: {printable(error.path)}
Problem: {printable(error.problem)}

The build doesn't run as root. Make the binding readable ("pack build --volume" keeps modes):
  chmod -R a+rX DIRECTORY""",
    )


@message_for.register
def _(error: BindingWithoutTypeError) -> UserMessage:
    return UserMessage(
        "A service binding has no type",
        f"""\
Directory: {printable(error.path)}

Add a file "type" with one word, such as pip, netrc or ca-certificates, and a file for each entry:
{BINDINGS}""",
    )


@message_for.register
def _(error: MissingEntryError) -> UserMessage:
    entries = " or ".join(error.expected)
    return UserMessage(
        f"The service binding {printable(error.name)} has no {entries}",
        f"""\
Type: {printable(error.type)}

Add a file with exactly this name to the binding: {entries}
{BINDINGS}""",
    )


@message_for.register
def _(error: InvalidEntryError) -> UserMessage:
    return UserMessage(
        f"The service binding {printable(error.name)} has an invalid entry",
        f"""\
Type: {printable(error.type)}
Entry: {printable(error.entry)}
Problem: it {error.problem}.

Correct the entry in the binding's secret. Its contents aren't shown here.""",
    )


@message_for.register
def _(error: DuplicateBindingsError) -> UserMessage:
    return UserMessage(
        f"{len(error.names)} service bindings have the type {printable(error.type)}",
        f"""\
Found: {", ".join(map(printable, error.names))}

A build uses one of this type: remove the others, or merge them.""",
    )
