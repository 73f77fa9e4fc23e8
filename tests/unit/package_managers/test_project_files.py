from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.package_managers.project_files import (
    PRODUCTION_FILES,
    PROJECT_FILES,
    is_python_project,
)


@pytest.mark.parametrize("name", PROJECT_FILES)
def test_is_python_project(tmp_path: Path, name: str) -> None:
    (tmp_path / name.replace("*", "prod")).touch()
    assert is_python_project(tmp_path)


@pytest.mark.parametrize("name", ["Requirements.txt", "pipfile", "PyProject.toml"])
def test_is_python_project_in_other_letters(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert is_python_project(tmp_path)


@pytest.mark.parametrize("name", ["requirements.txt", "main.py", ".python-version"])
def test_is_python_project_dangling_link(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("missing")
    assert is_python_project(tmp_path)


def test_is_python_project_by_a_file_that_the_user_names(tmp_path: Path) -> None:
    (tmp_path / "deps").mkdir()
    (tmp_path / "deps" / "prod.txt").touch()
    assert is_python_project(tmp_path, ("deps/missing.txt", "deps/prod.txt"))
    assert not is_python_project(tmp_path)


@pytest.mark.parametrize("name", PRODUCTION_FILES)
def test_is_python_project_by_a_directory_of_requirements(tmp_path: Path, name: str) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").touch()
    assert not is_python_project(tmp_path)
    (tmp_path / name).touch()
    assert is_python_project(tmp_path)


@pytest.mark.parametrize("name", ["../pylock.toml", "/nowhere/pylock.toml", "shared/pylock.toml"])
def test_is_python_project_by_a_name_that_leads_out_of_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "app").mkdir()
    # Nothing is there: it isn't looked at.
    (tmp_path / "app" / "shared").symlink_to("/nowhere")
    assert is_python_project(tmp_path / "app", (name,))


def test_is_python_project_none(tmp_path: Path) -> None:
    for name in ("package.json", "README.md", "app.pyc", "py", "pylock.txt", "Runtime.txt"):
        (tmp_path / name).touch()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").touch()
    assert not is_python_project(tmp_path)


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "module.py"])
def test_is_python_project_not_by_a_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert not is_python_project(tmp_path)


def test_is_python_project_of_nothing(tmp_path: Path) -> None:
    assert not is_python_project(tmp_path)
