"""Wording of the errors of the Buildpack API binding: the platform's fault, not the app's."""

from __future__ import annotations

from textwrap import dedent

from python_buildpack.cnb.errors import InvalidDocumentError, MissingVariableError
from python_buildpack.messages.message import UserMessage, message_for


@message_for.register
def _(error: MissingVariableError) -> UserMessage:
    return UserMessage(
        f"The build platform did not set {error.name}",
        dedent(f"""\
            Every lifecycle that supports Buildpack API 0.10 sets {error.name},
            but the variable is unset or empty. Nothing is wrong with your app.

            If you started bin/detect or bin/build by hand, build with pack or another
            platform instead:
            https://buildpacks.io/docs/for-app-developers/
            Otherwise, update the platform or its builder image, or report this to those who
            run the platform.
        """),
    )


@message_for.register
def _(error: InvalidDocumentError) -> UserMessage:
    # The parts come from a file, and so may have lines of their own, which dedent would see.
    return UserMessage(
        "The build platform passed on a file that can't be used",
        f"File: {error.path_or_name}\n"
        f"Problem: {error.problem}\n"
        "\n"
        "The lifecycle writes this file from what the buildpacks of the group asked for.\n"
        "Nothing is wrong with your app. Run the build again; if it ends here again,\n"
        "update the platform or its builder image, or report this to those who run it.\n",
    )
