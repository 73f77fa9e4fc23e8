from __future__ import annotations

import pytest

from python_buildpack.app.bindings.service_bindings import (
    BindingWithoutTypeError,
    DuplicateBindingsError,
    InvalidEntryError,
    MissingEntryError,
    UnreadableBindingError,
)
from python_buildpack.messages.wording import message_for
from python_buildpack.system.errors import UserError


@pytest.mark.parametrize(
    ("error", "heading", "mentioned"),
    [
        (
            UnreadableBindingError("/b/shop/pip.conf", "Permission denied"),
            "A service binding can't be read",
            ("Path: /b/shop/pip.conf", "Problem: Permission denied", "chmod -R a+rX"),
        ),
        (
            BindingWithoutTypeError("/b/shop"),
            "A service binding has no type",
            ("Directory: /b/shop", 'Add a file "type"'),
        ),
        (
            MissingEntryError("shop", "netrc", (".netrc", "netrc")),
            "The service binding shop has no .netrc or netrc",
            ("Type: netrc\n",),
        ),
        (
            InvalidEntryError("shop", "pip", "pip.conf", "is not UTF-8 text"),
            "The service binding shop has an invalid entry",
            ("Entry: pip.conf", "Problem: it is not UTF-8 text.", "shown"),
        ),
        (
            DuplicateBindingsError("pip", ("a", "b\x1b")),
            "2 service bindings have the type pip",
            ("Found: a, b\\x1b", "remove the others"),
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_message(error: UserError, heading: str, mentioned: tuple[str, ...]) -> None:
    message = message_for(error)
    assert message.heading == heading
    assert [text for text in mentioned if text not in message.body] == []
