"""Wording for errors of the platform, not of the app."""

from __future__ import annotations

from python_buildpack.cnb.errors import InvalidDocumentError, MissingVariableError
from python_buildpack.messages.message import text_for


@text_for.register
def _(error: MissingVariableError) -> str:
    return f"""\
The platform didn't set {error.name}
Every lifecycle with Buildpack API 0.10 sets it. Nothing is wrong with your app.

If you ran bin/detect or bin/build by hand, use pack or another platform:
https://buildpacks.io/docs/for-app-developers/
Otherwise update the platform or its builder, or report this to its operators."""


@text_for.register
def _(error: InvalidDocumentError) -> str:
    return f"""\
Invalid file from the platform
File: {error.path_or_name}
Problem: {error.problem}

The lifecycle writes this file. Nothing is wrong with your app.
Build again. If it fails again, update the platform or builder, or report this to its operators."""
