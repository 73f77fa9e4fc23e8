"""Wording for Django's static files."""

from __future__ import annotations

import re

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.post_install.django_static import (
    Collection,
    CollectStaticFailedError,
    DatabaseAtBuildError,
    MissingModuleError,
    MissingVariableError,
    StaticRootOutsideError,
)
from python_buildpack.system.text import place_text, printable

# What libraries for settings parse at once; no connection is made.
_URLS = {
    "DATABASE_URL": "sqlite://:memory:",
    "CACHE_URL": "locmemcache://",
    "EMAIL_URL": "consolemail://",
    "REDIS_URL": "redis://localhost",
}
_SECRET_NAME = re.compile(r"KEY|SECRET|TOKEN|PASSW")
_MOST_LINES = 5
_LONGEST_EXCEPTION = 2000
_OR_NOT = """\
If the app doesn't need its static files in the image, set BP_DISABLE_COLLECTSTATIC=true."""


@message_for.register
def _(error: MissingVariableError) -> UserMessage:
    name = printable(error.name)
    value = _URLS.get(name, "1" if name.endswith("_PORT") else "only-for-the-build")
    # A key in the source isn't a secret, and would be the app's where the variable is forgotten.
    default = (
        ""
        if _SECRET_NAME.search(name)
        else f'''
or give it a default in the settings:
  {name} = os.environ.get("{name}", "{value}")'''
    )
    return UserMessage(
        f"Django's settings need {name}, which isn't set during the build",
        f"""\
To collect static files, the build loads the settings. What the app is given when it runs isn't there
yet, and secrets should not be.

Give the build a value that will do, which doesn't get into the image:
  pack build --env {name}={value} …{default}

{_OR_NOT}""",
    )


@message_for.register
def _(error: MissingModuleError) -> UserMessage:
    name = printable(error.name)
    settings = f"Settings: {printable(error.settings)}. " if error.settings else ""
    if error.is_own:
        heading = f"Django's project imports {name}, which the app doesn't have"
        cure = "Correct the import, or add the file: check that .gitignore doesn't leave it out."
    else:
        heading = f"Django's project imports {name}, which isn't installed"
        cure = f"""\
Add what has this module to the dependencies. If it is in a development group only, leave it out of
the settings for production, or install the group: BP_GROUPS names it.
{settings}To use others, set DJANGO_SETTINGS_MODULE for the build and for the app."""
    return UserMessage(
        heading,
        f"""\
To collect static files, the build loads the settings and the apps in INSTALLED_APPS.

{cure}

{_OR_NOT}""",
    )


@message_for.register
def _(_error: DatabaseAtBuildError) -> UserMessage:
    return UserMessage(
        "The Django project connects to a database at import time, and a build has none",
        f"""\
The output above shows where: often in an AppConfig.ready(), or at the top of a module.

Ask the database where an answer is needed: in a view, a command, or a function that is called later.

{_OR_NOT}""",
    )


@message_for.register
def _(error: StaticRootOutsideError) -> UserMessage:
    app_dir = printable(str(error.app_dir))
    lines = "\n".join(
        f"  {place_text(each.path, each.line)}: {printable(each.text)}"
        for each in error.lines[:_MOST_LINES]
    )
    set_in = f"\nIt is set in:\n{lines}\n" if lines else ""
    return UserMessage(
        "STATIC_ROOT is outside of the app, so the image would have no static files",
        f"""\
STATIC_ROOT is {printable(error.root)}, and only what is in {app_dir} gets into the image.
{set_in}
Choose a directory of the app; in Django's usual settings:
  STATIC_ROOT = BASE_DIR / "staticfiles"

{_OR_NOT}""",
    )


@message_for.register
def _(error: CollectStaticFailedError) -> UserMessage:
    said = _shown(error.exception[:_LONGEST_EXCEPTION])
    cause = f"It ended with:\n{said}" if said else "Its output is above."
    if error.causes:
        behind = "\n".join(error.causes)[:_LONGEST_EXCEPTION]
        cause += f"\n\nThe error behind it:\n{_shown(behind)}"
    return UserMessage(
        "Django could not collect the static files",
        f"""\
{printable(error.collection.manage_py)} collectstatic ended with exit status {error.exit_status}. {cause}

See what it says on your machine, with the same settings:
  {_command(error.collection)}

{_OR_NOT}""",
    )


def _command(collection: Collection) -> str:
    settings = printable(collection.settings) if collection.settings else None
    variable = f"DJANGO_SETTINGS_MODULE={settings} " if settings else ""
    return f"{variable}python {printable(collection.manage_py)} collectstatic --noinput"


def _shown(text: str) -> str:
    """Return a text of several lines, indented, that can be printed."""
    return "\n".join(f"  {printable(line)}".rstrip() for line in text.split("\n") if line)
