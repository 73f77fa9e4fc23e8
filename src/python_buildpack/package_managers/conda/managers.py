"""The descriptions of conda and pixi, whose environments have a Python of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.app.tool_configuration import ToolConfiguration
from python_buildpack.package_managers.manager import Manager

if TYPE_CHECKING:
    from python_buildpack.package_managers.protocol import App, Dependencies

_OFFLINE_LOCK = """\
lock from a channel in a directory, by its file:// URL, and it is installed from there."""


def _read(app: App, file: str | None) -> Dependencies:
    from python_buildpack.package_managers.conda.strategy import read

    return read(app, file)


CONDA = Manager(
    name="conda",
    display_name="conda",
    files=(
        *("conda-lock.yml", "conda-linux-*.lock", "environment.yml", "environment.yaml"),
        *("conda.yaml", "conda.yml"),
    ),
    read=_read,
    tool="rattler",
    prefix="CONDA_",
    configuration=ToolConfiguration("conda", "RATTLER_AUTH_FILE", ("credentials.json",)),
    lock_command="conda-lock --file environment.yml",
    relock_command="conda-lock --file environment.yml",
    hash_command="conda-lock --file environment.yml",
    takes_local_wheels=False,
    offline_lock=_OFFLINE_LOCK,
    has_own_python=True,
)
PIXI = Manager(
    name="pixi",
    display_name="pixi",
    files=("pixi.lock", "pixi.toml"),
    read=_read,
    tool="rattler",
    prefix="PIXI_",
    lock_command="pixi lock",
    relock_command="pixi update",
    hash_command="pixi lock",
    takes_local_wheels=False,
    offline_lock=_OFFLINE_LOCK,
    has_own_python=True,
)
