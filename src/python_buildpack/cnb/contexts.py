"""What the lifecycle tells ``bin/detect`` and ``bin/build``.

Positional arguments are deprecated, so only the variables are read.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#provided-by-the-lifecycle
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.errors import MissingVariableError


def _required(environment: Mapping[str, str], name: str) -> str:
    # No required variable has a meaning when empty, and Path("") would be the app's directory.
    value = environment.get(name)
    if not value:
        raise MissingVariableError(name)
    return value


@dataclass(frozen=True)
class Target:
    """The platform that the image is built for.

    https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#targets-1

    Attributes:
        arch: as Go names it, such as ``amd64`` or ``arm64``.
        arch_variant: such as ``v8``; None if the run image has none.
        distro_name: such as ``ubuntu``; None if the run image doesn't say.
        distro_version: such as ``24.04``; None if the run image doesn't say.
    """

    os: str
    arch: str
    arch_variant: str | None
    distro_name: str | None
    distro_version: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Target:
        """Read the ``CNB_TARGET_*`` variables.

        Raises:
            MissingVariableError: the operating system or the architecture isn't given.
        """
        return cls(
            os=_required(environment, "CNB_TARGET_OS"),
            arch=_required(environment, "CNB_TARGET_ARCH"),
            arch_variant=environment.get("CNB_TARGET_ARCH_VARIANT") or None,
            distro_name=environment.get("CNB_TARGET_DISTRO_NAME") or None,
            distro_version=environment.get("CNB_TARGET_DISTRO_VERSION") or None,
        )


@dataclass(frozen=True)
class DetectContext:
    """The input of ``bin/detect``."""

    app_dir: Path
    buildpack_dir: Path
    platform_dir: Path
    build_plan_path: Path
    target: Target

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], app_dir: Path) -> DetectContext:
        """Read the variables of the detect phase.

        Raises:
            MissingVariableError: a variable that the lifecycle always sets is unset or empty.
        """
        return cls(
            app_dir=app_dir,
            buildpack_dir=Path(_required(environment, "CNB_BUILDPACK_DIR")),
            platform_dir=Path(_required(environment, "CNB_PLATFORM_DIR")),
            build_plan_path=Path(_required(environment, "CNB_BUILD_PLAN_PATH")),
            target=Target.from_environment(environment),
        )


@dataclass(frozen=True)
class BuildContext:
    """The input of ``bin/build``."""

    app_dir: Path
    buildpack_dir: Path
    platform_dir: Path
    layers_dir: Path
    buildpack_plan_path: Path
    target: Target

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], app_dir: Path) -> BuildContext:
        """Read the variables of the build phase.

        Raises:
            MissingVariableError: a variable that the lifecycle always sets is unset or empty.
        """
        return cls(
            app_dir=app_dir,
            buildpack_dir=Path(_required(environment, "CNB_BUILDPACK_DIR")),
            platform_dir=Path(_required(environment, "CNB_PLATFORM_DIR")),
            layers_dir=Path(_required(environment, "CNB_LAYERS_DIR")),
            buildpack_plan_path=Path(_required(environment, "CNB_BP_PLAN_PATH")),
            target=Target.from_environment(environment),
        )
