"""Building an app again and again, and the same work by other means in turn with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.bench.apps import State
from tools.bench.counting_proxy import Traffic, counting_proxy
from tools.bench.local_index import LocalIndex
from tools.bench.local_registry import running_registry
from tools.bench.phase_seconds import buildpack_lines, phase_seconds
from tools.bench.put_away import put_away
from tools.bench.results import AppResults, BuildSample, PlainSample
from tools.bench.scenarios import Scenario
from tools.bench.targets import REGISTRY, LayoutTarget, RegistryTarget, Target
from tools.bench.workspace import BenchWorkspace, Creation
from tools.console import say
from tools.lifecycle_build import Buildpack


@dataclass(frozen=True)
class Place:
    """Where the builds are made.

    Attributes:
        work_dir: an existing directory that the build's user can read.
        lifecycle: the lifecycle's programs, in there.
        buildpack: the packaged buildpack, in there.
        inventory: the inventory file of the two Pythons, in there.
        python_versions: of the two Pythons, X.Y.Z.
        other_pip_version: of the pip that is not the bundled one.
        registry_program: None if this machine has none, so that there is no such target.
        logs_dir: what each build printed is kept there.
    """

    work_dir: Path
    lifecycle: Path
    buildpack: Buildpack
    inventory: Path
    python_versions: tuple[str, str]
    other_pip_version: str
    registry_program: Path | None
    logs_dir: Path


class BuiltApp(Protocol):
    """An app that can be written in each state that it is built in."""

    @property
    def name(self) -> str:
        """What the results call it."""

    @property
    def distributions(self) -> int:
        """How many distributions it has."""

    def write(self, state: State, destination: Path) -> None:
        """Write it to a directory, which is replaced."""


class WorkBeside(Protocol):
    """The same work on an app by other means."""

    def measure(self, work: str, run: int) -> tuple[PlainSample, ...]:
        """Do it, and return how long it took, and what is a part of it."""


class AppBench:
    """The measurements of one app."""

    def __init__(self, place: Place, app: BuiltApp, index: LocalIndex, beside: WorkBeside) -> None:
        self._place = place
        self._app = app
        self._index = index
        self._beside = beside
        self._results = AppResults(app.name, app.distributions)

    @property
    def results(self) -> AppResults:
        """What was measured so far."""
        return self._results

    def measure_run(self, run: int, targets: Sequence[str], scenarios: Sequence[Scenario]) -> None:
        """Measure every scenario with every target once.

        What is measured beside them comes before the builds in odd runs and after them in even
        ones, so that a machine that gets slower or faster favours neither.

        Raises:
            ToolError: a build fails, or something else that is run.
        """
        for name in targets:
            with self._target(name) as (workspace, target):
                chain = _Chain(workspace, target, self._place, self._app, self._index.url)
                for scenario in scenarios:
                    beside = scenario.beside if name == targets[-1] else ()
                    if run % 2 == 1:
                        self._measure_beside(beside, run)
                    self._measure_build(chain, scenario, run)
                    if run % 2 == 0:
                        self._measure_beside(beside, run)

    def _measure_beside(self, works: Sequence[str], run: int) -> None:
        for work in works:
            samples = self._beside.measure(work, run)
            self._results = self._results.with_plain(samples)
            for sample in samples:
                say(f"    {sample.seconds:7.2f} s  {sample.work}")

    def _measure_build(self, chain: _Chain, scenario: Scenario, run: int) -> None:
        chain.go_to(scenario.before)
        wheel_bytes, other_bytes = self._index.wheel_bytes, self._index.other_bytes
        sample, creation = chain.measure(scenario, run)
        name = f"{self._app.name}-{sample.target}-{scenario.name}-{run}.log"
        (self._place.logs_dir / name).write_text(creation.log, "utf-8")
        sample = sample.with_index_bytes(
            self._index.wheel_bytes - wheel_bytes, self._index.other_bytes - other_bytes
        )
        self._results = self._results.with_build(sample)
        say(f"    {sample.seconds['total']:7.2f} s  {scenario.title} ({sample.target})")

    @contextmanager
    def _target(self, name: str) -> Iterator[tuple[BenchWorkspace, Target]]:
        """Set up a target without anything in it, at the same path each time."""
        place = self._place
        root, storage = place.work_dir / "builds", place.work_dir / "registry"
        for directory in (root, storage):
            put_away(directory)
        root.mkdir()
        workspace = BenchWorkspace.open(root, place.lifecycle, place.buildpack)
        if name == REGISTRY and place.registry_program is not None:
            with (
                running_registry(place.registry_program, storage) as registry,
                counting_proxy(registry.port) as proxy,
            ):
                yield workspace, RegistryTarget.create(registry, proxy, workspace)
        else:
            yield workspace, LayoutTarget(workspace)


class _Chain:
    """Builds of one app that follow each other."""

    def __init__(
        self,
        workspace: BenchWorkspace,
        target: Target,
        place: Place,
        app: BuiltApp,
        index_url: str,
    ) -> None:
        self._workspace = workspace
        self._target = target
        self._place = place
        self._app = app
        self._index_url = index_url
        self._images = 0
        self._state: State | None = None

    def go_to(self, state: State | None) -> None:
        """Have the next build find what a build in ``state`` leaves, or nothing at all."""
        if state is not None and state == self._state:
            return
        self._images += 1
        self._state = None
        if state is not None:
            self._build(state)

    def measure(self, scenario: Scenario, run: int) -> tuple[BuildSample, Creation]:
        """Build what the scenario says; the index's part is not in the sample yet."""
        previous = self._target.state(self._image) if self._state is not None else None
        traffic = self._target.traffic()
        creation = self._build(scenario.after)
        passed = _difference(self._target.traffic(), traffic)
        state = self._target.state(self._image)
        sample = BuildSample(
            target=self._target.name,
            scenario=scenario.name,
            run=run,
            seconds=phase_seconds(creation.lines, creation.started, creation.ended),
            registry_received=passed.received if passed is not None else None,
            registry_sent=passed.sent if passed is not None else None,
            wheel_bytes=0,
            index_bytes=0,
            changed_layers=state.layers_unlike(previous),
            is_same_image=previous is not None and previous.digest == state.digest,
            layers=state.layers,
            own_peak_bytes=creation.own_peak_bytes,
            tree_peak_bytes=creation.tree_peak_bytes,
            log_lines=buildpack_lines(creation.lines),
        )
        return sample, creation

    @property
    def _image(self) -> str:
        return f"app{self._images}"

    def _build(self, state: State) -> Creation:
        app = self._place.work_dir / "app"
        self._app.write(state, app)
        # What was written before must not be written out to the disk meanwhile.
        os.sync()
        arguments = self._target.arguments(self._image)
        creation = self._workspace.run_creator(app, self._variables(state), arguments)
        self._state = state
        return creation

    def _variables(self, state: State) -> Mapping[str, str]:
        place = self._place
        return {
            "BP_PYTHON_INVENTORY": str(place.inventory),
            "BP_PYTHON_VERSION": place.python_versions[1 if state.has_next_python else 0],
            "PIP_INDEX_URL": self._index_url,
            **({"BP_PIP_VERSION": place.other_pip_version} if state.has_other_pip else {}),
        }


def _difference(after: Traffic | None, before: Traffic | None) -> Traffic | None:
    return after.since(before) if after is not None and before is not None else None
