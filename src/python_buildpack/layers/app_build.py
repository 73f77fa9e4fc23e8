"""What the layers of an app are made from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_buildpack.app.request import Build
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.python import PythonLayer
from python_buildpack.package_managers.offline import explain_offline_failures
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.system.output import Output
from python_buildpack.system.secrets import Secrets

if TYPE_CHECKING:
    from python_buildpack.environment.linkage.check import MissingLibrary


@dataclass(frozen=True)
class AppBuild:
    """What the layers of an app are made from.

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
    python: PythonLayer
    post_install: str | None
    is_collected: bool
    secrets: Secrets
    on_missing_libraries: Callable[[tuple[MissingLibrary, ...]], None]

    @property
    def output(self) -> Output:
        """The log."""
        return self.build.output

    def explained(self) -> AbstractContextManager[None]:
        """Give what fails in the block, for lack of a network, the message that helps there."""
        return explain_offline_failures(self.build, self.dependencies, self.python.version)
