from __future__ import annotations

from collections.abc import Mapping

import pytest

from python_buildpack.app.settings import (
    InvalidConfigurationError,
    InvalidSetting,
    Settings,
    UnsupportedPipError,
    check_settings,
    parse_settings,
)
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.registry import TOOLS


def test_parse_configuration_of_nothing() -> None:
    assert parse_settings({"PATH": "/usr/bin", "BP_OTHER": "x"}) == Settings()


def test_parse_configuration_of_everything() -> None:
    assert parse_settings(
        {
            "BP_PYTHON_VERSION": " 3.13 ",
            "BP_PYTHON_INVENTORY": "/platform/inventory.toml",
            "BP_DEPENDENCY_MIRROR": "https://user:pass@mirror.example/python",
            "BP_PACKAGE_MANAGER": "pip",
            "BP_PIP_VERSION": "26.3",
            "BP_PIP_REQUIREMENT": " base.txt  requirements/prod.txt\n",
            "BP_PIP_AT_LAUNCH": "true",
            "BP_UV_VERSION": "0.13.9",
            "BP_POETRY_VERSION": " 2.1 ",
            "BP_GROUPS": "docs, Test_Suite,docs",
            "BP_EXTRAS": "fast slow",
            "BP_UV_PACKAGE": "web",
            "BP_PYLOCK": "prod",
            "BP_LIVE_RELOAD_ENABLED": "yes",
            "BP_DISABLE_COLLECTSTATIC": "1",
            "BP_COMPILE_APP": "on",
        }
    ) == Settings(
        python_version="3.13",
        python_inventory="/platform/inventory.toml",
        dependency_mirror="https://user:pass@mirror.example/python",
        package_manager="pip",
        tool_versions={"pip": "26.3", "poetry": "2.1", "uv": "0.13.9"},
        groups=("docs", "test-suite"),
        extras=("fast", "slow"),
        uv_package="web",
        pylock="prod",
        pip_requirements=("base.txt", "requirements/prod.txt"),
        pip_at_launch=True,
        live_reload=True,
        disable_collectstatic=True,
        compile_app=True,
    )


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_parse_configuration_empty_is_not_set(value: str) -> None:
    names = (
        *("BP_PYTHON_VERSION", "BP_PYTHON_INVENTORY", "BP_DEPENDENCY_MIRROR"),
        *("BP_UV_VERSION", "BP_POETRY_VERSION", "BP_GROUPS", "BP_EXTRAS"),
        *("BP_UV_PACKAGE", "BP_PYLOCK"),
        *("BP_PACKAGE_MANAGER", "BP_PIP_VERSION", "BP_PIP_REQUIREMENT", "BP_PIP_AT_LAUNCH"),
    )
    assert parse_settings(dict.fromkeys(names, value)) == Settings()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((value, True) for value in ("true", "True", "1", "yes", "on", " TRUE\n")),
        *((value, False) for value in ("false", "False", "0", "no", "off", "")),
    ],
)
def test_parse_configuration_booleans(value: str, expected: bool) -> None:
    assert parse_settings({"BP_PIP_AT_LAUNCH": value}).pip_at_launch is expected


@pytest.mark.parametrize(
    ("environment", "settings"),
    [
        (
            {"BP_PIP_AT_LAUNCH": "maybe"},
            (InvalidSetting("BP_PIP_AT_LAUNCH", "maybe", "true or false"),),
        ),
        (
            {"BP_PIP_VERSION": "latest"},
            (InvalidSetting("BP_PIP_VERSION", "latest", "a version such as 26.3"),),
        ),
        (
            {"BP_UV_VERSION": ">=0.13", "BP_POETRY_VERSION": "^2.0"},
            (
                InvalidSetting("BP_POETRY_VERSION", "^2.0", "a version such as 26.3"),
                InvalidSetting("BP_UV_VERSION", ">=0.13", "a version such as 26.3"),
            ),
        ),
        (
            {"BP_DEPENDENCY_MIRROR": "ftp://user:pa55@mirror.example"},
            (
                InvalidSetting(
                    "BP_DEPENDENCY_MIRROR",
                    "****",
                    "a URL that begins with https://, http:// or file://",
                ),
            ),
        ),
    ],
)
def test_parse_configuration_invalid(
    environment: Mapping[str, str], settings: tuple[InvalidSetting, ...]
) -> None:
    with pytest.raises(InvalidConfigurationError) as caught:
        check_settings(parse_settings(environment), TOOLS)
    assert caught.value.settings == settings


@pytest.mark.parametrize("version", ["25.1", "25.1.1", "26.3"])
def test_check_settings_of_a_pip_that_can_be_used(version: str) -> None:
    check_settings(parse_settings({"BP_PIP_VERSION": version}), TOOLS)


@pytest.mark.parametrize("version", ["25.0.1", "25.1b1", "24.0", "9"])
def test_check_settings_of_a_pip_that_is_too_old(version: str) -> None:
    with pytest.raises(UnsupportedPipError) as caught:
        check_settings(parse_settings({"BP_PIP_VERSION": version}), TOOLS)
    message = message_for(caught.value)
    assert message.heading == f"pip {version} is too old"
    assert "set it to 25.1 or newer" in message.body


def test_parse_configuration_names_all_that_are_wrong() -> None:
    environment = {
        "BP_PIP_AT_LAUNCH": "maybe",
        "BP_PIP_VERSION": ">=26",
        "BP_DEPENDENCY_MIRROR": "mirror.example",
    }
    with pytest.raises(InvalidConfigurationError) as caught:
        check_settings(parse_settings(environment), TOOLS)
    assert {setting.name for setting in caught.value.settings} == environment.keys()


@pytest.mark.parametrize(
    ("environment", "files"),
    [
        ({}, ()),
        ({"BP_PYLOCK": " "}, ()),
        ({"BP_PYLOCK": "prod"}, ("pylock.prod.toml",)),
        (
            {"BP_PYLOCK": "deploy/pylock.toml", "BP_PIP_REQUIREMENT": "a.txt b.txt"},
            ("a.txt", "b.txt", "deploy/pylock.toml"),
        ),
    ],
)
def test_parse_named_files(environment: Mapping[str, str], files: tuple[str, ...]) -> None:
    assert parse_settings(environment).dependency_files == files


NO_URLS = (
    *("https:mirror.example", "https://[mirror", "https://[::1", "user:pa55@mirror.example"),
    *("https://user:pa55@mirror\u2100.example", "https:/user:pa55@mirror.example"),
    "htps//user:pa55@mirror.example",
)


@pytest.mark.parametrize("mirror", ["//", "mirror.example", *NO_URLS])
def test_parse_configuration_mirror_that_is_no_url(mirror: str) -> None:
    with pytest.raises(InvalidConfigurationError) as caught:
        check_settings(parse_settings({"BP_DEPENDENCY_MIRROR": mirror}), TOOLS)
    assert "pa55" not in repr(caught.value.settings)
