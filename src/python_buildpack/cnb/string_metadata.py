"""The rule for metadata that the lifecycle keeps from one build to the next: strings only.

The lifecycle keeps layers' metadata and ``store.toml`` as JSON in a label of the image. An
integer ``3`` comes back as the float ``3.0`` and a date as a string, so that a value would differ
from itself at the next build.
"""

from __future__ import annotations

from collections.abc import Mapping


def require_strings(metadata: Mapping[str, object]) -> None:
    """Check that every key and value is a string.

    Raises:
        TypeError: one is not.
    """
    for part in (*metadata.keys(), *metadata.values()):
        if not isinstance(part, str):
            raise TypeError(f"Metadata holds strings only, not {part!r}")
