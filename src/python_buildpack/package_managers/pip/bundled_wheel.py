"""The wheel of pip that the buildpack bundles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tomli

from python_buildpack.system.errors import InternalError

_DIRECTORY = "vendor"


@dataclass(frozen=True)
class PipWheel:
    """A wheel of pip on disk; ``sha256`` in lower-case hex."""

    path: Path
    version: str
    sha256: str

    @property
    def unpacked(self) -> Path:
        """The directory that the buildpack unpacked it to, if it did, with bytecode."""
        return self.path.with_name(f"pip-{self.version}")


@dataclass(eq=False)
class NoVendoredPipError(InternalError):
    """The buildpack bundles no wheel of pip, as a checkout that wasn't packaged does not."""

    buildpack_dir: str


def read_vendored_pip(buildpack_dir: Path) -> PipWheel:
    """Return the wheel that ``scripts/package`` put into the buildpack.

    Raises:
        NoVendoredPipError: there is none.
    """
    directory = buildpack_dir / _DIRECTORY
    try:
        description = tomli.loads((directory / "pip.toml").read_text(encoding="utf-8"))
        version, sha256 = str(description["version"]), str(description["sha256"])
    except (OSError, KeyError, tomli.TOMLDecodeError):
        raise NoVendoredPipError(str(buildpack_dir)) from None
    return PipWheel(directory / f"pip-{version}-py3-none-any.whl", version, sha256)
