"""The description of pip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.package_managers.manager import Manager

if TYPE_CHECKING:
    from python_buildpack.package_managers.protocol import App, Dependencies

_COMPILE = "pip-compile --generate-hashes, or uv pip compile --generate-hashes"


def _read(app: App, file: str | None) -> Dependencies:
    from python_buildpack.package_managers.pip.strategy import read

    return read(app, file)


PIP = Manager(
    name="pip",
    display_name="pip",
    files=("requirements.txt",),
    read=_read,
    prefix="PIP_",
    url_variables="PIP_(?:INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS)",
    timeout_variable="PIP_DEFAULT_TIMEOUT",
    no_build_variable="PIP_ONLY_BINARY",
    relock_command=_COMPILE,
    hash_command=_COMPILE,
    not_a_package=(
        "remove [build-system] from pyproject.toml, or\n"
        "set BP_PIP_REQUIREMENT to a requirements file: then only its dependencies are installed."
    ),
    is_export_format=True,
)
