"""Wording for Django settings modules that don't exist."""

from __future__ import annotations

from python_buildpack.messages.message import IN_THE_BUILD, text_for
from python_buildpack.post_install.django_app import MissingSettingsError
from python_buildpack.system.text import place_text, printable


@text_for.register
def _(error: MissingSettingsError) -> str:
    named = error.missing.named
    module = printable(named.module)
    where = (
        "neither in the app nor among the installed packages"
        if error.missing.may_be_installed
        else "not in the app"
    )
    beside = "\n".join(f"  {printable(each)}" for each in error.missing.beside)
    others = f"The app has:\n{beside}\n\n" if beside else ""
    return f"""\
Django's settings module {module} doesn't exist
{place_text(named.path, named.line)} names it, but it is {where}.

{others}Correct the name, or add the file. {IN_THE_BUILD}
To use other settings, set the variable for the build and at run time:
  pack build --env DJANGO_SETTINGS_MODULE=… …
  docker run --env DJANGO_SETTINGS_MODULE=… …"""
