from __future__ import annotations

import pytest

from python_buildpack.layers.tools import NoToolRequirementsError, UnsuitableToolError
from python_buildpack.layers.user_site import UnusableWheelError
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
    ProjectBuildFailedError,
    ProjectNeedsError,
    SystemLibraryMissingError,
)
from python_buildpack.package_managers.poetry.strategy import NoPackageToInstallError


def test_unsuitable_tool() -> None:
    message = message_for(UnsuitableToolError("uv", ">=1", "0.9.1"))
    assert message.heading == "uv doesn't match the version that the app requires"
    assert message.body == (
        "Required by the app: uv>=1\n"
        "The buildpack's default: uv 0.9.1\n\n"
        "Set BP_UV_VERSION to a release that the app allows, or allow 0.9.1 there."
    )


def test_no_tool_requirements() -> None:
    message = message_for(NoToolRequirementsError("poetry", "/buildpack"))
    assert "vendor/poetry.txt" in message.body
    assert "scripts/package, in a clone of https://" in message.body


def test_no_package_to_install() -> None:
    message = message_for(NoPackageToInstallError())
    assert message.heading == "Poetry finds no package to install"
    assert "package-mode = false" in message.body


def test_message_of_a_wheel_that_can_not_be_installed() -> None:
    message = message_for(UnusableWheelError("uv-1-py3-none-any.whl", "File is not a zip file"))
    assert message.heading == "uv-1-py3-none-any.whl can't be installed"
    assert "isn't a valid wheel: File is not a zip file\n" in message.body
    assert "BP_UV_VERSION" in message.body


@pytest.mark.parametrize(
    ("detail", "cure"),
    [
        ("OSError: Readme file does not exist: README.md", "Check that it is committed"),
        ("Readme path `/workspace/README.md` does not exist.", "Check that it is committed"),
        (
            "ValueError: Unable to determine which files to ship inside the wheel",
            "[tool.hatch.build",
        ),
        (
            "LookupError: setuptools-scm was unable to detect version for /w.",
            "PRETEND_VERSION=1.0.0",
        ),
        ("error: Multiple top-level packages discovered in a flat-layout", "[tool.setuptools]"),
        ("Expected a Python module at: src/my_app/__init__.py", "module-name"),
        ("KeyError: 'x'", "Correct pyproject.toml"),
    ],
)
def test_message_of_a_project_that_can_not_be_built_has_its_error_and_cure(
    detail: str, cure: str
) -> None:
    message = message_for(ProjectBuildFailedError("my-app", detail, "pip", "3.14.0"))
    assert message.heading == "The app's own project my-app can't be built"
    assert f"The build says: {detail}\n" in message.body
    assert cure in message.body
    assert "3.14" not in message.body


@pytest.mark.parametrize(
    ("tool", "cure"),
    [
        ("pip", "remove [build-system]"),
        ("uv", "package = false into [tool.uv]"),
        ("Poetry", "package-mode = false"),
    ],
)
def test_message_of_a_project_that_can_not_be_built_says_how_to_install_no_package(
    tool: str, cure: str
) -> None:
    assert cure in message_for(ProjectBuildFailedError("", "", tool, "3.14.0")).body


def test_message_of_a_project_that_needs_a_compiler() -> None:
    message = message_for(ProjectNeedsError("my-app", "gcc", is_library=False, tool="pip"))
    assert message.heading == (
        "Building the app's own project my-app needs gcc, which the build image doesn't have"
    )
    assert "pip builds the project in the app's source" in message.body
    assert "the package is build-essential" in message.body
    assert "wheel" not in message.body
    assert "remove [build-system]" in message.body


def test_message_of_a_project_that_needs_a_library() -> None:
    message = message_for(ProjectNeedsError("", "libpq-fe.h", is_library=True, tool="uv"))
    assert "The run image needs the library too." in message.body


def test_messages_of_missing_headers_of_python() -> None:
    missing = SystemLibraryMissingError("uwsgi", "Python.h", "3.12.3")
    own = ProjectNeedsError("my-app", "Python.h", is_library=True, tool="uv")
    for message in map(message_for, (missing, own)):
        assert message.heading.endswith(" needs Python.h, which this Python doesn't have")
        assert "this Python's archive lacks" in message.body
        assert "deb-packages" not in message.body


def test_message_of_a_distribution_that_stands_for_another() -> None:
    error = BuildFailedError("sklearn", "use 'scikit-learn'", "3.12.3", has_wheels=False)
    body = message_for(error).body
    assert "The distribution's name is scikit-learn: require that instead of sklearn." in body
    assert "newer version" not in body
