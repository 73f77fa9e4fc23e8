from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import parse_settings
from python_buildpack.environment.resolution import Resolution
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.choice import FoundManager
from python_buildpack.package_managers.locks import MissingLockError, UnknownNamesError
from python_buildpack.package_managers.pipenv.manager import PIPENV
from python_buildpack.package_managers.project.strategy import ProjectRequirements
from python_buildpack.package_managers.reading import HashesRequiredError, read_dependencies

SOURCE = '[[source]]\nname = "own"\nurl = "https://own.example/simple"\n'
PIPFILE = """\
[packages]
flask = "*"
[dev-packages]
pytest = "*"
[docs]
sphinx = ">=8"
[requires]
python_version = "3.12"
"""


def read(app_dir: Path, text: str, **variables: str) -> ProjectRequirements:
    (app_dir / "Pipfile").write_text(text)
    settings = parse_settings(variables)
    found = read_dependencies(
        AppFiles(app_dir), FoundManager(PIPENV, "Pipfile"), settings, variables
    )
    assert isinstance(found, ProjectRequirements)
    return found


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ('x = "*"', "x"),
        ('x = "==1.0"', "x==1.0"),
        ('x = "==1.0rc1"', "x==1.0rc1"),
        ('x = ">=1,<2"', "x<2,>=1"),
        ('x = "~=1.1"', "x~=1.1"),
        ('x = {version = "*", extras = ["b", "a"]}', "x[a,b]"),
        ('x = {version = "==1", index = "own"}', "x==1"),
        (
            "x = {version = '==1', sys_platform = \"== 'linux'\", markers = \"os_name == 'a'\"}",
            "x==1 ; (sys_platform == 'linux' and (os_name == 'a'))",
        ),
        (
            'x = {git = "https://git.example/x.git", ref = "v1", subdirectory = "sub"}',
            "x @ git+https://git.example/x.git@v1#subdirectory=sub",
        ),
        ('x = {path = ".", editable = true}', "-e ."),
        ('x = {path = "./libs/x"}', "./libs/x"),
        ('x = {file = "https://files.example/x.whl"}', "x @ https://files.example/x.whl"),
        ('x = {file = "wheels/x.zip"}', "./wheels/x.zip"),
    ],
)
def test_read_an_entry(tmp_path: Path, entry: str, line: str) -> None:
    found = read(tmp_path, f"{SOURCE}[packages]\n{entry}\n")
    assert found.text == f"--index-url https://own.example/simple\n{line}\n"


@pytest.mark.parametrize(
    ("groups", "lines"),
    [
        ("", ["flask"]),
        ("dev", ["flask", "pytest"]),
        ("Dev-Packages,docs", ["flask", "pytest", "sphinx>=8"]),
    ],
)
def test_read_groups(tmp_path: Path, groups: str, lines: list[str]) -> None:
    found = read(tmp_path, PIPFILE, BP_GROUPS=groups)
    assert found.text.splitlines() == lines
    (source,) = found.version_sources
    assert (source.name, source.line, source.text) == ("Pipfile (python_version)", 8, "3.12")


def test_read_groups_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownNamesError) as raised:
        read(tmp_path, PIPFILE, BP_GROUPS="tests")
    assert raised.value.known == ("dev", "dev-packages", "develop", "docs")


def test_no_lock_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, "")
    assert found.is_empty
    found = read(tmp_path, PIPFILE)
    assert found.lock_command == "pipenv lock"
    assert found.advice(Resolution(()), "3.12.1") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            f'{SOURCE}{SOURCE.replace("own", "more")}[packages]\nx = {{version = "*", index = "more"}}',
            "x: it is from the source more alone",
        ),
        ('[packages]\nx = {hg = "https://hg.example/x"}', "x: its repository isn't one of Git"),
        ('[packages]\nx = "latest"', 'x: pip has no words for "latest"'),
        ("[packages]\nx = 1", "x: version is not a string"),
        ('[packages]\n"-r /etc/passwd" = "*"', "-r /etc/passwd: it isn't a requirement"),
        ("[packages]\nx = {version = '*', markers = 1}", "x: it isn't a requirement"),
        ("[[source]]\nurl = 1\n", "_meta.sources[0].url is not a string"),
    ],
)
def test_read_what_only_a_lock_can_say(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(MissingLockError) as raised:
        read(tmp_path, text)
    error = raised.value
    assert (error.file, error.lock, error.command) == ("Pipfile", "Pipfile.lock", "pipenv lock")
    assert error.reason == reason
    assert "Run: pipenv lock, and commit Pipfile.lock." in message_for(error).body


def test_a_chosen_pipenv_wants_its_lock(tmp_path: Path) -> None:
    with pytest.raises(MissingLockError):
        read(tmp_path, PIPFILE, BP_PACKAGE_MANAGER="pipenv")


def test_hashes_need_a_lock(tmp_path: Path) -> None:
    with pytest.raises(HashesRequiredError) as raised:
        read(tmp_path, PIPFILE, BP_REQUIRE_HASHES="true")
    assert raised.value.command == "pipenv lock"
