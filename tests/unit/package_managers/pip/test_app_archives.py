from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.package_managers.pip.diagnosis import find_app_archives


@pytest.fixture
def app_dir(tmp_path: Path) -> Path:
    for path in (
        "mylib-1.0.tar.gz",
        "wheels/My_Lib-1.0-py3-none-any.whl",
        "wheels/mylib-1.0-py3-none-any.whl",
        "wheels/other-1.0-py3-none-any.whl",
        "wheels/mylib.whl",
        "more/mylib-1.1-py3-none-any.whl",
        ".cache/mylib-1.2-py3-none-any.whl",
        "venv/lib/site-packages/mylib-1.3-py3-none-any.whl",
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


@pytest.mark.parametrize("requirement", ["mylib", "MyLib>=1", "mylib[web]==1.0"])
def test_find_app_archives_finds_those_of_the_distribution(app_dir: Path, requirement: str) -> None:
    assert find_app_archives(app_dir, requirement, {}) == (
        "more/mylib-1.1-py3-none-any.whl",
        "mylib-1.0.tar.gz",
        "wheels/mylib-1.0-py3-none-any.whl",
    )


def test_find_app_archives_passes_over_directories_that_pip_looks_into(app_dir: Path) -> None:
    environment = {"PIP_FIND_LINKS": f"https://example.com {app_dir}/wheels/ {app_dir}"}
    found = find_app_archives(app_dir, "mylib", environment)
    assert found == ("more/mylib-1.1-py3-none-any.whl",)


def test_find_app_archives_of_what_the_app_does_not_have(app_dir: Path) -> None:
    assert find_app_archives(app_dir, "flask", {}) == ()
