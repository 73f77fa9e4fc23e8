from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pip.old_releases import needed_requirements
from python_buildpack.package_managers.pip.requirements_tree import parse_requirement_closure
from python_buildpack.package_managers.pip.strategy import read_pip_requirements
from python_buildpack.package_managers.protocol import App


@pytest.mark.parametrize(
    ("text", "is_needed"),
    [
        ("gunicorn==18.0\n", True),
        ("gunicorn==20.0.4\n", True),
        ("flask\nGunicorn===20.1.0\n", True),
        ("gunicorn==21.2.0\n", False),
        ("gunicorn\n", False),
        ("gunicorn<21\n", False),
        ("gunicorn==20.0.4\nsetuptools\n", False),
        ("gunicorn==20.0.4\nsetuptools==84.0\n", False),
        (f"gunicorn==20.0.4 --hash=sha256:{'0' * 64}\n", False),
        ("", False),
    ],
)
def test_needed_requirements(text: str, *, is_needed: bool) -> None:
    found = needed_requirements(parse_requirement_closure(text, "requirements.txt"))
    assert [requirement for requirement, _ in found] == (["setuptools<82"] if is_needed else [])


def test_requirement_is_given_to_pip(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("gunicorn==20.0.4\n")
    requirements = read_pip_requirements(
        App(AppFiles(tmp_path), Settings(), {}, PIP), ("requirements.txt",)
    )
    assert requirements.pip_input.more == ("setuptools<82",)
    (notice,) = requirements.notices
    assert notice.startswith("Installing setuptools<82: gunicorn 20.0.4 imports pkg_resources")
