"""What is said of pip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.package_managers.manager import Manager

if TYPE_CHECKING:
    from python_buildpack.package_managers.protocol import App, Dependencies


def _read(app: App, file: str | None) -> Dependencies:
    from python_buildpack.package_managers.pip.reading import read

    return read(app, file)


PIP = Manager(
    name="pip",
    display_name="pip",
    files=("requirements.txt",),
    read=_read,
    hash_command="pip-compile --generate-hashes, or uv pip compile --generate-hashes",
    is_export_format=True,
)
