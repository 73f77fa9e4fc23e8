"""What is said of Poetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.package_managers.manager import Manager

if TYPE_CHECKING:
    from python_buildpack.package_managers.protocol import App, Dependencies


def _read(app: App, file: str | None) -> Dependencies:
    from python_buildpack.package_managers.poetry.strategy import read

    return read(app, file)


POETRY = Manager(
    name="poetry",
    display_name="Poetry",
    files=("poetry.lock",),
    read=_read,
    tool="poetry",
    hash_command="poetry lock --regenerate",
    takes_local_wheels=False,
    export_command=(
        "poetry export --output requirements.txt   (of the plugin poetry-plugin-export)"
    ),
    export_mark=r"\bpoetry export\b",
    tool_table="poetry",
)
