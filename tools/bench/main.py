"""Measure what builds cost, beside plain pip and uv on the same work in the same run.

usage: scripts/bench [--app NAME …] [--scenario NAME …] [--target layout|registry …]
                     [--runs N | --quick] [--json FILE] [--markdown FILE] [--docs]
                     [--python PYTHON]
       scripts/bench --lock

docs/benchmark.md says what is measured, and how to read it.
"""

from __future__ import annotations

import argparse
import datetime
import fcntl
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tools.bench.apps import APPS, App, read_pinned_app
from tools.bench.local_index import running_index
from tools.bench.local_registry import find_registry_program
from tools.bench.plain import PlainTools, PlainWork
from tools.bench.put_away import put_away
from tools.bench.report import render_report, with_latest_results
from tools.bench.results import Results
from tools.bench.runs import AppBench, Place
from tools.bench.scenarios import SCENARIOS, Scenario
from tools.bench.startup import measure_start_up
from tools.bench.targets import REGISTRY, TARGETS
from tools.bench.wheels import ensure_index_wheels, ensure_uv
from tools.console import say, section
from tools.errors import ToolError
from tools.lifecycle import LIFECYCLE, discard_build_caches, ensure_lifecycle
from tools.pinned_wheels import ensure_wheels, parse_pinned_requirements

_ROOT = Path(__file__).resolve().parents[2]
_BENCHMARKS = _ROOT / "benchmarks"
_DOCS = _ROOT / "docs" / "benchmark.md"
_OUTPUT = _ROOT / ".cache" / "bench"
_RUNS = 3
_STARTS_FOR_EACH_RUN = 5


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    apps: tuple[App, ...]
    scenarios: tuple[Scenario, ...]
    targets: tuple[str, ...]
    runs: int
    json: Path
    markdown: Path
    python: str
    is_for_docs: bool
    is_lock: bool


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables, and write them; or resolve the apps again."""
    options = _parse(arguments)
    # What is measured is on this machine, wherever the user's proxy is.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(
        filter(None, (os.environ.get("no_proxy"), "127.0.0.1", "localhost"))
    )
    with _alone(), _work_dir() as work_dir:
        bench = _Bench(options, work_dir)
        if options.is_lock:
            bench.lock()
        else:
            bench.run()
    discard_build_caches(_ROOT)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measure builds beside plain pip and uv."
    )
    choices = (
        ("--app", [app.name for app in APPS]),
        ("--scenario", [scenario.name for scenario in SCENARIOS]),
        ("--target", TARGETS),
    )
    for option, names in choices:
        parser.add_argument(
            option, action="append", choices=names, help="may be repeated; default: all"
        )
    parser.add_argument("--runs", type=int, help=f"default: {_RUNS}")
    parser.add_argument(
        "--quick", action="store_true", help=f"one run, and {APPS[0].name} unless apps are named"
    )
    written = "the results; default: in .cache/bench"
    parser.add_argument(
        "--json", type=Path, default=_OUTPUT / "results.json", metavar="FILE", help=written
    )
    parser.add_argument(
        "--markdown", type=Path, default=_OUTPUT / "results.md", metavar="FILE", help=written
    )
    parser.add_argument(
        "--python",
        default="3.13",
        help="where the Python archives can't be reached, as for scripts/local-runtime",
    )
    parser.add_argument(
        "--docs", action="store_true", help="put the results into docs/benchmark.md, too"
    )
    parser.add_argument("--lock", action="store_true", help="resolve the apps again, and end")
    return parser


def _parse(arguments: Sequence[str]) -> Options:
    found = _parser().parse_args(arguments)
    runs = found.runs if found.runs is not None else (1 if found.quick else _RUNS)
    if runs < 1:
        raise ToolError("--runs: at least one.")
    every_app = APPS[:1] if found.quick else APPS
    return Options(
        apps=tuple(app for app in APPS if app.name in found.app) if found.app else every_app,
        scenarios=tuple(
            scenario
            for scenario in SCENARIOS
            if found.scenario is None or scenario.name in found.scenario
        ),
        targets=tuple(name for name in TARGETS if name in (found.target or TARGETS)),
        runs=runs,
        json=found.json,
        markdown=found.markdown,
        python=found.python,
        is_for_docs=found.docs,
        is_lock=found.lock,
    )


class _Bench:
    """Everything set up, and the results as they grow."""

    def __init__(self, options: Options, work_dir: Path) -> None:
        self._options = options
        self._work_dir = work_dir
        vendored = ensure_wheels(_ROOT, _ROOT / "requirements" / "vendor.txt")
        (self._pip_wheel,) = ensure_wheels(_ROOT, _ROOT / "requirements" / "pip.txt")
        # Inventories and archives are read by the buildpack's own code.
        sys.path[:0] = [str(_ROOT / "src"), *map(str, vendored)]
        from tools.bench.setup import SERIES, prepare

        self._series = SERIES
        with section("Package the buildpack"):
            self._prepared, self._pythons = prepare(_ROOT, work_dir, options.python)
        self._uv = ensure_uv(_ROOT)

    def lock(self) -> None:
        """Resolve all apps again."""
        from tools.bench.lock import Resolver

        resolver = Resolver(self._pythons.executable, self._pip_wheel, self._uv)
        resolver.lock_pip(_BENCHMARKS)
        for app in APPS:
            resolver.lock(app, _BENCHMARKS)

    def run(self) -> None:
        """Measure everything that is asked for, and write the results after each run."""
        targets, place, results = self._prepare()
        for app in self._options.apps:
            for results in self._measure_app(app, targets, place, results):  # noqa: B020 - grows
                self._write(results)
        example = _BENCHMARKS / "apps" / APPS[0].name
        starts = _STARTS_FOR_EACH_RUN * self._options.runs
        start_up = measure_start_up(place.buildpack.directory, example, starts)
        results = replace(results, start_up=start_up)
        self._write(results)
        say()
        say(render_report(results))
        if self._options.is_for_docs:
            text = with_latest_results(_DOCS.read_text("utf-8"), render_report(results))
            _DOCS.write_text(text, "utf-8")
        say(f"Written to {self._options.markdown} and {self._options.json}")

    def _prepare(self) -> tuple[tuple[str, ...], Place, Results]:
        lifecycle = self._work_dir / "lifecycle"
        shutil.copytree(ensure_lifecycle(_ROOT), lifecycle, symlinks=True)
        targets, notes = self._options.targets, []
        if self._pythons.note is not None:
            notes.append(self._pythons.note)
        registry_program = find_registry_program() if REGISTRY in targets else None
        if REGISTRY in targets and registry_program is None:
            notes.append("Left out: the registry. Debian's package docker-registry is missing.")
            targets = tuple(name for name in targets if name != REGISTRY)
        for note in notes:
            say(note)
        logs_dir = _OUTPUT / "logs"
        shutil.rmtree(logs_dir, ignore_errors=True)
        logs_dir.mkdir(parents=True)
        (other_pip,) = parse_pinned_requirements(
            (_BENCHMARKS / "wheels" / "pip.txt").read_text("utf-8")
        )
        place = Place(
            work_dir=self._work_dir,
            lifecycle=lifecycle,
            buildpack=self._prepared.buildpack,
            inventory=self._pythons.inventory,
            python_versions=self._pythons.versions,
            other_pip_version=other_pip.version,
            registry_program=registry_program,
            logs_dir=logs_dir,
        )
        return targets, place, self._empty_results(notes)

    def _empty_results(self, notes: Sequence[str]) -> Results:
        return Results(
            date=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            machine=_machine(),
            versions={
                "Python": self._pythons.versions[0],
                "pip": self._pip_wheel.name.split("-")[1],
                "uv": parse_pinned_requirements(
                    (_ROOT / "requirements" / "uv.txt").read_text("utf-8")
                )[0].version,
                "lifecycle": LIFECYCLE.version.removeprefix("v"),
            },
            notes=tuple(notes),
            runs=self._options.runs,
            start_up={},
            apps=(),
        )

    def _measure_app(
        self, app: App, targets: Sequence[str], place: Place, results: Results
    ) -> Iterator[Results]:
        """Yield the results with the app's so far, after each run."""
        pinned = read_pinned_app(_BENCHMARKS, app)
        names = (f"{app.name}.txt", f"{app.name}-changes.txt", "pip.txt")
        files = [_BENCHMARKS / "wheels" / name for name in names]
        wheels = ensure_index_wheels(_ROOT, files, self._series)
        plain_dir = self._work_dir / "plain"
        put_away(plain_dir)
        plain_dir.mkdir()
        with running_index(wheels) as index:
            tools = PlainTools(
                python=self._pythons.executable,
                archive=self._pythons.archive,
                pip_wheel=self._pip_wheel,
                uv=self._uv,
                index_url=index.url,
                work_dir=plain_dir,
            )
            locked, unpinned = (pinned.directory / f"requirements.{x}" for x in ("lock", "txt"))
            plain = PlainWork(tools, locked, unpinned)
            with section(f"{app.name}: fill the caches of plain pip and uv"):
                plain.fill_caches()
            bench = AppBench(place, pinned, index, plain)
            for run in range(1, self._options.runs + 1):
                with section(f"{app.name}, run {run} of {self._options.runs}"):
                    bench.measure_run(run, targets, self._options.scenarios)
                yield replace(results, apps=(*results.apps, bench.results))

    def _write(self, results: Results) -> None:
        for file, text in (
            (self._options.json, results.to_json()),
            (self._options.markdown, render_report(results)),
        ):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")


@contextmanager
def _work_dir() -> Iterator[Path]:
    """Make an empty directory that the build's user can read, and remove it at the end."""
    is_open = all(path.stat().st_mode & 0o005 == 0o005 for path in (_ROOT, *_ROOT.parents))
    if is_open or os.geteuid() != 0:
        directory = _OUTPUT / "work"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    else:
        directory = Path(tempfile.mkdtemp(prefix="bench-"))
        directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second benchmark of this checkout from starting.

    Raises:
        ToolError: this is the second.
    """
    _OUTPUT.mkdir(parents=True, exist_ok=True)
    with (_OUTPUT / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ToolError("Another scripts/bench is running in this checkout.") from None
        yield


def _machine() -> Mapping[str, str]:
    """Return what is said of the machine in the report."""
    cpu_info = Path("/proc/cpuinfo").read_text("utf-8")
    models = [
        line.split(":", 1)[1].strip() for line in cpu_info.splitlines() if "model name" in line
    ]
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processors": f"{os.cpu_count()} x {models[0] if models else platform.machine()}",
        "memory": f"{gigabytes:.0f} GB",
        "busy with other work at the start": f"{_busy_share():.0%}",
    }


def _busy_share() -> float:
    """Return how much of the processors' time went to others in one second, of 1."""
    before, all_before = _idle_and_all_ticks()
    time.sleep(1)
    after, all_after = _idle_and_all_ticks()
    return 1 - (after - before) / max(1, all_after - all_before)


def _idle_and_all_ticks() -> tuple[int, int]:
    # https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat
    ticks = [
        int(field) for field in Path("/proc/stat").read_text("utf-8").split("\n")[0].split()[1:9]
    ]
    return ticks[3] + ticks[4], sum(ticks)
