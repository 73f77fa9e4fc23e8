from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from python_buildpack.python_version.constraints import (
    from_specifiers,
    poetry_rule,
    poetry_specifiers,
    version_rule,
)
from python_buildpack.python_version.sources import InvalidPythonVersionError, VersionSource

DOCUMENT = 'a = 1\n[tool.poetry.dependencies]\npython = "^3.10"\n'


@pytest.mark.parametrize(
    ("text", "specifiers"),
    [
        ("^3.10", ">=3.10,<4"),
        ("^3.10.2", ">=3.10.2,<4"),
        ("~3.10", ">=3.10,<3.11"),
        ("~3.10.4", ">=3.10.4,<3.11"),
        ("~3", ">=3,<4"),
        ("~=3.10", "~=3.10"),
        (">=3.10,<4.0", ">=3.10,<4.0"),
        (">=3.10 <4.0", ">=3.10,<4.0"),
        (" >= 3.10 , != 3.11.0 ", ">=3.10,!=3.11.0"),
        ("3.12.*", "==3.12.*"),
        ("3.12.1", "==3.12.1"),
        ("==3.12.1", "==3.12.1"),
        (">=3.10 || 2.7", ">=3.10"),
        ("~2.7 || ^3.6", ">=3.6,<4"),
        ("^3.9 || ^3.11", ">=3.9,<4"),
        ("3.11.* | 3.12.*", ">=3.11,<3.13"),
        ("3.10.* || 3.12.*", ">=3.10,!=3.11.*,<3.13"),
        (">=3.9,<3.11 || >=3.12", ">=3.9,!=3.11.*"),
        (
            ">=3.10,<3.11.2 || >=3.11.4,<3.12 || ^3.14",
            ">=3.10,!=3.11.2,!=3.11.3,!=3.12.*,!=3.13.*,<4",
        ),
    ],
)
def test_poetry_rule(text: str, specifiers: str) -> None:
    rule = poetry_rule("pyproject.toml", "tool.poetry.dependencies.python", text, DOCUMENT)
    source = VersionSource("pyproject.toml", 3, text.strip(), SpecifierSet(specifiers), "python")
    assert rule == (source,)


@pytest.mark.parametrize("text", [None, "", "*", "<4 || >=5", "2.7|3.12"])
def test_poetry_rule_that_is_none(text: str | None) -> None:
    assert poetry_rule("pyproject.toml", "tool.poetry.dependencies.python", text, "") == ()


@pytest.mark.parametrize("text", ["three", "^", "^3.x", ">=3.10,,<4", "3.12 and 3.13", "~=3"])
def test_poetry_rule_that_means_nothing(text: str) -> None:
    with pytest.raises(InvalidPythonVersionError) as caught:
        poetry_rule("pyproject.toml", "tool.poetry.dependencies.python", text, DOCUMENT)
    assert (caught.value.file, caught.value.line, caught.value.key) == (
        "pyproject.toml",
        3,
        "python",
    )


@pytest.mark.parametrize(
    ("text", "specifiers"),
    [
        ("^2.0", ">=2.0,<3"),
        ("^0.9.1", ">=0.9.1,<0.10"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~2.1", ">=2.1,<2.2"),
        ("2.*", "==2.*"),
        ("!=2.1.*,^2", "!=2.1.*,>=2,<3"),
        ("^1.4||^2.0", ">=1.4,<3"),
        ("^2 || >=1.4", ">=1.4"),
        ("<2 || >=2", ""),
    ],
)
def test_poetry_specifiers(text: str, specifiers: str) -> None:
    assert poetry_specifiers(text) == SpecifierSet(specifiers)


@pytest.mark.parametrize(
    "text", ["latest", "^2.0b1", ">=3.*", "~=3", "<2 || >=2.1", "^1 || latest"]
)
def test_poetry_specifiers_that_there_are_none_for(text: str) -> None:
    assert poetry_specifiers(text) is None


def test_specifiers_rule() -> None:
    rule = from_specifiers("uv.lock", "requires-python", ">=3.12", 'requires-python = ">=3.12"\n')
    source = VersionSource("uv.lock", 1, ">=3.12", SpecifierSet(">=3.12"), "requires-python")
    assert rule == (source,)
    assert from_specifiers("uv.lock", "requires-python", None, "") == ()
    with pytest.raises(InvalidPythonVersionError):
        from_specifiers("uv.lock", "requires-python", "new", "")


@pytest.mark.parametrize(("text", "specifiers"), [("3.12", "==3.12.*"), ("3.12.1", "==3.12.1")])
def test_version_rule(text: str, specifiers: str) -> None:
    (source,) = version_rule("Pipfile", "requires.python_version", text, "")
    assert source == VersionSource(
        "Pipfile", None, text, SpecifierSet(specifiers), "python_version"
    )
    assert version_rule("Pipfile", "requires.python_version", None, "") == ()
    with pytest.raises(InvalidPythonVersionError):
        version_rule("Pipfile", "requires.python_version", "new", "")
