"""Wording for Django's static files."""

from __future__ import annotations

from python_buildpack.app_work.django_static import (
    CollectStaticFailedError,
    DatabaseAtBuildError,
    MissingModuleError,
    MissingVariableError,
)
from python_buildpack.error_messages.message import UserMessage, message_for
from python_buildpack.error_messages.text_file import printable

_OR_NOT = """\
If the app doesn't need its static files in the image, set BP_DISABLE_COLLECTSTATIC=true."""


@message_for.register
def _(error: MissingVariableError) -> UserMessage:
    name = printable(error.name)
    return UserMessage(
        f"Django's settings need {name}, which isn't set during the build",
        f"""\
To collect static files, the build loads the settings. What the app is given when it runs isn't there
yet, and secrets should not be.

Give the build a value that will do, which doesn't get into the image:
  pack build --env {name}=only-for-the-build …
or give it a default in the settings:
  {name} = os.environ.get("{name}", "only-for-the-build")

{_OR_NOT}""",
    )


@message_for.register
def _(error: MissingModuleError) -> UserMessage:
    name = printable(error.name)
    return UserMessage(
        f"Django's project imports {name}, which isn't installed",
        f"""\
To collect static files, the build loads the settings and the apps in INSTALLED_APPS.

Add what has this module to the dependencies. If it is in a development group only, leave it out of
the settings for production, or install the group: BP_GROUPS names it.

{_OR_NOT}""",
    )


@message_for.register
def _(_error: DatabaseAtBuildError) -> UserMessage:
    return UserMessage(
        "Django's project asks a database as it is loaded, and a build has none",
        f"""\
The output above shows where: often in an AppConfig.ready(), or at the top of a module.

Ask the database where an answer is needed: in a view, a command, or a function that is called later.

{_OR_NOT}""",
    )


@message_for.register
def _(error: CollectStaticFailedError) -> UserMessage:
    return UserMessage(
        "Django could not collect the static files",
        f"""\
manage.py collectstatic ended with exit status {error.exit_status}; its output is above.

See what it says on your machine, with the same settings:
  python manage.py collectstatic --noinput

{_OR_NOT}""",
    )
