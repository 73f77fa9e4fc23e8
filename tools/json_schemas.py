"""JSON schemas of files that services read, out of the wheel that collects them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.pinned_wheels import ensure_wheels


def read_schema(root: Path, name: str) -> dict[str, Any]:
    """Return a schema that check-jsonschema carries, such as ``gitlab-ci``.

    Args:
        root: the checkout; the wheel is downloaded into its cache on first use.

    Raises:
        ToolError: there is no such schema, or the wheel can't be downloaded.
    """
    (wheel,) = ensure_wheels(root, root / "requirements" / "schemas.txt")
    member = f"check_jsonschema/builtin_schemas/vendor/{name}.json"
    with zipfile.ZipFile(wheel) as archive:
        if member not in archive.namelist():
            raise ToolError(f"{wheel.name} has no schema {name}.")
        schema: dict[str, Any] = json.loads(archive.read(member))
    return schema
