from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.app.files import AppFiles
from python_buildpack.messages.python_version import unused_version_text
from python_buildpack.messages.wording import message_for
from python_buildpack.python_version.resolve import read_version_sources
from python_buildpack.python_version.tool_versions import (
    InvalidToolVersionError,
    ToolVersion,
    read_tool_versions,
    unused_tool_versions,
)
from python_buildpack.system.text_file import InvalidTomlError

FLAVOR = "python.precompiled_flavor"


def read(directory: Path, path: str, text: str) -> tuple[ToolVersion, ...]:
    (directory / path).write_text(text, newline="")
    return read_tool_versions(AppFiles(directory))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[tools]\npython = "3.13"\n', (2, "3.13")),
        ('[tools]\nnode = "22"\npython = ["3.13", "3.12"]\n', (3, "3.13")),
        ('[tools]\npython = { version = "3.13", virtualenv = ".venv" }\n', (2, "3.13")),
        ('[tools]\npython = [{ version = "3.13.1" }, "3.12"]\n', (2, "3.13.1")),
        ('[tools.python]\nversion = "3.13"\n', (1, "3.13")),
        ('[tools]\npython = "prefix:3.13"\n', (2, "3.13")),
        ('[tools]\npython = "latest"\n', (2, "latest")),
        (
            f'[tools]\npython = "3.14"\n[settings]\n{FLAVOR} = "freethreaded-install_only"\n',
            (2, "3.14+freethreaded"),
        ),
        (
            '[tools]\npython = "latest"\n[settings.python]\nprecompiled_flavor = "freethreaded"\n',
            (2, "latest+freethreaded"),
        ),
        (
            '[tools]\npython = "3.14"\n[settings.python]\nprecompiled_flavor = "install_only"\n',
            (2, "3.14"),
        ),
        ('[tools]\npython = "3.14t"\n', (2, "3.14t")),
        ('[tools]\nnode = "22"\n', None),
        ("[tools]\npython = []\n", None),
        ('[tools]\npython = "system"\n', None),
        ('[tools]\npython = { virtualenv = ".venv" }\n', None),
        ('tools = "python"\n', None),
        ('[env]\npython = "3.13"\n', None),
        ("", None),
    ],
)
def test_mise_toml(tmp_path: Path, text: str, expected: tuple[int, str] | None) -> None:
    found = read(tmp_path, "mise.toml", text)
    assert found == ((ToolVersion("mise.toml", *expected, "python"),) if expected else ())


def test_mise_toml_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidTomlError):
        read(tmp_path, "mise.toml", "[tools")


@pytest.mark.parametrize(
    ("value", "found"), [("3.10", "a float"), ("3", "an integer"), ("[3.10]", "a float")]
)
def test_mise_toml_no_string(tmp_path: Path, value: str, found: str) -> None:
    with pytest.raises(InvalidToolVersionError) as raised:
        read(tmp_path, ".mise.toml", f"[tools]\npython = {value}\n")
    message = message_for(raised.value)
    assert message.heading == "Invalid Python version in .mise.toml"
    assert message.body == (
        f".mise.toml:2: the version must be a string, but it is {found}.\n\n"
        'Write to .mise.toml, below [tools], for example: python = "3.14"\n'
        "Or set BP_PYTHON_VERSION=3.14, which takes precedence."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python 3.13.1\n", (1, "3.13.1")),
        ("# ours\nnodejs 22.1.0\npython   3.13.1 3.12.4 system # both\n", (3, "3.13.1")),
        ("python 3.13.1\r\n", (1, "3.13.1")),
        ("python\n", None),
        ("python system 3.12.1\n", None),
        ("pythonx 3.13\n# python 3.12\n", None),
        ("", None),
    ],
)
def test_tool_versions(tmp_path: Path, text: str, expected: tuple[int, str] | None) -> None:
    found = read(tmp_path, ".tool-versions", text)
    assert found == ((ToolVersion(".tool-versions", *expected),) if expected else ())


def test_read_tool_versions(tmp_path: Path) -> None:
    assert read_tool_versions(AppFiles(tmp_path)) == ()
    (tmp_path / ".tool-versions").write_text("python 3.11.4\n")
    (tmp_path / ".mise.toml").write_text('[tools]\npython = "3.12"\n')
    (tmp_path / "mise.toml").write_text('[tools]\npython = "3.13"\n')
    assert [each.text for each in read_tool_versions(AppFiles(tmp_path))] == [
        "3.13",
        "3.12",
        "3.11.4",
    ]


def test_further_versions_of_a_file_are_unused(tmp_path: Path) -> None:
    (tmp_path / ".python-version").write_text("3.13\n3.12\n3.13.2\n")
    sources = read_version_sources(AppFiles(tmp_path), None, ())
    (unused,) = unused_tool_versions((), sources, Version("3.13.2"))
    assert unused_version_text(unused) == (
        "Ignoring 3.12 in .python-version:2: its first version takes precedence"
    )
