from __future__ import annotations

from python_buildpack.error_messages.wording import message_for
from python_buildpack.layers.index_tool import NoToolRequirementsError, UnsuitableToolError
from python_buildpack.layers.user_site import UnusableWheelError
from python_buildpack.package_managers.poetry import NoPackageToInstallError


def test_unsuitable_tool() -> None:
    message = message_for(UnsuitableToolError("uv", ">=1", "0.9.1"))
    assert message.heading == "The app asks for another uv"
    assert message.body == (
        "Asked for by the app: uv>=1\n"
        "This buildpack's: uv 0.9.1\n\n"
        "Set BP_UV_VERSION to a release that the app allows, or allow 0.9.1 in the app."
    )


def test_no_tool_requirements() -> None:
    message = message_for(NoToolRequirementsError("poetry", "/buildpack"))
    assert "vendor/poetry.txt" in message.body
    assert message.body.endswith("scripts/package, and use what it makes in dist/.")


def test_no_package_to_install() -> None:
    message = message_for(NoPackageToInstallError())
    assert message.heading == "Poetry finds no package to install"
    assert "package-mode = false" in message.body


def test_message_of_a_wheel_that_can_not_be_installed() -> None:
    message = message_for(UnusableWheelError("uv-1-py3-none-any.whl", "File is not a zip file"))
    assert message.heading == "uv-1-py3-none-any.whl can't be installed"
    assert "no wheel of a known format: File is not a zip file\n" in message.body
    assert "BP_UV_VERSION" in message.body
