"""``group.toml``: the buildpacks of this build, in their order, as the detector found them.

It is the lifecycle's own file, in the layers directory that all buildpacks share, and not a part of
the Buildpack API: a hint, and nothing that must be there.
https://github.com/buildpacks/spec/blob/platform/v0.14/platform.md#grouptoml-toml
"""

from __future__ import annotations

from collections.abc import Sequence

from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.toml_reader import is_table, parse_toml


def parse_group(text: str, document: str = "group.toml") -> tuple[str, ...]:
    """Return the ids of the buildpacks, first to last.

    Raises:
        InvalidDocumentError: it is not TOML, or has not the form of a group.
    """
    entries = parse_toml(text, document).get("group")
    if not isinstance(entries, list):
        raise InvalidDocumentError(document, "group is not an array of tables")
    ids = []
    for index, entry in enumerate(entries):
        buildpack_id = entry.get("id") if is_table(entry) else None
        if not isinstance(buildpack_id, str):
            raise InvalidDocumentError(document, f"group[{index}].id is not a string")
        ids.append(buildpack_id)
    return tuple(ids)


def ids_after(ids: Sequence[str], buildpack_dir_name: str) -> Sequence[str] | None:
    """Return the ids of the buildpacks after one; None if it isn't there.

    Args:
        buildpack_dir_name: its id as a directory is named, with "_" for "/".
    """
    names = [buildpack_id.replace("/", "_") for buildpack_id in ids]
    if buildpack_dir_name not in names:
        return None
    return ids[names.index(buildpack_dir_name) + 1 :]
