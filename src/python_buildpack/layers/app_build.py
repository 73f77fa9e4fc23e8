"""What the layers of an app are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_buildpack.app.files import BP_PYTHON_PROJECT_PATH
from python_buildpack.app.request import Build
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.build_variables import build_variables_digest
from python_buildpack.layers.plan import Wanted
from python_buildpack.layers.python import PythonLayer
from python_buildpack.layers.venv_record import BUILD_VARIABLES
from python_buildpack.package_managers.offline import explain_offline_failures
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.system.output import Output
from python_buildpack.system.secrets import Secrets

if TYPE_CHECKING:
    from python_buildpack.environment.linkage.check import MissingLibrary


@dataclass(frozen=True, kw_only=True)
class EnvironmentBuild:
    """What the layers of an app are made from, whichever Python it has.

    Attributes:
        layers: this buildpack's, where later buildpacks' changes are detected if any follow.
        post_install: what is done to the app itself, once its environment is there; None if nothing.
        is_collected: whether that has been done for the environment of the last build already.
        secrets: that URLs of the app's requirements refer to.
        on_missing_libraries: warns of those that the environment needs and the system lacks.
    """

    build: Build
    layers: Layers
    dependencies: Dependencies
    post_install: str | None
    is_collected: bool
    secrets: Secrets
    on_missing_libraries: Callable[[tuple[MissingLibrary, ...]], None]

    @property
    def output(self) -> Output:
        """The log."""
        return self.build.output

    def wanted(self, python: Mapping[str, str]) -> Wanted:
        """Return what this build wants of its environment.

        Args:
            python: what an installation depends on of Python; name → value.
        """
        target, environment = self.build.context.target, self.build.environment
        inputs = {
            **python,
            "architecture": f"{target.os}/{target.arch}{target.arch_variant or ''}",
            "distribution": f"{target.distro_name or 'unknown'} {target.distro_version or ''}".rstrip(),
            "package manager": self.dependencies.manager.name,
            BUILD_VARIABLES: build_variables_digest(environment),
            **self.dependencies.fingerprint(environment),
        }
        if self.build.settings.project_path:
            # Where editable projects lead to.
            inputs[BP_PYTHON_PROJECT_PATH] = self.build.settings.project_path
        return Wanted(
            inputs=inputs,
            clean=self.build.settings.clean_build,
            was_made=self.build.was_made,
            later_buildpack=self.layers.detects_changes,
            post_install=None if self.is_collected else self.post_install,
        )


@dataclass(frozen=True, kw_only=True)
class AppBuild(EnvironmentBuild):
    """What the layers of an app are made from that gets one of the buildpack's Pythons."""

    python: PythonLayer

    def explained(self) -> AbstractContextManager[None]:
        """Give what fails in the block, for lack of a network, the message that helps there."""
        return explain_offline_failures(self.build, self.dependencies, self.python.version)
