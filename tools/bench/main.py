"""Measure what builds cost, beside plain pip and uv on the same work in the same run.

usage: scripts/bench [--app NAME …] [--scenario NAME …] [--target layout|registry …]
                     [--runs N | --quick] [--json FILE] [--markdown FILE] [--docs]
                     [--python PYTHON]
       scripts/bench --managers [--runs N] [--json FILE] [--markdown FILE] [--docs]
       scripts/bench --lock

docs/benchmark.md says what is measured, and how to read it.
"""

from __future__ import annotations

import argparse
import datetime
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tools.bench.apps import APPS, App, read_pinned_app
from tools.bench.first_answer import measure_first_answers
from tools.bench.goals import GOAL_APP
from tools.bench.large_wheels import write_large_wheels
from tools.bench.local_index import running_index
from tools.bench.local_registry import find_registry_program
from tools.bench.machine import describe_machine
from tools.bench.managed_work import ManagerTools, measure_managers
from tools.bench.plain import PlainTools, PlainWork
from tools.bench.put_away import delete_put_away, put_away
from tools.bench.report import (
    MANAGERS_HEADING,
    RESULTS_HEADING,
    render_report,
    with_latest_results,
)
from tools.bench.results import Results
from tools.bench.runs import AppBench, Place
from tools.bench.scenarios import SCENARIOS, Scenario
from tools.bench.startup import measure_start_up
from tools.bench.targets import LAYOUT, REGISTRY, TARGETS
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
    is_managers: bool


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
        elif options.is_managers:
            bench.run_managers()
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
    parser.add_argument("--json", type=Path, metavar="FILE", help=written)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help=written)
    parser.add_argument(
        "--managers", action="store_true", help="measure uv, Poetry, … beside builds instead"
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
    if found.managers and (found.app or found.scenario or found.target or found.lock):
        raise ToolError("--managers goes with none of --app, --scenario, --target and --lock.")
    stem = "managers" if found.managers else "results"
    every_app = APPS[:1] if found.quick else APPS
    return Options(
        apps=tuple(app for app in APPS if app.name in found.app) if found.app else every_app,
        scenarios=tuple(
            scenario
            for scenario in SCENARIOS
            if found.scenario is None or scenario.name in found.scenario
        ),
        targets=(LAYOUT,)
        if found.managers
        else tuple(name for name in TARGETS if name in (found.target or TARGETS)),
        runs=runs,
        json=found.json or _OUTPUT / f"{stem}.json",
        markdown=found.markdown or _OUTPUT / f"{stem}.md",
        python=found.python,
        is_for_docs=found.docs,
        is_lock=found.lock,
        is_managers=found.managers,
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
            if not app.generated:
                resolver.lock(app, _BENCHMARKS)

    def run(self) -> None:
        """Measure everything that is requested, and write the results after each run."""
        targets, place, results = self._prepare()
        for app in self._options.apps:
            for results in self._measure_app(app, targets, place, results):  # noqa: B020 - grows
                self._write(results)
        example = _BENCHMARKS / "apps" / APPS[0].name
        starts = _STARTS_FOR_EACH_RUN * self._options.runs
        start_up = measure_start_up(place.buildpack.directory, example, starts)
        django, python = _ROOT / "examples" / "django", self._pythons.executable
        answers = measure_first_answers(django, place, python, self._pip_wheel, starts)
        results = replace(results, start_up={**start_up, **answers})
        self._write(results)
        self._show(results, RESULTS_HEADING)

    def run_managers(self) -> None:
        """Measure each package manager beside builds, and write the results after each run."""
        _, place, results = self._prepare()
        tools = ManagerTools(_ROOT, self._pythons.executable, self._pip_wheel, self._series)
        results = replace(results, versions={**results.versions, **tools.versions()})
        (app,) = (app for app in APPS if app.name == GOAL_APP)
        pinned = read_pinned_app(_BENCHMARKS, app)
        for managers in measure_managers(tools, place, pinned, self._options.runs):
            results = replace(results, managers=managers)
            self._write(results)
        self._show(results, MANAGERS_HEADING)

    def _show(self, results: Results, heading: str) -> None:
        report = render_report(results)
        say()
        say(report)
        if self._options.is_for_docs:
            _DOCS.write_text(
                with_latest_results(_DOCS.read_text("utf-8"), report, heading), "utf-8"
            )
        say(f"Written to {self._options.markdown} and {self._options.json}")

    def _prepare(self) -> tuple[tuple[str, ...], Place, Results]:
        lifecycle = self._work_dir / "lifecycle"
        shutil.copytree(ensure_lifecycle(_ROOT), lifecycle, symlinks=True)
        targets, notes = self._options.targets, []
        if self._pythons.note is not None:
            notes.append(self._pythons.note)
        registry_program = find_registry_program() if REGISTRY in targets else None
        if REGISTRY in targets and registry_program is None:
            missing = "Debian's package docker-registry is missing."
            targets = tuple(name for name in targets if name != REGISTRY)
            if not targets:
                raise ToolError(missing)
            notes.append(f"Left out: the registry. {missing}")
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
            machine=describe_machine(),
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
        generated_dir = self._work_dir / "generated"
        put_away(generated_dir)
        generated_dir.mkdir()
        generated = write_large_wheels(generated_dir, app.generated)
        wheels = (*ensure_index_wheels(_ROOT, files, self._series), *generated)
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
                delete_put_away(self._work_dir)
                with section(f"{app.name}, run {run} of {self._options.runs}"):
                    chosen = [each for each in self._options.scenarios if each.is_of(app)]
                    bench.measure_run(run, targets, chosen)
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
