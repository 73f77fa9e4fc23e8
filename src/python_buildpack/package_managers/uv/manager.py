"""The description of uv."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.app.tool_configuration import ToolConfiguration
from python_buildpack.package_managers.manager import Manager

if TYPE_CHECKING:
    from python_buildpack.package_managers.protocol import App, Dependencies


def _read(app: App, file: str | None) -> Dependencies:
    from python_buildpack.package_managers.uv.strategy import read

    return read(app, file)


UV = Manager(
    name="uv",
    display_name="uv",
    files=("uv.lock",),
    read=_read,
    tool="uv",
    prefix="UV_",
    url_variables="UV_(?:INDEX|DEFAULT_INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS)",
    configuration=ToolConfiguration("uv", "UV_CONFIG_FILE", ("uv.toml",)),
    app_settings="uv.toml",
    index_credentials=("UV_INDEX_NAME_USERNAME", "UV_INDEX_NAME_PASSWORD"),
    timeout_variable="UV_HTTP_TIMEOUT",
    no_build_variable="UV_NO_BUILD",
    lock_command="uv lock",
    relock_command="uv lock --refresh",
    hash_command="uv lock",
    not_a_package="write package = false into [tool.uv], and lock again: uv lock.",
    takes_local_wheels=False,
    export_command=(
        "uv export --no-default-groups --no-emit-project --output-file requirements.txt"
    ),
    offline_lock="""\
lock from a directory: an index with url = "vendor" and format = "flat" in
[[tool.uv.index]], and uv installs from there itself.""",
    # "uv pip compile" has the same first line as "uv export", but resolves again.
    export_mark=r"\buv export\b",
)
