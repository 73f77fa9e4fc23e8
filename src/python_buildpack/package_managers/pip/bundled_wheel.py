"""Where the wheel of pip comes from: the buildpack's own, or another version from the index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tomli

from python_buildpack.app.offline import is_offline
from python_buildpack.system.command import run_command
from python_buildpack.system.errors import InternalError
from python_buildpack.system.output import Output

_DIRECTORY = "vendor"


@dataclass(frozen=True)
class PipWheel:
    """A wheel of pip on disk; ``sha256`` in lower-case hex."""

    path: Path
    version: str
    sha256: str


@dataclass(eq=False)
class NoVendoredPipError(InternalError):
    """The buildpack carries no wheel of pip, as a checkout that wasn't packaged does not."""

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


@contextmanager
def downloaded_wheels(
    requirements: Sequence[str | Path],
    *,
    tool: str,
    vendored: PipWheel,
    python: Path,
    python_version: str,
    environment: Mapping[str, str],
    output: Output,
) -> Iterator[list[Path]]:
    """Download wheels from the package index the user has configured; gone after the block.

    Args:
        requirements: as arguments of pip.
        tool: the requirement that they are for, for messages.
        vendored: the pip that downloads them.
        python: the interpreter that runs ``vendored``.
        python_version: of ``python``, for messages.
        environment: the user's, with the settings of pip.
        output: shows what pip prints.

    Raises:
        ToolNotBundledError: the build may not use the network.
        BuildpackError: pip failed; as ``diagnose_pip_failure`` tells.
    """
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        directory = Path(temporary)
        result = run_command(
            [
                *(python, vendored.path / "pip", "download", "--only-binary", ":all:"),
                *("--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"),
                *("--quiet", "--dest", directory),
                *requirements,
            ],
            environment=environment,
            working_dir=directory,
            on_line=output.command_line,
        )
        wheels = sorted(directory.glob("*.whl"))
        if result.exit_status != 0 or not wheels:
            if is_offline(environment):
                from python_buildpack.app.offline_errors import ToolNotBundledError

                raise ToolNotBundledError(tool, python_version.rpartition(".")[0])
            # Imported here: knowing what can go wrong takes its time, and mostly, nothing does.
            from python_buildpack.package_managers.pip.diagnosis import diagnose_pip_failure

            raise diagnose_pip_failure(result.output, python_version, result.exit_status)
        yield wheels
