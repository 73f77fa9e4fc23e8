"""``store.toml``: what a buildpack remembers of an app from one build to the next.

The lifecycle restores it from the previous image, even where the cache was cleared.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#storetoml-toml
"""

from __future__ import annotations

from collections.abc import Mapping

from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.string_metadata import require_strings
from python_buildpack.cnb.toml_reader import is_table, parse_toml
from python_buildpack.cnb.toml_writer import write_toml


def store_toml(metadata: Mapping[str, str]) -> str:
    """Return the document that goes to ``<layers>/store.toml``.

    Raises:
        TypeError: the metadata holds anything but strings.
    """
    require_strings(metadata)
    return write_toml({"metadata": dict(sorted(metadata.items()))})


def parse_store(text: str, document: str = "store.toml") -> dict[str, str]:
    """Return the metadata.

    Values that are not strings are dropped: another version of this buildpack may have written
    them, and what is remembered is only ever a preference.

    Raises:
        InvalidDocumentError: it is not TOML, or has no ``[metadata]``.
    """
    metadata = parse_toml(text, document).get("metadata")
    if not is_table(metadata):
        raise InvalidDocumentError(document, "[metadata] is missing or is not a table")
    return {key: value for key, value in metadata.items() if isinstance(value, str)}
