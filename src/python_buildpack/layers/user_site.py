"""A user site of its own for a tool: wheels, installed as pip would install them.

By PyPA's installer, in this process: pip would first have to be started from its own wheel, without
bytecode, which takes ten times as long as the installation.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from python_buildpack.app.request import Build
from python_buildpack.layers.python import Interpreter
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel
from python_buildpack.system.command import run_command
from python_buildpack.system.errors import ServiceError, UserError

if TYPE_CHECKING:
    from installer.destinations import WheelDestination

_INSTALLER = b"python-buildpack\n"


@dataclass(eq=False)
class UnusableWheelError(ServiceError):
    """A wheel of a tool, as it was downloaded, is none that can be installed."""

    wheel: str
    problem: str


@dataclass(eq=False)
class ToolNotBundledError(UserError):
    """The buildpack has no wheels of a tool, and may not download them."""

    requirement: str
    series: str


@contextmanager
def downloaded_wheels(
    build: Build, python: Interpreter, pip: PipWheel, requirements: Sequence[str], tool: str
) -> Iterator[list[Path]]:
    """Download wheels from the package index the user has configured; gone after the block.

    Args:
        requirements: as arguments of pip.

    Raises:
        ToolNotBundledError: the build may not use the network.
        BuildpackError: pip failed; as ``diagnose_pip_failure`` tells.
    """
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        directory = Path(temporary)
        result = run_command(
            [
                *(python.executable, pip.path / "pip", "download", "--only-binary", ":all:"),
                *("--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"),
                *("--quiet", "--dest", directory),
                *requirements,
            ],
            environment=python.environment,
            working_dir=directory,
            on_line=build.output.command_line,
        )
        wheels = sorted(directory.glob("*.whl"))
        if result.exit_status != 0 or not wheels:
            if build.settings.offline:
                raise ToolNotBundledError(tool, python.series)
            from python_buildpack.package_managers.pip.diagnosis import diagnose_pip_failure

            raise diagnose_pip_failure(result.output, python.version, result.exit_status)
        yield wheels


def install_wheels(user_base: Path, python: Interpreter, wheels: Iterable[Path]) -> None:
    """Install wheels that fit together, without bytecode.

    Args:
        user_base: the directory that is to be PYTHONUSERBASE.
        wheels: where two have the same file, that of the later one stays.

    Raises:
        UnusableWheelError: one of them is damaged, or of a format that isn't known.
        OSError: the file system refused.
    """
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
