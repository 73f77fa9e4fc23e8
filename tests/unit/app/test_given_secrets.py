"""Where secrets are found in what a build is given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from python_buildpack.app.given_secrets import (
    environment_secrets,
    read_settings,
    referenced_secrets,
    settings_secrets,
    text_secrets,
)
from python_buildpack.package_managers.registry import CONFIGURATIONS, PREFIXES
from python_buildpack.system.secrets import UrlPath

CANARY = "canary-of-test"


@pytest.mark.parametrize(
    "environment",
    [
        {"API_TOKEN": CANARY},
        {"DJANGO_SECRET_KEY": CANARY},
        {"UV_INDEX_SHOP_PASSWORD": CANARY},
        {"DATABASE_URL": f"postgres://user:{CANARY}@host/db"},
        {"PIP_INDEX_URL": f"https://user:{CANARY}@host/simple"},
        {"PIP_INDEX_URL": f"https://{CANARY}@host/simple"},
        {"PIP_EXTRA_INDEX_URL": f"https://a/simple https://user:{CANARY}@host/simple"},
        {"UV_INDEX": f"shop=https://a/simple,https://user:{CANARY}@host/simple"},
        {"PIP_INDEX_URL": f"https://user:x#{CANARY}@host/simple"},
        {"PIP_FIND_LINKS": f"https://host/links?name={CANARY}"},
        {"PIP_FIND_LINKS": f"https://host/links?{CANARY}"},
        {"HTTPS_PROXY": f"user:{CANARY}@proxy:3128"},
        {"https_proxy": f"http://user:{CANARY}@proxy:3128"},
        {"BP_DEPENDENCY_MIRROR": f"https://user:{CANARY}@host"},
        {"DEPLOY_KEY": f"-----BEGIN\n{CANARY}\n-----END"},
    ],
)
def test_secrets_of_variables(environment: Mapping[str, str]) -> None:
    assert (
        environment_secrets(environment, PREFIXES)
        .masked(f"it is {CANARY}.")
        .startswith("it is ****")
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"PIP_KEYRING_PROVIDER": "subprocess"},
        {"TOKENIZERS_PARALLELISM": "subprocess"},
        {"SECRET_FILE": "subprocess"},
        {"APP_NAME": "subprocess"},
        {"DATABASE_URL": "postgres://subprocess@host/db"},
        {"PIP_INDEX_URL": "https://subprocess/simple"},
        {"PIP_INDEX_URL": "https://${subprocess}@host/simple"},
        {"API_TOKEN": ""},
    ],
)
def test_variables_without_secrets(environment: Mapping[str, str]) -> None:
    assert environment_secrets(environment, PREFIXES).masked("subprocess") == "subprocess"


@pytest.mark.parametrize(
    ("url", "paths"),
    [
        ("https://host:8/team/simple", {UrlPath("host:8", "/team/")}),
        ("https://host/pypi/team/py/simple/", {UrlPath("host", "/pypi/team/")}),
        ("https://u:p@host/team", {UrlPath("host", "/team/")}),
        ("https://host/simple", set()),
        ("https://host/whl/cu121", set()),
        ("https://host/api/v4/projects/1234/packages/pypi/simple", set()),
    ],
)
def test_path_of_an_index(url: str, paths: set[UrlPath]) -> None:
    assert environment_secrets({"PIP_INDEX_URL": url}, PREFIXES).paths == paths
    assert not environment_secrets({"SITE": url}, PREFIXES).paths


def test_token_in_a_path_is_masked_everywhere() -> None:
    secrets = environment_secrets({"UV_INDEX_URL": "https://host/a1b2c3d4e5f6/simple"}, PREFIXES)
    assert secrets.masked("token=a1b2c3d4e5f6") == "token=****"


@pytest.mark.parametrize(
    "text",
    [
        f"machine host login user password {CANARY}\n",
        f"machine host\n  login user\n  password {CANARY}\n",
        f"https://user:{CANARY}@host\n",
        f"username=user\npassword={CANARY}\n",
        f'[http-basic.shop]\nusername = "user"\npassword = "{CANARY}"\n',
        f"[global]\nindex-url = https://user:{CANARY}@host/simple\n",
        f'[[index]]\nurl = "https://{CANARY}@host/simple"\n',
    ],
)
def test_secrets_of_settings(text: str) -> None:
    assert text_secrets(text).masked(CANARY) == "****"


def test_token_in_settings() -> None:
    text = '[pypi-token]\nshop = "pypi-AgEIcHlwaS5vcmcCJDNm"\n'
    assert text_secrets(text).masked("pypi-AgEIcHlwaS5vcmcCJDNm") == "****"


@pytest.mark.parametrize("name", ["PIP_CONFIG_FILE", "UV_CONFIG_FILE", "NETRC"])
def test_files_that_variables_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "settings").write_text(f"password {CANARY}")
    environment = {name: str(tmp_path / "settings")}
    assert settings_secrets(environment, CONFIGURATIONS).masked(CANARY) == "****"


@pytest.mark.parametrize("name", [".netrc", ".git-credentials", ".config/pip/pip.conf"])
def test_files_in_the_home(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"https://user:{CANARY}@host")
    assert settings_secrets({"HOME": str(tmp_path)}, CONFIGURATIONS).masked(CANARY) == "****"


def test_files_of_poetry(tmp_path: Path) -> None:
    (tmp_path / "auth.toml").write_text(f'password = "{CANARY}"')
    assert (
        settings_secrets({"POETRY_CONFIG_DIR": str(tmp_path)}, CONFIGURATIONS).masked(CANARY)
        == "****"
    )


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    paths = [tmp_path / "pipe", tmp_path / "missing", tmp_path, Path("nul\0")]
    assert [read_settings(path) for path in paths] == [""] * 4


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://user:${NAME}@host/simple",
        "a @ https://host/${NAME}/a.whl",
        "a @ https://host/a.whl?jwt=${NAME}",
        'url = "https://user:$NAME@host/simple"',
        "-e git+https://${NAME}@host/a.git#egg=a",
    ],
)
def test_referenced_variables(text: str) -> None:
    assert referenced_secrets([text], {"NAME": CANARY}).masked(CANARY) == "****"


@pytest.mark.parametrize("text", ["https://${NAME}/simple", "flask  # ${NAME}", "${NAME}"])
def test_variables_that_are_no_secrets(text: str) -> None:
    assert referenced_secrets([text], {"NAME": CANARY}).masked(CANARY) == CANARY
