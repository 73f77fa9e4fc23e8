"""Run the linters and the tests: everything, or the tiers that are named.

usage: scripts/test [--quick | --thorough] [lint|unit|contract|smoke|integration|e2e …] [-- PYTEST-ARGUMENT …]

Three sets by purpose: --quick is the start of the second, for every commit; without an option, all
that must hold to land; --thorough, before a release, adds the tests that are marked ``thorough``, all
faults, long sequences of edits and more examples.

A tier that can't run on this machine is named with the reason, at the end again. With CI=true,
what it needs is installed (as root, on Debian), and one that still can't run is a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tools import base_images, emulation, podman_service
from tools.console import say, section
from tools.debian_packages import install_packages
from tools.docs_site import make_site
from tools.environment import ensure_dev_environment
from tools.errors import ToolError
from tools.lifecycle import discard_build_caches, ensure_actionlint

_ROOT = Path(__file__).resolve().parent.parent
_TIERS = ("lint", "unit", "contract", "smoke", "integration", "e2e")
_QUICK_TIERS = _TIERS[: _TIERS.index("smoke") + 1]
_PROCESSES = ("--numprocesses=auto", "--maxprocesses=4")
# The tests of a module stay together, as they share builds; those of the smoke tier share none.
# The other tiers share what there is one of: the packages of scripts/package, the container engine.
_SIDE_BY_SIDE: Mapping[str, tuple[str, ...]] = {
    "unit": (*_PROCESSES, "--dist=loadfile"),
    "smoke": (*_PROCESSES, "--dist=worksteal"),
    "integration": (*_PROCESSES, "--dist=loadfile"),
}
_MARKS: Mapping[str, str] = {"smoke": "smoke", "integration": "not smoke"}
# What the tests' own variables say otherwise still counts.
_THOROUGH_ENV = {"EDITS": "5", "FAULTS": "all", "SEQUENCES": "200"}
_THOROUGH_OPTIONS = ("--hypothesis-profile=thorough",)
# Ours, and those that users copy.
_WORKFLOWS = (".github/workflows/*.yml", "examples/ci/github-actions.yml")
# Debian's packages, by a program of each that tests need.
_PACKAGES: Mapping[str, tuple[str, ...]] = {
    "cc": ("gcc", "libc6-dev"),
    # Ubuntu has the keys of Debian's archive apart.
    "debootstrap": ("debootstrap", "debian-archive-keyring"),
    "git": ("git",),
    "podman": ("podman",),
    emulation.PROGRAM: (emulation.PACKAGE,),
    "runc": ("runc",),
}


@dataclass(frozen=True)
class Request:
    """What is to be run.

    Attributes:
        tiers: the names, in their order.
        pytest_arguments: added to those of every tier but lint.
        is_thorough: whether the tests that are marked so are among them.
    """

    tiers: tuple[str, ...]
    pytest_arguments: tuple[str, ...]
    is_thorough: bool

    def pytest_options(self, tier: str) -> tuple[str, ...]:
        """Return what selects the tests of ``tier``, and how they are run."""
        directory = "integration" if tier == "smoke" else tier
        marks = (_MARKS.get(tier), None if self.is_thorough else "not thorough")
        return (
            f"tests/{directory}",
            *("-m", " and ".join(mark for mark in marks if mark)),
            *(_THOROUGH_OPTIONS if self.is_thorough else ()),
            *_SIDE_BY_SIDE.get(tier, ()),
        )

    def environment(self) -> dict[str, str]:
        """Return the variables of the tests."""
        return {**(_THOROUGH_ENV if self.is_thorough else {}), **os.environ}


@dataclass(frozen=True)
class Outcome:
    """How a tier ended.

    Attributes:
        tier: its name.
        result: ``passed``, ``failed``, or why it was skipped.
        seconds: how long it took.
        skipped_tests: the names of single tests that were skipped, with the reason.
    """

    tier: str
    result: str
    seconds: float
    skipped_tests: tuple[str, ...] = ()


def main(arguments: Sequence[str]) -> int:
    """Run the tiers and return 0 where nothing failed."""
    request = parse(arguments)
    is_ci = os.environ.get("CI") == "true"
    python = ensure_dev_environment(_ROOT)
    if is_ci:
        _install_system_packages(request.tiers)
    outcomes = [_run_tier(tier, python, request, is_ci=is_ci) for tier in request.tiers]
    discard_build_caches(_ROOT)
    _print_summary(request, outcomes)
    return 1 if any(outcome.result == "failed" for outcome in outcomes) else 0


def _print_summary(request: Request, outcomes: Sequence[Outcome]) -> None:
    say("Summary")
    for outcome in outcomes:
        say(f"  {outcome.tier:<12} {outcome.seconds:7.1f} s  {outcome.result}")
        for test in outcome.skipped_tests:
            say(f"      skipped: {test}")
    if not request.is_thorough:
        say("  Left to --thorough: tests marked so (deselected above), all faults, long sequences.")


def parse(arguments: Sequence[str]) -> Request:
    """Return what the command line asks for.

    Raises:
        ToolError: a tier doesn't exist.
    """
    position = list(arguments).index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(
        prog="scripts/test",
        description="Run the linters and the tests. What follows -- is for pytest.",
    )
    sets = parser.add_mutually_exclusive_group()
    sets.add_argument("--quick", action="store_true", help=f"{', '.join(_QUICK_TIERS)} alone")
    sets.add_argument("--thorough", action="store_true", help="before a release: takes hours")
    parser.add_argument("tiers", metavar="TIER", nargs="*", help=f"{', '.join(_TIERS)}: all")
    options = parser.parse_args(arguments[:position])
    unknown = [tier for tier in options.tiers if tier not in _TIERS]
    if unknown:
        raise ToolError(f"{unknown[0]} is none of {', '.join(_TIERS)}.")
    wanted = options.tiers or (_QUICK_TIERS if options.quick else _TIERS)
    tiers = tuple(tier for tier in _TIERS if tier in wanted)
    return Request(tiers, tuple(arguments[position + 1 :]), options.thorough)


def _run_tier(tier: str, python: Path, request: Request, *, is_ci: bool) -> Outcome:
    reason = why_not_e2e() if tier == "e2e" else None
    if reason is not None:
        result = "failed" if is_ci else f"skipped: {reason}"
        say(f"=== {tier}: {result}{f': {reason}' if is_ci else ''}")
        say()
        return Outcome(tier, result, 0.0)
    started = time.monotonic()
    with section(tier):
        passed, skipped = (_lint(python), ()) if tier == "lint" else _pytest(tier, python, request)
    result = "passed" if passed else "failed"
    return Outcome(tier, result, time.monotonic() - started, skipped)


def why_not_e2e() -> str | None:
    """Return what this machine lacks for the e2e tier, None if it can run."""
    programs = (*podman_service.REQUIRED_PROGRAMS, *base_images.REQUIRED_PROGRAMS)
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        return f"needs {', '.join(missing)} (Debian packages of the same names)"
    if os.geteuid() != 0:
        return "needs root: debootstrap and podman's storage"
    return None


def _lint(python: Path) -> bool:
    ruff = str(python.with_name("ruff"))
    # ruff heeds .gitignore in a clone only, not in an unpacked source archive.
    made = "--extend-exclude=.cache,dist"
    commands = (
        [ruff, "check", made],
        [ruff, "format", "--check", made],
        [str(python), "-m", "mypy"],
    )
    # All of them, so that one run shows everything.
    passed = [_run(command) for command in commands]
    return all([*passed, _lint_workflows(python), make_site(python)])


def _lint_workflows(python: Path) -> bool:
    files = [str(path) for pattern in _WORKFLOWS for path in sorted(_ROOT.glob(pattern))]
    # Programs that may be on PATH or not would have the result depend on the machine.
    command = [str(ensure_actionlint(_ROOT)), "-shellcheck=", "-pyflakes=", *files]
    zizmor = [str(python.with_name("zizmor")), "--offline", "--no-progress", "--quiet", *files]
    return all([_run(command), _run(zizmor)])


def _pytest(tier: str, python: Path, request: Request) -> tuple[bool, tuple[str, ...]]:
    """Run the tests of ``tier``; return whether they passed, and which were skipped and why."""
    report = _ROOT / ".cache" / "test-reports" / f"{tier}.xml"
    report.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", *request.pytest_options(tier), "--durations=10"]
    command += [f"--junit-xml={report}", *request.pytest_arguments]
    passed = _run(command, request.environment())
    if not report.exists():
        return passed, ()
    # pytest wrote it a moment ago.
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314
    found = [(case, case.find("skipped")) for case in cases]
    return passed, tuple(
        f"{case.get('classname')}.{case.get('name')}: {skipped.get('message')}"
        for case, skipped in found
        if skipped is not None
    )


def _run(command: Sequence[str], env: Mapping[str, str] | None = None) -> bool:
    say(f"$ {' '.join(command)}")
    return subprocess.run(command, cwd=_ROOT, env=env, check=False).returncode == 0


def _install_system_packages(tiers: Sequence[str]) -> None:
    """Install what ``tiers`` need and this machine lacks, where it is a Debian and we are root."""
    programs = {
        "integration": ("cc", "git"),
        "e2e": ("debootstrap", emulation.PROGRAM, "podman", "runc"),
    }
    needed = [program for tier in tiers for program in programs.get(tier, ())]
    missing = [program for program in needed if shutil.which(program) is None]
    install_packages([package for program in missing for package in _PACKAGES[program]])
