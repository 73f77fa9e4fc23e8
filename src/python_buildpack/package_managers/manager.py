"""What a package manager is: all that other packages know of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_buildpack.app.tool_configuration import ToolConfiguration

if TYPE_CHECKING:
    from python_buildpack.package_managers.protocol import App, Dependencies


# One of each is made, even by detection: they are compared by identity.
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Manager:
    """A package manager. Detection imports all of them: what takes time is behind ``read``.

    Attributes:
        name: what BP_PACKAGE_MANAGER is set to.
        display_name: in messages, such as ``Poetry``.
        files: patterns of the files in the app's root that it is found by, the most telling first.
        read: reads what an app declares; imports the strategy. Takes the app, and the file that the
            manager was found by, None if the app declares nothing.
        tool: what installs: a distribution, its script, its layer, and the name of a requirements
            file of the buildpack.
        prefix: of its variables.
        url_variables: regular expression of those that hold URLs.
        configuration: the files in which the tool finds its settings and credentials.
        index_credentials: the variables with the credentials of the index called NAME.
        timeout_variable: how long it waits for an index, in seconds.
        no_build_variable: keeps it from building source distributions.
        hash_command: what makes hashes of everything, for BP_REQUIRE_HASHES.
        export_mark: regular expression of a comment at the head of what it exports its lock to.
        is_export_format: whether other tools export their locks to its files.
        tool_table: of pyproject.toml, ``[tool.…]``, which tells whose project it is.
        not_a_package: what to do so that the app itself isn't built, if the tool builds it.
        takes_local_wheels: whether the tool installs what a lock has from directories of wheels, too.
        export_command: writes a requirements file, for a tool that doesn't.
        offline_lock: how to lock such that the tool needs no index; "" where there is no way.
        empty_is_meant: whether a file of its without dependencies says that there are none.
        has_own_python: whether what it installs has a Python, which no other takes the place of.
    """

    name: str
    display_name: str
    files: tuple[str, ...]
    read: Callable[[App, str | None], Dependencies]
    tool: str = "pip"
    prefix: str = ""
    url_variables: str | None = None
    configuration: ToolConfiguration | None = None
    app_settings: str | None = None
    index_credentials: tuple[str, ...] = ()
    timeout_variable: str = ""
    no_build_variable: str = ""
    lock_command: str = ""
    relock_command: str = ""
    hash_command: str = ""
    export_mark: str | None = None
    is_export_format: bool = False
    tool_table: str | None = None
    not_a_package: str = ""
    takes_local_wheels: bool = True
    export_command: str = ""
    offline_lock: str = ""
    empty_is_meant: bool = True
    has_own_python: bool = False

    @property
    def has_own_tool(self) -> bool:
        """Whether it installs itself what it locks."""
        return self.tool == self.name
