"""Wording for Django's collectstatic."""

from __future__ import annotations

import re

from python_buildpack.messages.message import IN_THE_BUILD, text_for
from python_buildpack.post_install.django_static import (
    Collection,
    CollectStaticFailedError,
    DatabaseAtBuildError,
    MissingModuleError,
    StaticRootOutsideError,
    UnsetSettingError,
)
from python_buildpack.system.text import place_text, printable

# Libraries for settings parse these at import time, and connect to nothing.
_URLS = {
    "DATABASE_URL": "sqlite://:memory:",
    "CACHE_URL": "locmemcache://",
    "EMAIL_URL": "consolemail://",
    "REDIS_URL": "redis://localhost",
}
_SECRET_NAME = re.compile(r"KEY|SECRET|TOKEN|PASSW")
_MOST_LINES = 5
_LONGEST_EXCEPTION = 2000
_OR_NOT = "To build without static files, set BP_DISABLE_COLLECTSTATIC=true."


@text_for.register
def _(error: UnsetSettingError) -> str:
    name = printable(error.name)
    value = _URLS.get(name, "1" if name.endswith("_PORT") else "only-for-the-build")
    # A default key in the source would be the app's key wherever the variable is forgotten.
    default = (
        ""
        if _SECRET_NAME.search(name)
        else f'''
or give it a default in the settings:
  {name} = os.environ.get("{name}", "{value}")'''
    )
    return f"""\
Django's settings need {name}, which isn't set in the build
collectstatic loads the settings. Variables of the running app aren't set in the build.

Give the build a placeholder, which doesn't get into the image:
  pack build --env {name}={value} …{default}

{_OR_NOT}"""


@text_for.register
def _(error: MissingModuleError) -> str:
    name = printable(error.name)
    settings = f"Settings: {printable(error.settings)}. " if error.settings else ""
    if error.is_own:
        heading = f"The Django project imports {name}, which the app doesn't have"
        cure = f"Correct the import, or add the file. {IN_THE_BUILD}"
    else:
        heading = f"The Django project imports {name}, which isn't installed"
        cure = f"""\
Add its distribution to the dependencies. If only a development group has it, remove it from the
production settings, or install the group: BP_GROUPS=NAME
{settings}To use others, set DJANGO_SETTINGS_MODULE for the build and at run time."""
    return f"""\
{heading}
collectstatic loads the settings and the apps in INSTALLED_APPS.

{cure}

{_OR_NOT}"""


@text_for.register
def _(_error: DatabaseAtBuildError) -> str:
    return f"""\
The Django project connects to a database at import time, and the build has none
The output above shows where: often at the top of a module, or in AppConfig.ready().

Query the database later: in a view, a command, or a function.

{_OR_NOT}"""


@text_for.register
def _(error: StaticRootOutsideError) -> str:
    app_dir = printable(str(error.app_dir))
    lines = "\n".join(
        f"  {place_text(each.path, each.line)}: {printable(each.text)}"
        for each in error.lines[:_MOST_LINES]
    )
    set_in = f"\nSet in:\n{lines}\n" if lines else ""
    return f"""\
STATIC_ROOT is outside of the app, so the image would have no static files
STATIC_ROOT is {printable(error.root)}, but only {app_dir} gets into the image.
{set_in}
Use a directory of the app, such as:
  STATIC_ROOT = BASE_DIR / "staticfiles"

{_OR_NOT}"""


@text_for.register
def _(error: CollectStaticFailedError) -> str:
    said = _shown(error.exception[:_LONGEST_EXCEPTION])
    cause = f"Its error:\n{said}" if said else "Its output is above."
    if error.causes:
        behind = "\n".join(error.causes)[:_LONGEST_EXCEPTION]
        cause += f"\n\nCaused by:\n{_shown(behind)}"
    return f"""\
Django's collectstatic failed
Exit status: {error.exit_status}. {cause}

Run it on your machine, with the same settings:
  {_command(error.collection)}

{_OR_NOT}"""


def _command(collection: Collection) -> str:
    settings = printable(collection.settings) if collection.settings else None
    variable = f"DJANGO_SETTINGS_MODULE={settings} " if settings else ""
    return f"{variable}python {printable(collection.manage_py)} collectstatic --noinput"


def _shown(text: str) -> str:
    """Return several lines, printable and indented."""
    return "\n".join(f"  {printable(line)}".rstrip() for line in text.split("\n") if line)
