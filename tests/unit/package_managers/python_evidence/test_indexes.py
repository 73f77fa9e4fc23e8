"""Which indexes pip asks."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from python_buildpack.app import pip_configuration
from python_buildpack.package_managers.pip.requirements_tree import parse_requirement_closure
from python_buildpack.package_managers.python_evidence.indexes import read_indexes

DEFAULT = "https://default.example/simple"


@pytest.fixture
def pip_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pip_configuration, "_SYSTEM_FILES", ())
    path = tmp_path / "pip.whl"
    with zipfile.ZipFile(path, "w") as archive:
        text = 'PyPI = PackageIndex("https://default.example/", file_storage_domain="x")\n'
        archive.writestr("pip/_internal/models/index.py", text)
    return path


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("flask", {}, (DEFAULT,)),
        ("flask", {"PIP_INDEX_URL": "https://own/simple"}, ("https://own/simple",)),
        (
            "flask",
            {"PIP_EXTRA_INDEX_URL": "https://a/ https://b/"},
            (DEFAULT, "https://a/", "https://b/"),
        ),
        ("-i https://line/\nflask", {"PIP_INDEX_URL": "https://own/"}, ("https://line/",)),
        ("--extra-index-url https://line/\nflask", {}, (DEFAULT, "https://line/")),
        ("--no-index\nflask", {}, ()),
        ("flask", {"PIP_NO_INDEX": "1"}, ()),
        ("flask", {"PIP_NO_INDEX": "false"}, (DEFAULT,)),
        ("flask", {"PIP_INDEX_URL": "file:///wheels"}, ()),
    ],
)
def test_read_indexes(
    pip_wheel: Path, text: str, environment: Mapping[str, str], expected: tuple[str, ...]
) -> None:
    closure = parse_requirement_closure(text, "requirements.txt")
    assert read_indexes(closure, environment, pip_wheel) == expected


@pytest.mark.parametrize("section", ["global", "install"])
def test_configuration_files(pip_wheel: Path, tmp_path: Path, section: str) -> None:
    home = tmp_path / "home"
    (home / ".config/pip").mkdir(parents=True)
    (home / ".config/pip/pip.conf").write_text("[global]\nindex-url = https://home/\n")
    named = tmp_path / "pip.conf"
    named.write_text(f"[{section}]\nextra_index_url =\n  https://a/\n  https://b/\n")
    closure = parse_requirement_closure("flask", "requirements.txt")
    environment = {"HOME": str(home), "PIP_CONFIG_FILE": str(named)}
    assert read_indexes(closure, environment, pip_wheel) == (
        "https://home/",
        "https://a/",
        "https://b/",
    )


def test_configuration_file_that_is_none(pip_wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("index-url = https://home/\n")
    closure = parse_requirement_closure("flask", "requirements.txt")
    environment = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    assert read_indexes(closure, environment, pip_wheel) == (DEFAULT,)


def test_default_that_cannot_be_read(tmp_path: Path, pip_wheel: Path) -> None:
    closure = parse_requirement_closure("flask", "requirements.txt")
    assert pip_wheel.exists()
    assert read_indexes(closure, {}, tmp_path / "missing.whl") == ()
    (tmp_path / "broken.whl").write_text("no archive")
    assert read_indexes(closure, {}, tmp_path / "broken.whl") == ()
