"""Wording for service bindings that can't be used; what is in them is never shown."""

from __future__ import annotations

from python_buildpack.app.bindings.service_bindings import (
    BindingWithoutTypeError,
    DuplicateBindingsError,
    InvalidEntryError,
    MissingEntryError,
    UnreadableBindingError,
)
from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.system.text import printable

_DIRECTORY_ADVICE = """\
A binding is a directory in $SERVICE_BINDING_ROOT (or in bindings/ of the platform's directory), with a
file "type" and a file for each entry."""


@message_for.register
def _(error: UnreadableBindingError) -> UserMessage:
    return UserMessage(
        "A service binding can't be read",
        f"""\
Path: {printable(error.path)}
Problem: {printable(error.problem)}

The build doesn't run as root: make the binding readable for its user. A file that is mounted with
"pack build --volume" keeps the mode and the owner that it has on your machine.""",
    )


@message_for.register
def _(error: BindingWithoutTypeError) -> UserMessage:
    return UserMessage(
        "A service binding has no type",
        f"""\
Directory: {printable(error.path)}

{_DIRECTORY_ADVICE}
Add the file "type", which holds one word, such as pip, netrc or ca-certificates.""",
    )


@message_for.register
def _(error: MissingEntryError) -> UserMessage:
    entries = " or ".join(error.expected)
    return UserMessage(
        f"The service binding {printable(error.name)} lacks an entry",
        f"""\
Its type is {printable(error.type)}, and it has no {entries}.

{_DIRECTORY_ADVICE}
Add the entry {entries}, with exactly this name.""",
    )


@message_for.register
def _(error: InvalidEntryError) -> UserMessage:
    return UserMessage(
        f"The service binding {printable(error.name)} has an invalid entry",
        f"""\
Type: {printable(error.type)}
Entry: {printable(error.entry)}
Problem: it {error.problem}.

Correct the file or the secret that the binding is made from. What is in it is not shown here.""",
    )


@message_for.register
def _(error: DuplicateBindingsError) -> UserMessage:
    return UserMessage(
        f"There are {len(error.names)} service bindings of type {printable(error.type)}",
        f"""\
Found: {", ".join(map(printable, error.names))}

A build can use one of this type. Give it only one, or put what they hold into one.""",
    )
