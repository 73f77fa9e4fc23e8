"""The description of Poetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.app.tool_configuration import ToolConfiguration
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
    prefix="POETRY_",
    url_variables="POETRY_REPOSITORIES_.+_URL",
    configuration=ToolConfiguration(
        "poetry", "POETRY_CONFIG_DIR", ("auth.toml", "config.toml"), is_directory=True
    ),
    app_settings="poetry.toml",
    index_credentials=("POETRY_HTTP_BASIC_NAME_USERNAME", "POETRY_HTTP_BASIC_NAME_PASSWORD"),
    timeout_variable="POETRY_REQUESTS_TIMEOUT",
    no_build_variable="POETRY_INSTALLER_ONLY_BINARY",
    lock_command="poetry lock",
    relock_command="poetry lock --regenerate",
    hash_command="poetry lock --regenerate",
    not_a_package="write package-mode = false into [tool.poetry].",
    takes_local_wheels=False,
    export_command=(
        "poetry export --output requirements.txt   (of the plugin poetry-plugin-export)"
    ),
    export_mark=r"\bpoetry export\b",
    tool_table="poetry",
)
