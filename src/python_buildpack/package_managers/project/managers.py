"""Descriptions of projects that pip installs without a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.package_managers.manager import Manager

if TYPE_CHECKING:
    from python_buildpack.package_managers.protocol import App, Dependencies

_LOCK_IT = (
    "uv lock, poetry lock or pip lock; or, for a requirements file,\n"
    "uv pip compile --generate-hashes pyproject.toml -o requirements.txt"
)


def _read(app: App, file: str | None) -> Dependencies:
    from python_buildpack.package_managers.project.strategy import read

    return read(app, file)


PYPROJECT = Manager(
    name="pyproject",
    display_name="a plain pyproject.toml",
    files=("pyproject.toml",),
    read=_read,
    hash_command=_LOCK_IT,
    # Such files often hold the settings of tools alone.
    empty_is_meant=False,
)
SETUPTOOLS = Manager(
    name="setuptools",
    display_name="setuptools",
    files=("setup.py",),
    read=_read,
    hash_command=_LOCK_IT,
)
