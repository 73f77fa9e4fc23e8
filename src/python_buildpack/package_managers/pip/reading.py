"""Apps with requirements files."""

from __future__ import annotations

from python_buildpack.package_managers.locks import check_names
from python_buildpack.package_managers.pip.strategy import PipRequirements, read_pip_requirements
from python_buildpack.package_managers.protocol import App


def read(app: App, file: str | None) -> PipRequirements:
    """Read the app's requirements files; none for an app that declares nothing.

    Raises:
        UnknownNamesError: groups or extras are asked for, which such files don't have.
        BuildpackError: as ``read_pip_requirements``.
    """
    settings = app.settings
    files = settings.pip_requirements or ((file,) if file else ())
    shown = files[0] if files else "pyproject.toml"
    check_names("BP_GROUPS", settings.groups, (), shown)
    check_names("BP_EXTRAS", settings.extras, (), shown)
    return read_pip_requirements(app, files)
