"""Wording for what the user has set or committed that can't stay so."""

from __future__ import annotations

from collections.abc import Sequence

from python_buildpack.app.checks import FORBIDDEN_VARIABLES, BreakingVariablesError
from python_buildpack.app.settings import InvalidConfigurationError, UnsupportedPipError
from python_buildpack.messages.links import BINDINGS
from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.package_managers.committed_credentials import CommittedCredential
from python_buildpack.system.text import printable

_MAX_NAMED_LINES = 10


@message_for.register
def _(error: BreakingVariablesError) -> UserMessage:
    variables = "\n".join(f"  {name}: {FORBIDDEN_VARIABLES[name]}" for name in error.names)
    return UserMessage(
        "Environment variables that would break the build",
        f"""\
These variables are set in the build's environment:
{variables}

Unset them for the build: leave them out of --env, project.toml and the builder's configuration.
Variables that the app needs when it runs belong to the container, not to the build.""",
    )


@message_for.register
def _(error: InvalidConfigurationError) -> UserMessage:
    settings = "\n".join(
        f"  {setting.name}={printable(setting.value)}\n    Expected: {setting.expected}"
        for setting in error.settings
    )
    return UserMessage(
        "Invalid settings",
        f"""\
These variables have invalid values:
{settings}

Correct or unset them. They come from --env, project.toml or the builder.""",
    )


@message_for.register
def _(error: UnsupportedPipError) -> UserMessage:
    return UserMessage(
        f"pip {printable(error.version)} is too old",
        f"""\
BP_PIP_VERSION={printable(error.version)} names a pip older than {error.minimum}. Older ones don't have all options
that the buildpack needs, or tell less of what they have installed.

Unset BP_PIP_VERSION, or set it to {error.minimum} or newer.""",
    )


def committed_environments_warning(directories: tuple[str, ...]) -> UserMessage:
    """Return the warning for virtual environments that are part of the app's source."""
    listed = ", ".join(f"{directory}/" for directory in directories)
    return UserMessage(
        "Installed packages are part of the app's source",
        f"""\
Found: {listed}
They are not used: the dependencies are installed anew, for the image's Python. They make the image
larger, and slow down each build. Remove them from the source:
  git rm -r --cached {" ".join(directories)}
and list them in .gitignore, and under [_] / io.buildpacks.exclude in project.toml.""",
    )


def committed_credentials_warning(found: Sequence[CommittedCredential]) -> UserMessage:
    """Return the warning for names, passwords and tokens that are part of the app's source."""
    lines = [f"  {printable(each.file)}, line {each.line}" for each in found[:_MAX_NAMED_LINES]]
    if len(found) > _MAX_NAMED_LINES:
        lines.append(f"  and {len(found) - _MAX_NAMED_LINES} more")
    listed = "\n".join(lines)
    return UserMessage(
        "Credentials are part of the app's source",
        f"""\
There seem to be some in:
{listed}
The app's files are in the image as they are, so that everyone who gets the image or the repository
can read them. Take them out of the files, and give them to the build by a service binding,
such as one of type pip, netrc or git-credentials:
{BINDINGS}
Where the file is one that pip,
Pipenv or PDM reads, ${{NAME}} in the URL, and a variable NAME of the build, will do as well.
Then change the passwords: older images, and the repository's history, keep those that are there.""",
    )
