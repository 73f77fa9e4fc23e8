"""What pip's failures say to a user, beside what its output has."""

from __future__ import annotations

import pytest

from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.pip.diagnosis import NoMatchingDistributionError


@pytest.mark.parametrize(
    ("requirement", "advice"),
    [
        (
            "cv2",
            "The distribution's name is opencv-python-headless: require that instead of cv2.\n",
        ),
        ("PIL>=9", "The distribution's name is pillow: require that instead of pil.\n"),
        ("sqlite3", "sqlite3 is part of Python: delete the line.\n"),
        ("pywin32==306", "pywin32 is for Windows only. Delete it, or add a marker"),
    ],
)
def test_names_that_are_no_distributions(requirement: str, advice: str) -> None:
    error = NoMatchingDistributionError(requirement, "", (), (), "3.13.1")
    assert message_for(error).body.startswith(advice)


def test_any_other_name() -> None:
    error = NoMatchingDistributionError("shop", "", (), (), "3.13.1")
    assert message_for(error).body.startswith("pip found no shop.\n")
