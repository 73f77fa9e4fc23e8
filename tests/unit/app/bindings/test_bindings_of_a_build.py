"""What the composition root and Poetry's inputs make of bindings."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from python_buildpack import main
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.poetry.strategy import PoetryDependencies
from python_buildpack.system.output import Output
from tests.unit.app.bindings.mounted import mount

AUTH = '[http-basic.shop]\nusername = "shop"\npassword = "{password}"\n'


@pytest.mark.parametrize("named", [False, True])
def test_root_of_bindings(tmp_path: Path, named: bool) -> None:
    root = mount(tmp_path / "bindings", {"quick": {"type": "uv", "uv.toml": ""}})
    own = {"SERVICE_BINDING_ROOT": str(root)} if named else {}
    platform_dir = tmp_path / "other" if named else tmp_path
    with main._with_bindings(platform_dir, own, Output(io.StringIO())) as bound:
        assert bound == {**own, "UV_CONFIG_FILE": str(root / "quick" / "uv.toml")}


@pytest.mark.parametrize("exists", [False, True])
def test_no_bindings(tmp_path: Path, exists: bool) -> None:
    if exists:
        (tmp_path / "bindings").mkdir()
    environment, log = {"A": "1"}, io.StringIO()
    with main._with_bindings(tmp_path, environment, Output(log)) as bound:
        assert bound is environment
    assert log.getvalue() == ""


def test_root_that_is_not_there(tmp_path: Path) -> None:
    environment, log = {"SERVICE_BINDING_ROOT": "/no/such"}, io.StringIO()
    with main._with_bindings(tmp_path, environment, Output(log)) as bound:
        assert bound is environment
    assert log.getvalue() == "  No bindings in /no/such (SERVICE_BINDING_ROOT)\n"


def test_certificates_are_those_of_our_own_downloads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/before.pem")
    mount(tmp_path / "bindings", {"quick": {"type": "uv", "uv.toml": ""}})
    environment = {"SSL_CERT_FILE": "/own.pem"}
    with main._with_bindings(tmp_path, environment, Output(io.StringIO())):
        assert os.environ["SSL_CERT_FILE"] == "/own.pem"


def poetry_inputs(directory: Path, **files: str) -> dict[str, str]:
    """Return the inputs of Poetry's settings in ``directory``, by their names."""
    directory.mkdir()
    for name, text in files.items():
        (directory / f"{name}.toml").write_text(text)
    dependencies = PoetryDependencies((), (), (), {}, app_dir=directory, manager=POETRY)
    return dict(dependencies.settings({"POETRY_CONFIG_DIR": str(directory)}))


def test_place_and_credentials_of_poetrys_settings_are_no_inputs(tmp_path: Path) -> None:
    settings = "[installer]\nno-binary = true\n"
    one, two = (
        poetry_inputs(tmp_path / each, config=settings + AUTH.format(password=each), auth=each)
        for each in ("one", "two")
    )
    assert one.keys() == {"config.toml"}
    assert one == two
    assert one != poetry_inputs(tmp_path / "other", config="[installer]\nno-binary = false\n")


@pytest.mark.parametrize("text", [AUTH, "no = = toml"])
def test_poetrys_credentials_alone_are_no_inputs(tmp_path: Path, text: str) -> None:
    assert poetry_inputs(tmp_path / "one", config=text) == {}
