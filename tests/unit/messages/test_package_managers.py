from __future__ import annotations

from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.choice import (
    FoundManager,
    SeveralPackageManagersError,
    UnknownPackageManagerError,
)
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.registry import MANAGERS

REQUIREMENTS = FoundManager(PIP, "requirements.txt")
POETRY_LOCK = FoundManager(POETRY, "poetry.lock")


def test_several_package_managers_names_files_and_choices() -> None:
    message = message_for(SeveralPackageManagersError((REQUIREMENTS, POETRY_LOCK)))
    assert message.heading == "Files of several package managers"
    assert message.body == (
        "The app has:\n"
        "    requirements.txt (pip)\n"
        "    poetry.lock (Poetry)\n"
        "\n"
        "Keep the files of one package manager and remove the others, or set\n"
        "BP_PACKAGE_MANAGER=pip or BP_PACKAGE_MANAGER=poetry."
    )


def test_unknown_package_manager() -> None:
    message = message_for(UnknownPackageManagerError("pip\x1b3", None))
    assert message.heading == "Invalid BP_PACKAGE_MANAGER"
    supported = ", ".join(manager.name for manager in MANAGERS)
    assert message.body == (
        "BP_PACKAGE_MANAGER=pip\\x1b3, which isn't supported.\n\n"
        f"Set it to one of {supported}; or unset it, and the app's files decide."
    )
    assert supported.startswith("pip, uv, poetry, pdm, ")


def test_unknown_package_manager_for_lack_of_its_file() -> None:
    message = message_for(UnknownPackageManagerError("pip", "requirements.txt"))
    assert message.body == (
        "BP_PACKAGE_MANAGER=pip, but the app has no requirements.txt.\n\n"
        "Add requirements.txt, or unset BP_PACKAGE_MANAGER."
    )
