"""Wording for what a build decides about a Django app, and for settings that aren't there."""

from __future__ import annotations

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.post_install.django_app import MissingSettingsError
from python_buildpack.system.text import place_text, printable


@message_for.register
def _(error: MissingSettingsError) -> UserMessage:
    named = error.missing.named
    module = printable(named.module)
    place = place_text(named.path, named.line)
    beside = "\n".join(f"  {printable(each)}" for each in error.missing.beside)
    has_none = (
        "neither the app nor what is installed has such a module"
        if error.missing.may_be_installed
        else "the app has no such file"
    )
    there = f"There are:\n{beside}\n\n" if beside else ""
    return UserMessage(
        f"Django's settings module {module} doesn't exist",
        f"""\
It is named in {place}, and {has_none}.

{there}Correct the name, or add the file: check that .gitignore doesn't leave it out. To use other
settings, set the variable for the build and for the app:
  pack build --env DJANGO_SETTINGS_MODULE=… …
  docker run --env DJANGO_SETTINGS_MODULE=… …""",
    )
