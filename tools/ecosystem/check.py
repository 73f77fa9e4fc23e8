"""Build and start public apps as their owners would, without any configuration.

usage: scripts/ecosystem [--clones DIR] [--inventory FILE] [--only NAME] [--report FILE] [--logs DIR]

Each app of tools/ecosystem/apps.toml is built twice by the lifecycle, and started by the launcher.
For maintainers, before a release: it takes a minute for an app.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools.console import say
from tools.ecosystem.manifest import ENDS, App, read_manifest
from tools.errors import ToolError
from tools.lifecycle import ensure_lifecycle
from tools.lifecycle_build import Buildpack, BuildResult, Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import prepare_with_local_runtimes
from tools.started_process import kill_group
from tools.web_page import free_port, wait_for_status

_ROOT = Path(__file__).resolve().parent.parent.parent
_MANIFEST = Path(__file__).with_name("apps.toml")
_BUILD_METADATA = "io.buildpacks.build.metadata"
_RUN_SECONDS = 8.0
_ENDS = "ends"
_RUNS = "runs"
_SECRET = "only-for-the-check-" + "0" * 40


@dataclass(frozen=True)
class Outcome:
    """What became of an app.

    Attributes:
        problem: what isn't as expected; "" for none.
        process: the command that was chosen.
        answer: the status of the page, or what a process did that has none.
        cold_seconds: of the first build.
        again_seconds: of the second one.
        python: X.Y.Z.
    """

    app: App
    problem: str
    process: str = ""
    answer: str = ""
    cold_seconds: float = 0.0
    again_seconds: float = 0.0
    python: str = ""


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    clones: Path
    inventory: Path | None
    only: tuple[str, ...]
    report: Path | None
    logs: Path | None


def main(arguments: Sequence[str]) -> int:
    """Check every app; return 1 where one isn't as expected."""
    options = _parse(arguments)
    apps = [
        app for app in read_manifest(_MANIFEST) if not options.only or app.title in options.only
    ]
    if not apps:
        raise ToolError(f"{_MANIFEST} has no such app.")
    outcomes = []
    with _workspace(options.inventory) as (workspace, env):
        for app in apps:
            try:
                outcome = _checked(workspace, app, env, options)
            except ToolError as error:
                outcome = Outcome(app, str(error).splitlines()[0])
            say(f"{app.title}: {outcome.problem or 'as expected'}")
            outcomes.append(outcome)
    table = table_of(outcomes)
    say(table)
    if options.report:
        options.report.write_text(f"{table}\n", encoding="utf-8")
    return 1 if any(outcome.problem for outcome in outcomes) else 0


def _parse(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="scripts/ecosystem", description="Build and start public apps."
    )
    parser.add_argument(
        "--clones",
        type=Path,
        default=_ROOT / ".cache" / "ecosystem",
        help="a directory with a clone OWNER+NAME of each; what is missing is cloned into it",
    )
    parser.add_argument("--inventory", type=Path, help="of Pythons; default: this machine's")
    parser.add_argument("--only", action="append", default=[], help="OWNER/NAME; may be repeated")
    parser.add_argument("--report", type=Path, help="a file for the table")
    parser.add_argument("--logs", type=Path, help="a directory for the logs")
    found = parser.parse_args(arguments)
    return Options(found.clones, found.inventory, tuple(found.only), found.report, found.logs)


@contextmanager
def _workspace(inventory: Path | None) -> Iterator[tuple[Workspace, Mapping[str, str]]]:
    """Give a workspace for builds of a user without privileges, and their variables."""
    # Some apps have extensions that are compiled.
    prepared = prepare_with_local_runtimes(_ROOT, ["--all"], headers=True)
    with tempfile.TemporaryDirectory(prefix="ecosystem-") as temporary:
        directory = Path(temporary)
        directory.chmod(0o755)
        lifecycle = directory / "lifecycle"
        shutil.copytree(ensure_lifecycle(_ROOT), lifecycle, symlinks=True)
        ours = prepared.buildpack
        shutil.copytree(ours.directory, directory / "buildpack", symlinks=True)
        runtimes = inventory.parent if inventory else prepared.runtimes_dir
        if runtimes is None:
            raise ToolError("This machine has no Python to build with.")
        shutil.copytree(runtimes, directory / "runtimes")
        (directory / "w").mkdir()
        copied = Buildpack(directory / "buildpack", ours.id, ours.version)
        workspace = Workspace.create(directory / "w", lifecycle, [copied])
        yield workspace, {"BP_PYTHON_INVENTORY": str(directory / "runtimes" / "inventory.toml")}


def _checked(workspace: Workspace, app: App, env: Mapping[str, str], options: Options) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="ecosystem-app-") as temporary:
        source = _source(app, options.clones, Path(temporary))
        shutil.rmtree(workspace.root / "cache" / "app", ignore_errors=True)
        shutil.rmtree(workspace.layout_dir / "cnb.local" / "app", ignore_errors=True)
        variables = {**env, **app.env}
        started = time.monotonic()
        first = workspace.build(source, variables)
        cold_seconds = time.monotonic() - started
        _keep_log(options, app, first.log)
        if first.image is None:
            return Outcome(app, _error(first), cold_seconds=cold_seconds)
        started = time.monotonic()
        workspace.build(source, variables)
        again_seconds = time.monotonic() - started
    outcome = _started(workspace, app, first.image, options)
    python = first.image.labels.get("io.github.python-buildpack.python-version", "")
    return Outcome(
        app, outcome.problem, outcome.process, outcome.answer, cold_seconds, again_seconds, python
    )


def _source(app: App, clones: Path, directory: Path) -> Path:
    """Write the app's files, as they are at its commit, and return its directory."""
    clone = clones / app.name.replace("/", "+")
    if not clone.exists():
        clones.mkdir(parents=True, exist_ok=True)
        _run("git", "clone", "--quiet", "--filter=blob:none", app.url, str(clone))
    archive = directory / "app.tar"
    part = (app.directory,) if app.directory else ()
    _run("git", "-C", str(clone), "archive", "--output", str(archive), app.commit, *part)
    source = directory / "app"
    source.mkdir()
    _run("tar", "-xf", str(archive), "-C", str(source))
    return source / app.directory


def _run(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    if result.returncode != 0:
        raise ToolError(f"{' '.join(command)} failed:\n{result.stderr}")


def _keep_log(options: Options, app: App, log: str) -> None:
    if options.logs:
        options.logs.mkdir(parents=True, exist_ok=True)
        name = f"{app.name}/{app.directory}".strip("/").replace("/", "+")
        (options.logs / f"{name}.log").write_text(log, encoding="utf-8")


def _error(result: BuildResult) -> str:
    heading = result.log.rpartition("\nError: ")[2].partition("\n")[0]
    return f"the build fails: {heading}" if heading else f"the build fails ({result.exit_code})"


def _started(workspace: Workspace, app: App, image: Image, options: Options) -> Outcome:
    """Start the app's process, and ask for its page."""
    processes = json.loads(image.labels[_BUILD_METADATA]).get("processes") or []
    commands = {str(process["type"]): _command_of(process) for process in processes}
    command = commands.get(app.process, "")
    if app.process not in commands:
        has = ", ".join(commands) or "none"
        problem = "" if not app.process and not commands else f"processes: {has}"
        return Outcome(app, problem)
    if app.command not in command:
        return Outcome(app, f"{app.process} is another command", command)
    port = app.port or free_port()
    env = {"PORT": str(port), "SECRET_KEY": _SECRET, **app.env}
    process = workspace.start(image, [app.process], env)
    try:
        answer = _answer(process, app, port)
    finally:
        kill_group(process)
        _keep_log(options, replace(app, name=f"start of {app.name}"), _output(process))
    problem = "" if answer == _expected(app) else f"{answer}, not {_expected(app)}"
    return Outcome(app, problem, command, answer)


def _answer(process: subprocess.Popen[str], app: App, port: int) -> str:
    """Return the status of the page, or what the process does that has none."""
    try:
        if not app.path:
            process.wait(_RUN_SECONDS)
            return _ENDS
        return str(wait_for_status(port, app.path, lambda: process.poll() is None))
    except subprocess.TimeoutExpired:
        return _RUNS
    except ToolError as error:
        return str(error).splitlines()[0] if process.poll() is None else _ENDS


def _expected(app: App) -> str:
    if app.status == ENDS:
        return _ENDS
    return str(app.status) if app.path else _RUNS


def _command_of(process: Mapping[str, Any]) -> str:
    command = process.get("command") or []
    words = [command] if isinstance(command, str) else command
    # The shell is replaced by the command.
    text = " ".join([*words, *(process.get("args") or [])])
    return text.removeprefix("sh -c ").removeprefix("exec ")


def _output(process: subprocess.Popen[str]) -> str:
    try:
        return process.communicate(timeout=10)[0]
    except (subprocess.TimeoutExpired, ValueError):
        return ""


def table_of(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as a table of Markdown."""
    good = sum(not outcome.problem for outcome in outcomes)
    lines = [
        f"{good} of {len(outcomes)} apps build and start as expected.",
        "",
        "| app | kind | Python | process | answer | cold, s | again, s | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in outcomes:
        remark = each.problem or each.app.note
        lines.append(
            f"| [{each.app.title}]({each.app.url}) | {each.app.kind} | {each.python}"
            f" | {f'`{each.process}`' if each.process else ''} | {each.answer}"
            f" | {each.cold_seconds:.0f} | {each.again_seconds:.1f} | {remark} |"
        )
    return "\n".join(lines)
