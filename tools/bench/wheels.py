"""The wheels that the benchmark's index serves, and uv: pinned, downloaded on first use."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.console import say
from tools.environment import ensure_dev_environment, pip_environment
from tools.errors import ToolError
from tools.go_toolchain import publish
from tools.pinned_wheels import PinnedRequirement, parse_pinned_requirements
from tools.python_tools import ensure_python_tool


def ensure_index_wheels(root: Path, requirements: Sequence[Path], series: str) -> tuple[Path, ...]:
    """Return the wheels for this machine that the files pin, downloaded on first use.

    Args:
        root: the checkout.
        requirements: files of ``name==version --hash=sha256:…`` lines.
        series: the X.Y of the Python that they are for.

    Raises:
        ToolError: a wheel can't be downloaded.
    """
    cache_dir = root / ".cache" / "bench" / "wheels"
    wheels: list[Path] = []
    for file in requirements:
        pinned = parse_pinned_requirements(file.read_text("utf-8"))
        if len(_cached(cache_dir, pinned)) < len(pinned):
            say(f"Downloading the wheels of {file.relative_to(root)}")
            _download(root, file, series, cache_dir)
        found = _cached(cache_dir, pinned)
        if len(found) < len(pinned):
            raise ToolError(f"pip did not download every wheel of {file}.")
        wheels += found
    return tuple(dict.fromkeys(wheels))


def ensure_tool_wheels(
    root: Path, requirements: Path, pip: Sequence[str], series: str
) -> tuple[Path, ...]:
    """Return the wheels that one Python needs of a file with markers, downloaded on first use.

    Args:
        root: the checkout.
        requirements: a file with hashes, of everything that a tool needs on any Python.
        pip: the command line that starts pip in that Python.
        series: its X.Y.

    Raises:
        ToolError: a wheel can't be downloaded.
    """
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    directory = root / ".cache" / "bench" / f"{requirements.stem}-{series}-{digest[:12]}"
    if not directory.exists():
        say(f"Downloading the wheels of {requirements.relative_to(root)}")
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".download-") as temporary:
            target = Path(temporary) / "wheels"
            _run_download(pip, requirements, target)
            publish(target, directory)
    return tuple(sorted(directory.glob("*.whl")))


def _cached(cache_dir: Path, pinned: Sequence[PinnedRequirement]) -> list[Path]:
    digests = {digest for requirement in pinned for digest in requirement.sha256s}
    return [
        wheel
        for wheel in sorted(cache_dir.glob("*.whl"))
        if hashlib.sha256(wheel.read_bytes()).hexdigest() in digests
    ]


def _download(root: Path, requirements: Path, series: str, cache_dir: Path) -> None:
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=".download-") as temporary:
        pip = [str(ensure_dev_environment(root)), "-m", "pip"]
        target = Path(temporary)
        _run_download(pip, requirements, target, (f"--python-version={series}",))
        for wheel in target.glob("*.whl"):
            wheel.replace(cache_dir / wheel.name)


def _run_download(
    pip: Sequence[str], requirements: Path, target: Path, options: Sequence[str] = ()
) -> None:
    command = [*pip, "download", "--quiet", *options, "--only-binary=:all:", "--no-deps"]
    command += ["--require-hashes", "--retries=5", "--dest", str(target), "-r", str(requirements)]
    if subprocess.run(command, env=pip_environment(), check=False).returncode != 0:
        raise ToolError(
            f"The wheels of {requirements} could not be downloaded; see pip's output above."
        )


def ensure_uv(root: Path) -> Path:
    """Return the path of the ``uv`` that requirements/uv.txt pins; see ``ensure_python_tool``."""
    return ensure_python_tool(root, "uv", root / "requirements" / "uv.txt").program
