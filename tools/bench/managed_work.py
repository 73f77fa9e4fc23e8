"""What the package managers themselves take, beside our builds of the apps that they lock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench.apps import PinnedApp, Requirements, State
from tools.bench.local_index import running_index
from tools.bench.managers import (
    COLD,
    MANAGERS,
    NO_CHANGE,
    Declaration,
    ManagedApp,
    Manager,
    parse_pins,
)
from tools.bench.put_away import delete_put_away, put_away
from tools.bench.results import AppResults, PlainSample
from tools.bench.runs import AppBench, Place
from tools.bench.scenarios import Scenario
from tools.bench.targets import LAYOUT
from tools.bench.timed_command import run_command, timed_command
from tools.bench.wheels import ensure_index_wheels, ensure_tool_wheels
from tools.console import say, section
from tools.errors import ToolError
from tools.pinned_wheels import parse_pinned_requirements

_LOCKED = State(Requirements.LOCKED)
MANAGED_SCENARIOS = (
    Scenario("cold", "Cold", None, _LOCKED, (COLD,)),
    Scenario("no-change", "No change, locked", _LOCKED, _LOCKED),
)
# The requirements of uv and Poetry are those that builds install them from, too.
_TOOLS = {
    "uv": "requirements/uv.txt",
    "poetry": "requirements/poetry.txt",
    "pipenv": "benchmarks/tools/pipenv.txt",
    "pdm": "benchmarks/tools/pdm.txt",
}


@dataclass(frozen=True)
class ManagerTools:
    """What the managers are run with.

    Attributes:
        root: the checkout.
        python: the interpreter of the managers and of what they install.
        pip_wheel: the pip that the buildpack bundles.
        series: the X.Y of ``python``.
    """

    root: Path
    python: Path
    pip_wheel: Path
    series: str

    @property
    def pip(self) -> tuple[str, ...]:
        """The command line that starts pip."""
        return (str(self.python), f"{self.pip_wheel}/pip")

    def wheels(self, tool: str) -> tuple[Path, ...]:
        """Return a manager's wheels, downloaded on first use."""
        return ensure_tool_wheels(self.root, self.root / _TOOLS[tool], self.pip, self.series)

    def versions(self) -> Mapping[str, str]:
        """Return the managers' versions by name."""
        return {
            pinned.name: pinned.version
            for tool, file in _TOOLS.items()
            for pinned in parse_pinned_requirements((self.root / file).read_text("utf-8"))
            if pinned.name == tool
        }

    def install(self, tool: str, directory: Path) -> Path:
        """Install a manager into an environment of its own; return its program."""
        environment = directory / tool
        _run([str(self.python), "-m", "venv", "--without-pip", str(environment)], directory)
        install = [f"{self.pip_wheel}/pip", "install", "--quiet", "--no-index", "--no-deps"]
        wheels = map(str, self.wheels(tool))
        _run([str(environment / "bin" / "python"), *install, *wheels], directory)
        return environment / "bin" / tool


def measure_managers(
    tools: ManagerTools, place: Place, pinned: PinnedApp, runs: int
) -> Iterator[tuple[AppResults, ...]]:
    """Measure every manager; yield all results so far after each run.

    Raises:
        ToolError: a build fails, or something else that is run.
    """
    directory = place.work_dir / "managers"
    directory.mkdir()
    with section("Install the package managers"):
        programs = {tool: tools.install(tool, directory) for tool in _TOOLS}
    lists = [f"benchmarks/wheels/{name}.txt" for name in (pinned.name, "elsewhere")]
    wheels = ensure_index_wheels(tools.root, [tools.root / name for name in lists], tools.series)
    served = (*wheels, *tools.wheels("uv"), *tools.wheels("poetry"))
    with running_index({wheel.name: wheel for wheel in served}.values()) as index:
        pins = parse_pins(pinned.requirements_text(Requirements.LOCKED))
        declaration = Declaration(pins, tools.series, index.url)
        benches = []
        for manager in MANAGERS:
            work_dir = directory / f"{manager.name}-work"
            work = ManagerWork(tools, programs, manager, work_dir, declaration)
            with section(f"{manager.name}: lock"):
                app = work.lock(pinned.directory)
            benches.append(AppBench(place, app, index, work))
        for run in range(1, runs + 1):
            delete_put_away(place.work_dir)
            for bench in benches:
                with section(f"{bench.results.app}, run {run} of {runs}"):
                    bench.measure_run(run, (LAYOUT,), MANAGED_SCENARIOS)
            yield tuple(bench.results for bench in benches)


class ManagerWork:
    """What one manager does, any number of times."""

    def __init__(
        self,
        tools: ManagerTools,
        programs: Mapping[str, Path],
        manager: Manager,
        directory: Path,
        declaration: Declaration,
    ) -> None:
        self._tools = tools
        self._manager = manager
        self._directory = directory
        self._venv = directory / "venv"
        self._project = directory / "project"
        self._programs = {**programs, "python": self._venv / "bin" / "python"}
        self._declaration = declaration

    def lock(self, source: Path) -> ManagedApp:
        """Write the app in ``source`` as the manager's users do, and have it locked.

        Raises:
            ToolError: the manager fails.
        """
        app_dir = self._directory / "app"
        ignored = shutil.ignore_patterns("requirements.*", "__pycache__")
        shutil.copytree(source, app_dir, ignore=ignored)
        for name, content in self._manager.declare(self._declaration).items():
            (app_dir / name).write_text(content, "utf-8")
        self._make_venv()
        for command in self._manager.locks:
            say(f"    {' '.join(command)}")
            run_command(self._argv(command), app_dir, self._environment())
        return ManagedApp(self._manager, app_dir, len(self._declaration.pins))

    def measure(self, work: str, run: int) -> tuple[PlainSample, ...]:
        """Install into a new environment with an empty cache, and once more into the same.

        Making the environment counts for neither, and the tool itself is there already.

        Raises:
            ToolError: the manager fails, or has installed something else.
        """
        for each in (self._directory / "home", self._project):
            put_away(each)
        shutil.copytree(self._directory / "app", self._project)
        self._make_venv()
        cold = self._timed(self._manager.install, self._project)
        if self._manager.compile:
            cold += self._timed(self._manager.compile, self._venv)
        self._check_installed()
        no_change = self._timed(self._manager.install, self._project)
        return (PlainSample(work, run, cold), PlainSample(NO_CHANGE, run, no_change))

    def _make_venv(self) -> None:
        put_away(self._venv)
        command = [str(self._tools.python), "-m", "venv", "--without-pip", str(self._venv)]
        _run(command, self._directory)
        if self._manager.has_pip:
            install = ["install", "--quiet", "--no-index", "--no-deps"]
            options = ["--python", str(self._venv / "bin" / "python")]
            wheel = str(self._tools.pip_wheel)
            _run([*self._tools.pip, *options, *install, wheel], self._directory)

    def _check_installed(self) -> None:
        installed = {
            path.name.partition("-")[0]
            for path in self._venv.glob("lib/python*/site-packages/*.dist-info")
        } - {"pip"}
        if len(installed) != len(self._declaration.pins):
            raise ToolError(
                f"{self._manager.name} has installed {len(installed)} distributions,"
                f" not {len(self._declaration.pins)}."
            )

    def _timed(self, command: Sequence[str], cwd: Path) -> float:
        return timed_command(self._argv(command), cwd, self._environment())

    def _argv(self, command: Sequence[str]) -> list[str]:
        """Return a command with the programs' paths in the place of their names."""
        return [str(self._programs.get(word, word)) for word in command]

    def _environment(self) -> dict[str, str]:
        home = self._directory / "home"
        home.mkdir(parents=True, exist_ok=True)
        return {
            **_plain_environment(home),
            "VIRTUAL_ENV": str(self._venv),
            "UV_PROJECT_ENVIRONMENT": str(self._venv),
            "PDM_CHECK_UPDATE": "0",
            # Without it, Pipenv tells on each start that it uses VIRTUAL_ENV.
            "PIPENV_VERBOSITY": "-1",
            "PIPENV_NOSPIN": "1",
            # For pip alone, which has no file of the app's to find it in.
            "PIP_INDEX_URL": self._declaration.index_url,
        }


def _run(command: Sequence[str], directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    run_command(command, directory, _plain_environment(directory))


def _plain_environment(home: Path) -> dict[str, str]:
    # Nothing of the user's; caches and settings of the managers are below HOME.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NO_PROXY": "127.0.0.1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
