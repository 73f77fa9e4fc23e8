"""Package managers that are known, so that an app of theirs is told what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.package_managers.manager import Manager

if TYPE_CHECKING:
    from python_buildpack.package_managers.protocol import App, Dependencies


def _read(_app: App, _file: str | None) -> Dependencies:
    raise NotImplementedError


CONDA = Manager(
    name="conda",
    display_name="conda",
    files=("environment.yml", "environment.yaml", "conda.yaml", "conda.yml"),
    read=_read,
    instead="""\
conda's packages can't be installed. What is on the package index can: list what the app needs in
requirements.txt, and the build uses pip.

"pip list --format=freeze > requirements.txt", in the activated environment, makes such a list. Delete
from it what the app doesn't need, and what only conda has (compilers, system libraries).""",
)
PIXI = Manager(
    name="pixi",
    display_name="pixi",
    files=("pixi.lock", "pixi.toml"),
    read=_read,
    instead="""\
pixi's conda packages can't be installed. If all that the app needs is on the package index, list it
in a requirements.txt; the build then uses pip.""",
)
