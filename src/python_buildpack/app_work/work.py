"""What a build does to the app itself: Django's static files, bytecode.

It needs Python and the environment on disk, in this build and in every later one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.app_work.app_bytecode import compile_app
from python_buildpack.configuration import Configuration
from python_buildpack.output import Output


@dataclass(frozen=True)
class AppWork:
    """What there is to do.

    Attributes:
        manage_py: of the Django project that has static files, relative to the app; None where
            none has.
        compiles_app: whether the app's own code is compiled, too.
    """

    manage_py: str | None = None
    compiles_app: bool = False

    @property
    def name(self) -> str | None:
        """What needs Python and the environment on disk; None where nothing does."""
        if self.manage_py is not None:
            return "collectstatic"
        return "BP_COMPILE_APP" if self.compiles_app else None


def read_app_work(app_dir: Path, configuration: Configuration) -> AppWork:
    """Tell what there is to do, without starting Python."""
    manage_py = None
    if not configuration.disable_collectstatic:
        # Imported here: most apps are not Django's, and need nothing of what reads the code.
        from python_buildpack.app_work.static_project import find_static_project

        manage_py = find_static_project(app_dir)
    return AppWork(manage_py, configuration.compile_app)


def do_app_work(
    work: AppWork,
    app_dir: Path,
    python: Path,
    environment: Mapping[str, str],
    installed: Mapping[str, str],
    output: Output,
) -> None:
    """Do what there is to do.

    Args:
        work: what that is.
        app_dir: the app.
        python: the environment's own.
        environment: in which the app's code runs.
        installed: the version of each installed distribution, by its normalised name.
        output: the log.

    Raises:
        UserError: Django could not collect its files.
        BytecodeError: Python could not compile.
    """
    if work.manage_py is not None and "django" in installed:
        # Imported here: few apps have static files.
        from python_buildpack.app_work.django_static import collect_static_files

        collect_static_files(app_dir, work.manage_py, python, environment, output)
    if work.compiles_app:
        compile_app(app_dir, python, output)
