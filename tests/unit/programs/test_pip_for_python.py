"""What pip resolves to as if another Python ran it."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pip
import pytest

from python_buildpack.programs import PIP_FOR_PYTHON
from tests.distributions import Distribution

PIP_DIR = str(Path(pip.__file__).parent.parent)
# Neither this interpreter's nor one that any machine here has.
OTHER = ("3.12.99", "cp312")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", "-B", str(PIP_FOR_PYTHON), PIP_DIR, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def resolve(directory: Path, requirement: str) -> tuple[int, list[str], str]:
    """Return the exit status, what would be installed, and what was printed."""
    digest, report = run(*OTHER).stdout, directory / "report.json"
    options = ["--dry-run", "--ignore-installed", "--quiet", "--no-input", "--no-cache-dir"]
    options += ["--isolated", "--no-index", "--find-links", str(directory)]
    done = run(*OTHER, digest, "install", *options, "--report", str(report), requirement)
    items = json.loads(report.read_text())["install"] if report.exists() else []
    names = sorted(f"{item['metadata']['name']} {item['metadata']['version']}" for item in items)
    return done.returncode, names, done.stdout + done.stderr


def put(directory: Path, *wheels: Distribution) -> None:
    for wheel in wheels:
        (directory / wheel.wheel_name).write_bytes(wheel.wheel)


def test_digest_of_this_python_by_itself() -> None:
    major, minor, _ = platform.python_version_tuple()
    imitated = run(platform.python_version(), f"cp{major}{minor}").stdout
    assert len(imitated) == 64
    assert run().stdout == imitated


@pytest.mark.parametrize("other", [OTHER, ("3.12.98", "cp312"), ("3.12.99", "cp312t")])
def test_digest_of_another_python(other: tuple[str, str]) -> None:
    assert (run(*other).stdout == run(*OTHER).stdout) is (other == OTHER)


def test_pip_that_is_not_for_the_python() -> None:
    done = run(*OTHER, "0" * 64, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (64, "", "")


def test_resolution_is_the_other_pythons(tmp_path: Path) -> None:
    outer = Distribution(
        "outer",
        "1.0",
        requires=(
            'marked ; python_full_version == "3.12.99"',
            'unmarked ; python_version != "3.12"',
            "tagged",
        ),
    )
    tagged = Distribution("tagged", "1.0", tag="cp312-none-any")
    for_older = Distribution("tagged", "1.1", tag="cp311-none-any")
    for_newer = replace(tagged, version="1.2", tag="cp313-none-any")
    put(tmp_path, outer, Distribution("marked", "1.0"), tagged, for_older, for_newer)
    assert resolve(tmp_path, "outer") == (0, ["marked 1.0", "outer 1.0", "tagged 1.0"], "")


def test_requires_python_is_compared_with_the_other_python(tmp_path: Path) -> None:
    fits = Distribution("plain", "1.0", requires_python="==3.12.99")
    put(tmp_path, fits, Distribution("plain", "1.1", requires_python="!=3.12.99"))
    status, names, _ = resolve(tmp_path, "plain")
    assert (status, names) == (0, ["plain 1.0"])


def test_source_distribution_that_is_chosen(tmp_path: Path) -> None:
    put(tmp_path, Distribution("plain", "1.0"))
    newer = Distribution("plain", "1.1")
    (tmp_path / newer.sdist_name).write_bytes(newer.sdist)
    assert resolve(tmp_path, "plain") == (64, [], "")
    assert resolve(tmp_path, "plain<1.1") == (0, ["plain 1.0"], "")
