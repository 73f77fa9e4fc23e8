"""A user site of its own for a tool: wheels that are on disk, installed as pip would install them.

By PyPA's installer, in this process: pip would first have to be started from its own wheel, without
bytecode, which takes ten times as long as the installation.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from python_buildpack.layers.python import PythonLayer
from python_buildpack.system.errors import ServiceError

if TYPE_CHECKING:
    from installer.destinations import WheelDestination

_INSTALLER = b"python-buildpack\n"


@dataclass(eq=False)
class UnusableWheelError(ServiceError):
    """A wheel of a tool, as it was downloaded, is none that can be installed."""

    wheel: str
    problem: str


def install_wheels(user_base: Path, python: PythonLayer, wheels: Iterable[Path]) -> None:
    """Install wheels that fit together, without bytecode.

    Args:
        user_base: the directory that is to be PYTHONUSERBASE.
        python: which runs what is installed.
        wheels: where two have the same file, that of the later one stays.

    Raises:
        UnusableWheelError: one of them is damaged, or of a format that isn't known.
        OSError: the file system refused.
    """
    # Imported here, as below: most builds install no tool.
    from installer.destinations import SchemeDictionaryDestination

    destination = SchemeDictionaryDestination(
        _scheme(user_base, python.series),
        interpreter=str(python.executable),
        script_kind="posix",
        overwrite_existing=True,
    )
    for wheel in wheels:
        _install(wheel, destination)


def _install(wheel: Path, destination: WheelDestination) -> None:
    from installer import install
    from installer.exceptions import InstallerError
    from installer.sources import WheelFile

    try:
        with WheelFile.open(wheel) as source:
            install(source, destination, {"INSTALLER": _INSTALLER})
    except (InstallerError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UnusableWheelError(wheel.name, str(error) or type(error).__name__) from None


def _scheme(user_base: Path, series: str) -> dict[str, str]:
    """Return where the parts of wheels go, as ``sysconfig`` has it in the scheme posix_user."""
    site_packages = str(user_base / "lib" / f"python{series}" / "site-packages")
    return {
        "purelib": site_packages,
        "platlib": site_packages,
        "headers": str(user_base / "include" / f"python{series}"),
        "scripts": str(user_base / "bin"),
        "data": str(user_base),
    }
