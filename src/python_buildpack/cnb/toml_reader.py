"""Reading of the TOML documents that the lifecycle writes, which may be damaged."""

from __future__ import annotations

from typing import TypeGuard

import tomli

from python_buildpack.cnb.errors import InvalidDocumentError


def parse_toml(text: str, document: str) -> dict[str, object]:
    """Parse any TOML document.

    Raises:
        InvalidDocumentError: the text is not TOML.
    """
    try:
        return tomli.loads(text)
    # TOMLDecodeError is a ValueError; so is an integer of more digits than int() accepts.
    # Arrays that are nested too deeply are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise InvalidDocumentError(document, f"not valid TOML: {error}") from error


def is_table(value: object) -> TypeGuard[dict[str, object]]:
    """Whether ``value``, from a parsed TOML document, is a table."""
    return isinstance(value, dict)
