"""Wording for settings, variables and committed files that a build can't use."""

from __future__ import annotations

from python_buildpack.app.checks import (
    FORBIDDEN_VARIABLES,
    BreakingVariablesError,
    CommittedEnvironments,
)
from python_buildpack.app.files import (
    BP_PYTHON_PROJECT_PATH,
    DirectoryProblem,
    DirectorySettingError,
)
from python_buildpack.app.offline import DEFAULT_DIRECTORY
from python_buildpack.app.settings import InvalidConfigurationError, UnsupportedPipError
from python_buildpack.messages.links import BINDINGS
from python_buildpack.messages.message import IN_THE_BUILD, text_for
from python_buildpack.package_managers.committed_credentials import CommittedCredentials
from python_buildpack.post_install.build_command import (
    BuildCommandFailedError,
    ChangedLayersError,
)
from python_buildpack.system.text import listed, printable

_DIRECTORY_PROBLEMS = {
    DirectoryProblem.MISSING: "The app has no such directory.",
    DirectoryProblem.OUTSIDE: "It isn't in the app's repository.",
    DirectoryProblem.ABSOLUTE: "It is an absolute path.",
    DirectoryProblem.NOT_A_DIRECTORY: "It isn't a directory.",
    DirectoryProblem.NO_PROJECT: "It has no Python project: neither files of dependencies nor code.",
}


@text_for.register
def _(error: BreakingVariablesError) -> str:
    variables = "\n".join(f"  {name}: {FORBIDDEN_VARIABLES[name]}" for name in error.names)
    return f"""\
Environment variables that would break the build
Found:
{variables}

Remove them from --env, project.toml and the builder. If the app needs them, set them at run time."""


@text_for.register
def _(error: InvalidConfigurationError) -> str:
    settings = "\n".join(
        f"{setting.name}={printable(setting.value)}\n  Expected: {setting.expected}"
        for setting in error.settings
    )
    return f"""\
Invalid settings
{settings}

Correct or unset them in --env, project.toml or the builder."""


@text_for.register
def _(error: DirectorySettingError) -> str:
    if error.setting == BP_PYTHON_PROJECT_PATH:
        cure = """\
Set it to the app's directory, relative to the repository's root, such as backend; unset it if that
is the root itself."""
    else:
        cure = f"""\
Set it to directories with wheels, relative to the app's and separated by spaces; unset it to use
{DEFAULT_DIRECTORY}/."""
    return f"""\
Invalid {error.setting}
Found: {printable(error.directory)}
{_DIRECTORY_PROBLEMS[error.problem]}

{cure}
{IN_THE_BUILD}"""


@text_for.register
def _(error: UnsupportedPipError) -> str:
    return f"""\
pip {printable(error.version)} is too old
The buildpack needs options and reports of pip {error.minimum} or newer.

Unset BP_PIP_VERSION, or set it to {error.minimum} or newer."""


@text_for.register
def _(error: BuildCommandFailedError) -> str:
    said = f"\nIts last lines:\n{listed(error.lines)}" if error.lines else ""
    return f"""\
BP_BUILD_COMMAND failed
Exit status: {error.exit_status}.{said}

It runs in the app's directory, with the installed dependencies. Variables of the running app aren't
set in the build: give it what it needs with --env. Correct the command, or unset BP_BUILD_COMMAND."""


@text_for.register
def _(error: ChangedLayersError) -> str:
    return f"""\
BP_BUILD_COMMAND changed what isn't part of the app
Changed layers:
{listed(error.paths)}

They hold what the app's files ask for, and are reused by later builds. Add what the command installs,
such as a model, to the dependencies; write other files into the app's directory."""


@text_for.register
def _committed_environments(warning: CommittedEnvironments) -> str:
    found = ", ".join(f"{directory}/" for directory in warning.directories)
    return f"""\
Installed packages are part of the app's source
Found: {found}
They aren't used, but make the image larger and builds slower. Remove them from the repository:
  git rm -r --cached {" ".join(warning.directories)}
and add them to .gitignore, and to io.buildpacks.exclude in project.toml."""


@text_for.register
def _committed_credentials(warning: CommittedCredentials) -> str:
    places = [f"{each.file}, line {each.line}" for each in warning.found]
    return f"""\
Credentials are part of the app's source
Found in:
{listed(places)}
Everyone who gets the image or the repository can read them. Move them to a service binding, such as
one of type pip, netrc or git-credentials:
{BINDINGS}
Or write ${{NAME}} in the URL, if pip, Pipenv or PDM reads the file, and set NAME for the build.
Then change the passwords: older images and the repository's history still have them."""
