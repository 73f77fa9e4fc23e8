"""Wording for the tools that install dependencies."""

from __future__ import annotations

from python_buildpack.error_messages.message import UserMessage, message_for
from python_buildpack.error_messages.text_file import printable
from python_buildpack.layers.index_tool import NoToolRequirementsError, UnsuitableToolError
from python_buildpack.package_managers.poetry import NoPackageToInstallError


@message_for.register
def _(error: NoToolRequirementsError) -> UserMessage:
    return UserMessage(
        f"This buildpack doesn't know where to get {error.tool}",
        f"""\
It has no vendor/{error.tool}.txt, which scripts/package puts there: {error.buildpack_dir}

Package the buildpack again with scripts/package, and use what it makes in dist/.""",
    )


@message_for.register
def _(error: UnsuitableToolError) -> UserMessage:
    setting = f"BP_{error.tool.upper()}_VERSION"
    return UserMessage(
        f"The app asks for another {error.tool}",
        f"""\
Asked for by the app: {error.tool}{printable(error.required)}
This buildpack's: {error.tool} {error.known}

Set {setting} to a release that the app allows, or allow {error.known} in the app.""",
    )


@message_for.register
def _(_: NoPackageToInstallError) -> UserMessage:
    return UserMessage(
        "Poetry finds no package to install",
        """\
Poetry is to install the project itself, and there is no package or module of the project's name.

Where the project is an app rather than a package, say so in pyproject.toml:
  [tool.poetry]
  package-mode = false
Otherwise name what there is: packages = [{ include = "..." }].""",
    )
