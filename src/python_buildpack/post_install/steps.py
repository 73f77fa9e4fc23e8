"""What a build does to the app itself: the user's command, Django's static files, bytecode.

It needs Python and the environment on disk, in this build and in every later one; static files only
where something has changed that collectstatic reads.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.layer_env import LayerEnv, Scope
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.bytecode.app import compile_app
from python_buildpack.post_install.django_app import (
    DjangoApp,
    MissingSettingsError,
    django_env,
    django_env_lines,
)
from python_buildpack.start_commands.processes import StartCommand
from python_buildpack.system.output import Output

if TYPE_CHECKING:
    from python_buildpack.post_install.static_layer import StaticLayer

_DJANGO = "django"
_MANAGE_PY = "manage.py"


@dataclass(frozen=True)
class PostInstallSteps:
    """What there is to do.

    Attributes:
        django: the app's Django project; None if it has none, or several.
        compiles_app: whether the app's own code is compiled, too.
    """

    django: DjangoApp | None = None
    collects_static: bool = False
    compiles_app: bool = False
    build_command: str | None = None

    @property
    def name(self) -> str | None:
        """What needs Python and the environment on disk; None if nothing does."""
        if self.build_command:
            return "BP_BUILD_COMMAND"
        if self.collects_static:
            return "collectstatic"
        return "BP_COMPILE_APP" if self.compiles_app else None

    def collected(
        self, layers: Layers, files: AppFiles, environment: Mapping[str, str]
    ) -> StaticLayer | None:
        """Return what the last build has collected; None where collectstatic always runs."""
        if self.django is None or not self.collects_static:
            return None
        # These need Python in any case, and change what collectstatic reads.
        if self.build_command or self.compiles_app:
            return None
        from python_buildpack.post_install.static_layer import inspect_static_layer

        return inspect_static_layer(layers, files, self.django, environment)

    def launch_env(self, app_dir: Path, installed: Mapping[str, str]) -> LayerEnv:
        """Return the variables that the app's processes need; see ``django_env``."""
        if self.django is None or _DJANGO not in installed:
            return LayerEnv()
        return django_env(self.django, app_dir, installed)


def read_post_install_steps(
    app_dir: Path,
    settings: Settings,
    environment: Mapping[str, str],
    written: Sequence[StartCommand],
    directory: str = "",
) -> PostInstallSteps:
    """Tell what there is to do, without starting Python.

    Args:
        environment: of the build, which may name Django's settings.
        written: the start commands of the Procfile or the user, which may do so, too.
        directory: whose code is looked at, relative to the app; "" for all of it.

    Raises:
        MissingSettingsError: the settings that Django is to be started with aren't there.
    """
    django = None
    if _may_have_manage_py(app_dir / directory):
        from python_buildpack.post_install.django_settings import read_django_app

        django = read_django_app(app_dir, environment, directory)
    collects_static = (
        django is not None and django.has_static_root and not settings.disable_collectstatic
    )
    missing = django.missing_settings if django is not None else None
    if django is not None and missing is not None:
        if not collects_static and any("settings" in each.text.lower() for each in written):
            django = replace(django, missing_settings=None)
        elif not missing.may_be_installed:
            raise MissingSettingsError(missing)
    return PostInstallSteps(django, collects_static, settings.compile_app, settings.build_command)


def run_post_install(
    work: PostInstallSteps,
    files: AppFiles,
    layers_dir: Path,
    python: Path,
    environment: Mapping[str, str],
    installed: Mapping[str, str],
    output: Output,
    static: StaticLayer | None = None,
) -> bool:
    """Do what there is to do: the command first, so that what it makes is collected, too.

    Args:
        static: what the last build has collected; None where collectstatic always runs.

    Returns:
        Whether the next build will do it whatever has changed.

    Raises:
        BuildCommandFailedError, ChangedLayersError: the command can't be part of a build.
        UserError: Django could not collect its files, or its settings aren't there.
        BytecodeError: Python could not compile.
    """
    is_current = static is not None and static.is_current
    missing = work.django.missing_settings if work.django is not None else None
    if missing is not None and _DJANGO in installed and not is_current:
        from python_buildpack.post_install.django_settings import require_installed_settings

        require_installed_settings(missing, python.parent.parent)
    env = work.launch_env(files.directory, installed)
    if work.django is not None and env.modifications:
        output.section("Django")
        for line in django_env_lines(work.django, work.django.imported_from_root(installed)):
            output.line(line)
    variables = env.apply(Scope.LAUNCH, environment)
    if work.build_command:
        from python_buildpack.post_install.build_command import run_build_command

        run_build_command(work.build_command, files.directory, layers_dir, variables, output)
    always = work.name is not None
    if work.django is not None and work.collects_static and _DJANGO in installed:
        output.section("Static files")
        if static is None:
            from python_buildpack.post_install.django_static import collect_static_files

            collect_static_files(files, work.django, python, variables, output)
        else:
            from python_buildpack.post_install.static_layer import provide_static_files

            always = provide_static_files(static, python, variables, output)
    if work.compiles_app:
        compile_app(files.directory, python, output)
    return always


def _may_have_manage_py(app_dir: Path) -> bool:
    """Look for the file at the top and one directory below, where projects have it."""
    directories = [app_dir]
    try:
        with os.scandir(app_dir) as entries:
            directories += [Path(each.path) for each in entries if each.is_dir()]
    except OSError:
        return False
    return any((directory / _MANAGE_PY).is_file() for directory in directories)
