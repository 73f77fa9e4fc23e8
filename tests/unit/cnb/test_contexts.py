from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.cnb.contexts import BuildContext, DetectContext, Target
from python_buildpack.cnb.errors import MissingVariableError

APP_DIR = Path("/workspace")
TARGET = {
    "CNB_TARGET_OS": "linux",
    "CNB_TARGET_ARCH": "arm64",
    "CNB_TARGET_ARCH_VARIANT": "v8",
    "CNB_TARGET_DISTRO_NAME": "ubuntu",
    "CNB_TARGET_DISTRO_VERSION": "24.04",
}
COMMON = {"CNB_BUILDPACK_DIR": "/cnb/bp", "CNB_PLATFORM_DIR": "/platform", **TARGET}
DETECT = {**COMMON, "CNB_BUILD_PLAN_PATH": "/tmp/plan.toml"}  # noqa: S108
BUILD = {**COMMON, "CNB_LAYERS_DIR": "/layers/bp", "CNB_BP_PLAN_PATH": "/layers/plan.toml"}


def test_detect_context() -> None:
    assert DetectContext.from_environment(DETECT, APP_DIR) == DetectContext(
        app_dir=APP_DIR,
        buildpack_dir=Path("/cnb/bp"),
        platform_dir=Path("/platform"),
        build_plan_path=Path("/tmp/plan.toml"),  # noqa: S108
        target=Target("linux", "arm64", "v8", "ubuntu", "24.04"),
    )


def test_build_context() -> None:
    assert BuildContext.from_environment(BUILD, APP_DIR) == BuildContext(
        app_dir=APP_DIR,
        buildpack_dir=Path("/cnb/bp"),
        platform_dir=Path("/platform"),
        layers_dir=Path("/layers/bp"),
        buildpack_plan_path=Path("/layers/plan.toml"),
        target=Target("linux", "arm64", "v8", "ubuntu", "24.04"),
    )


OPTIONAL = ("CNB_TARGET_ARCH_VARIANT", "CNB_TARGET_DISTRO_NAME", "CNB_TARGET_DISTRO_VERSION")


@pytest.mark.parametrize("name", sorted(DETECT.keys() - {*OPTIONAL}))
@pytest.mark.parametrize("empty", [False, True])
def test_detect_context_without_a_required_variable(name: str, empty: bool) -> None:
    environment = {key: value for key, value in DETECT.items() if key != name}
    with pytest.raises(MissingVariableError) as caught:
        DetectContext.from_environment({**environment, **({name: ""} if empty else {})}, APP_DIR)
    assert caught.value.name == name


@pytest.mark.parametrize("name", sorted(BUILD.keys() - {*OPTIONAL}))
@pytest.mark.parametrize("empty", [False, True])
def test_build_context_without_a_required_variable(name: str, empty: bool) -> None:
    environment = {key: value for key, value in BUILD.items() if key != name}
    with pytest.raises(MissingVariableError) as caught:
        BuildContext.from_environment({**environment, **({name: ""} if empty else {})}, APP_DIR)
    assert caught.value.name == name


@pytest.mark.parametrize("optional", [{}, dict.fromkeys(OPTIONAL, "")], ids=["unset", "empty"])
def test_target_without_optional_variables(optional: dict[str, str]) -> None:
    environment = {"CNB_TARGET_OS": "linux", "CNB_TARGET_ARCH": "amd64", **optional}
    assert Target.from_environment(environment) == Target("linux", "amd64", None, None, None)
