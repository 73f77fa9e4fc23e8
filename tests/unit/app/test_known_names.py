from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.known_names import unread_files, with_known_names
from python_buildpack.app.settings import VARIABLES, Settings, parse_settings
from python_buildpack.system.output import Output


def known(environment: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    log = io.StringIO()
    return dict(with_known_names(environment, Output(log))), log.getvalue().splitlines()


@pytest.mark.parametrize(
    ("name", "value", "settings"),
    [
        ("BP_CPYTHON_VERSION", "3.13.*", Settings(python_version="3.13.*")),
        ("BP_PIP_DEST_PATH", "wheels", Settings(find_links=("wheels",))),
        ("BP_PIP_FIND_LINKS", "./a b", Settings(find_links=("./a", "b"))),
        ("DISABLE_COLLECTSTATIC", "1", Settings(disable_collectstatic=True)),
        ("GOOGLE_ENTRYPOINT", "gunicorn app", Settings(web_command="gunicorn app")),
        ("GOOGLE_PYTHON_PACKAGE_MANAGER", "uv", Settings(package_manager="uv")),
        ("GOOGLE_PYTHON_VERSION", "3.13.x", Settings(python_version="3.13.x")),
    ],
)
def test_variables_of_other_builders(name: str, value: str, settings: Settings) -> None:
    environment, log = known({name: value, "PATH": "/bin"})
    # The name of one looks like that of a tool's version.
    assert replace(parse_settings(environment), tool_versions={}) == settings
    (ours,) = environment.keys() - {name, "PATH"}
    assert ours in VARIABLES
    assert log == [f"  {name} is read as {ours}"]


def test_our_own_variables_come_first() -> None:
    given = {"BP_CPYTHON_VERSION": "3.12", "BP_PYTHON_VERSION": "3.13"}
    assert known(given) == (given, [])
    assert known({"GOOGLE_ENTRYPOINT": ""}) == ({"GOOGLE_ENTRYPOINT": ""}, [])
    both = {"BP_CPYTHON_VERSION": "3.12", "GOOGLE_PYTHON_VERSION": "3.13"}
    environment, log = known(both)
    assert (environment["BP_PYTHON_VERSION"], len(log)) == ("3.12", 1)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            ("Aptfile",),
            "Aptfile isn't read: list its packages in project.toml, for heroku/deb-packages",
        ),
        (
            ("bin/post_compile",),
            "bin/post_compile isn't read: to run it, set BP_BUILD_COMMAND=bin/post_compile",
        ),
        (
            ("bin/pre_compile",),
            "bin/pre_compile isn't read: add what it installs to the dependencies",
        ),
        (
            ("nltk.txt",),
            "nltk.txt isn't read: download the data into the app with BP_BUILD_COMMAND",
        ),
        (("procfile",), "procfile isn't read: it must be named Procfile"),
        (("Procfile.txt",), "Procfile.txt isn't read: it must be named Procfile"),
        (("PROCFILE",), "PROCFILE isn't read: it must be named Procfile"),
        (("Procfile.dev",), None),
        (("procfile", "Procfile"), None),
        (("app.py",), None),
    ],
)
def test_files_of_other_builders(
    tmp_path: Path, names: tuple[str, ...], expected: str | None
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = list(unread_files(AppFiles(tmp_path), Settings()))
    assert found == ([expected] if expected else [])
    by_command = list(unread_files(AppFiles(tmp_path), Settings(build_command="make")))
    assert by_command == ([] if "BP_BUILD_COMMAND" in str(expected) else found)


def test_procfile_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "Procfile").touch()
    (tmp_path / "backend").mkdir()
    files = AppFiles(tmp_path / "backend", tmp_path)
    assert list(unread_files(files, Settings())) == [
        "The Procfile at the repository's root isn't read: move it to backend"
    ]
    (tmp_path / "backend" / "Procfile").touch()
    assert list(unread_files(files, Settings())) == []
