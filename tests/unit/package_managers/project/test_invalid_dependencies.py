from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.project.invalid_dependencies import (
    InvalidDependenciesError,
    InvalidDependency,
)
from python_buildpack.package_managers.project.managers import PYPROJECT
from python_buildpack.package_managers.project.strategy import read
from python_buildpack.package_managers.protocol import App

BUILT = '[build-system]\nrequires = ["hatchling"]\n'
PROJECT = """\
[project]
name = "app"
dependencies = [
  "flask",
  "iniconfig^2.0",
]
"""


def invalid(
    app_dir: Path, text: str, groups: tuple[str, ...] = (), extras: tuple[str, ...] = ()
) -> list[tuple[str, int | None, str]]:
    (app_dir / "pyproject.toml").write_text(text, encoding="utf-8")
    settings = Settings(groups=groups, extras=extras)
    try:
        read(App(AppFiles(app_dir), settings, {}, PYPROJECT), "pyproject.toml")
    except InvalidDependenciesError as error:
        return [(each.key, each.line, each.text) for each in error.dependencies]
    return []


@pytest.mark.parametrize("text", [PROJECT, PROJECT + BUILT])
def test_dependencies(tmp_path: Path, text: str) -> None:
    assert invalid(tmp_path, text) == [("project.dependencies", 5, "iniconfig^2.0")]


def test_extras_count_where_they_are_read(tmp_path: Path) -> None:
    text = PROJECT.replace("^", "==") + '[project.optional-dependencies]\nFast = ["a b"]\n'
    expected = [("project.optional-dependencies.Fast", 8, "a b")]
    assert invalid(tmp_path, text) == []
    assert invalid(tmp_path, text, extras=("fast",)) == expected
    assert invalid(tmp_path, text + BUILT) == expected


GROUPS = """\
[dependency-groups]
web = ["flask", { include-group = "Data" }, { include-group = "web" }]
data = ["pandas ~2"]
dev = ["a b"]
"""


def test_groups_count_where_they_are_chosen(tmp_path: Path) -> None:
    assert invalid(tmp_path, GROUPS) == []
    assert invalid(tmp_path, GROUPS, groups=("web",)) == [
        ("dependency-groups.data", 3, "pandas ~2")
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("iniconfig^2.0", "Write: iniconfig>=2.0,<3"),
        ("flask[async] (~2.1) ; python_version < '3.13'",
         "Write: flask[async]>=2.1,<2.2 ; python_version < '3.13'"),
        ("flask ~2", "Write: flask>=2,<3"),
        ("flask = 2", "Expected "),
        ("flask^2 || ^3", "Write: flask>=2,<4"),
        ("flask^2 || ^4", "Expected "),
    ],
)  # fmt: skip
def test_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f"[project]\nname = 'a'\ndependencies = [\"{text}\"]\n"
    )
    with pytest.raises(InvalidDependenciesError) as raised:
        read(App(AppFiles(tmp_path), Settings(), {}, PYPROJECT), "pyproject.toml")
    message = message_for(raised.value)
    assert message.heading == "Invalid requirement in pyproject.toml"
    assert message.body.startswith(f"pyproject.toml:3 (project.dependencies): {text}\n    {said}")
    assert ("Only Poetry's" in message.body) == said.startswith("Write")


def test_credentials_are_masked_and_long_lists_cut_short(tmp_path: Path) -> None:
    text = '[project]\nname = "a"\ndependencies = ["a @@ https://user:secret@host/a.zip"]\n'
    assert "secret" not in str(invalid(tmp_path, text))
    many = tuple(InvalidDependency("k", None, "a b", "x", "") for _ in range(60))
    assert "\nand 10 more\n" in message_for(InvalidDependenciesError(many)).body
