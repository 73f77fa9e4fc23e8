"""Requirements, markers and file names from text that may be anything."""

from __future__ import annotations

import pytest
from packaging.markers import Marker
from packaging.version import Version

from python_buildpack.environment.requirement import (
    MAX_REQUIREMENT_LENGTH,
    archive_name,
    holds,
    parse_requirement,
    python_markers,
)


@pytest.mark.parametrize("text", ["requests >", "", "x" * (MAX_REQUIREMENT_LENGTH + 1)])
def test_text_that_is_no_requirement(text: str) -> None:
    assert parse_requirement(text) is None


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ('python_version < "3.13"', True),
        ('python_full_version >= "3.12.5"', False),
        ('extra == "dev"', False),
        # Two texts have no order.
        ('platform_machine < "3"', False),
    ],
)
def test_marker_for_a_python(marker: str, expected: bool) -> None:
    assert holds(Marker(marker), python_markers("3.12.4")) is expected


def test_no_marker_always_holds() -> None:
    assert holds(None, {})


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("Flask_Login-0.6.3-py3-none-any.whl", ("flask-login", Version("0.6.3"))),
        ("zope.interface-7.2.tar.gz", ("zope-interface", Version("7.2"))),
        ("report-1.0.pdf", None),
        ("flask-x-py3-none-any.whl", None),
    ],
)
def test_name_of_an_archive(filename: str, expected: tuple[str, Version] | None) -> None:
    assert archive_name(filename) == expected
