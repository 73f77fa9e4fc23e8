"""Build an app with the buildpack, start it and show its page, or what it prints.

usage: scripts/try [APP] [--native] [--command COMMAND] [--builder IMAGE]

With a container engine: through ``pack build``. Without: on this machine itself, with the
lifecycle's own programs, which takes nothing but Python and the package registries.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.console import say, section
from tools.container_engine import ContainerEngine, find_engine
from tools.errors import ToolError
from tools.lifecycle import discard_build_caches, ensure_lifecycle, ensure_pack
from tools.lifecycle_build import Buildpack, RunningBuild, Workspace
from tools.pack import Pack, Volume
from tools.prepared_buildpack import (
    PreparedBuildpack,
    RuntimeSource,
    is_reachable,
    prepare_with_local_runtimes,
    prepare_with_real_runtimes,
)
from tools.run_image import host_target
from tools.started_process import (
    OUTPUT_SECONDS,
    WEB,
    first_output,
    kill_group,
    process_to_start,
)
from tools.web_page import free_port, wait_for_page

_ROOT = Path(__file__).resolve().parent.parent
_EXAMPLE = _ROOT / "examples" / "flask"
# A builder without buildpacks of its own.
_BUILDER = "paketobuildpacks/builder-jammy-buildpackless-base"
_IMAGE = "python-buildpack.local/try"
_SHOWN_CHARACTERS = 500
_SHOWN_LINES = 40


@dataclass(frozen=True)
class Answer:
    """What the app gave: a page, or what a process printed that serves none."""

    heading: str
    text: str


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    app: Path
    command: str | None
    builder: str
    is_native: bool


def main(arguments: Sequence[str]) -> int:
    """Run the whole story; return the exit status."""
    options = _parse(arguments)
    started = time.monotonic()
    engine = None if options.is_native else find_engine()
    if engine is None and not options.is_native:
        say("No container engine answers at a unix socket of this machine.")
        say("So the app is built and started on the machine itself, by the lifecycle's programs.")
    with section("Package the buildpack"):
        prepared = _prepare()
    if engine is not None and prepared.source is RuntimeSource.MACHINE:
        say("In a container, this machine's interpreter would not run: going on without one.")
        engine = None
    answer = _try_with_pack(options, engine, prepared) if engine is not None else None
    if answer is None:
        answer = _try_natively(options, prepared)
    discard_build_caches(_ROOT)
    say(f"{answer.heading} ({time.monotonic() - started:.1f} s in all):")
    say()
    say("    " + answer.text.rstrip().replace("\n", "\n    "))
    say()
    _say_how_to_go_on(options, prepared)
    return 0


def _parse(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="scripts/try", description="Build an app, start it and show its page."
    )
    parser.add_argument(
        "app", metavar="APP", nargs="?", type=Path, default=_EXAMPLE, help="default: examples/flask"
    )
    parser.add_argument(
        "--native", action="store_true", help="use the lifecycle's programs, no container engine"
    )
    parser.add_argument(
        "--command", help="starts the app, on $PORT; default: the image's own process"
    )
    parser.add_argument("--builder", default=_BUILDER, help=f"for pack; default: {_BUILDER}")
    found = parser.parse_args(arguments)
    app = found.app.absolute()
    if not app.is_dir():
        raise ToolError(f"{app} is no directory.")
    return Options(app, found.command, found.builder, found.native)


def _prepare() -> PreparedBuildpack:
    url = _archive_url()
    if is_reachable(url):
        return prepare_with_real_runtimes(_ROOT)
    prepared = prepare_with_local_runtimes(_ROOT, [])
    say(f"Python: CPython {prepared.versions[0]} of {prepared.source.value}")
    return prepared


def _archive_url() -> str:
    """Return the URL of the first archive in inventory.toml."""
    inventory = (_ROOT / "inventory.toml").read_text("utf-8")
    match = re.search(r'(?m)^url = "(https://[^"]+)"', inventory)
    if match is None:
        raise ToolError("inventory.toml has no archive.")
    return match[1]


def _try_with_pack(
    options: Options, engine: ContainerEngine, prepared: PreparedBuildpack
) -> Answer | None:
    """Build by ``pack build``, start a container and return its answer; None without a builder."""
    program = shutil.which("pack")
    pack = Pack(Path(program) if program else ensure_pack(_ROOT), engine, pull=True)
    env, volumes = {}, []
    if prepared.runtimes_dir is not None:
        env = _inventory_env(Path("/runtimes"), prepared)
        volumes = [Volume(prepared.runtimes_dir, "/runtimes")]
    with section(f"Build {options.app} with pack and {options.builder}"):
        try:
            say(
                pack.build(
                    _IMAGE,
                    options.app,
                    options.builder,
                    buildpacks=[prepared.buildpack.directory],
                    env=env,
                    volumes=volumes,
                )
            )
        except ToolError as error:
            if "failed to fetch builder image" not in str(error):
                raise
            say(f"{options.builder} can't be pulled: going on without the container engine.")
            return None
    with section("Start the container"):
        return _start_container(engine, options.command)


def _start_container(engine: ContainerEngine, command: str | None) -> Answer:
    labels = engine.inspect_image(_IMAGE)["Config"]["Labels"]
    name = WEB if command else process_to_start(labels)
    port = free_port()
    container = engine.start_container(
        _IMAGE,
        ["sh", "-c", f"exec {command}"] if command else (),
        # Processes have their names as programs.
        entrypoint="launcher" if command else name,
        env=_environment(port),
        published_port=port,
    )
    try:
        if name == WEB:
            return _page(wait_for_page(port, lambda: engine.is_running(container)))
        deadline = time.monotonic() + OUTPUT_SECONDS
        while engine.is_running(container) and time.monotonic() < deadline:
            time.sleep(0.2)
        return _printed(name, engine.container_log(container))
    except ToolError as error:
        raise ToolError(f"{error}\n{engine.container_log(container)}") from error
    finally:
        engine.remove_container(container)


def _try_natively(options: Options, prepared: PreparedBuildpack) -> Answer:
    """Build with the lifecycle's programs, start the app by the launcher, return its answer."""
    lifecycle = ensure_lifecycle(_ROOT)
    with _workspace(lifecycle, prepared) as (workspace, runtimes_dir):
        env = _inventory_env(runtimes_dir, prepared) if runtimes_dir is not None else {}
        with section(f"Build {options.app} with the lifecycle"):
            build = workspace.start_build(options.app, env)
            if _follow(build) != 0:
                raise ToolError("The build failed; see above.")
        with section("Start the app with the launcher"):
            return _start_natively(workspace, options.command)


def _start_natively(workspace: Workspace, command: str | None) -> Answer:
    port, image = free_port(), workspace.image()
    name = WEB if command else process_to_start(image.labels)
    arguments = ["--", "sh", "-c", f"exec {command}"] if command else [name]
    with workspace.start(image, arguments, _environment(port)) as process:
        try:
            if name != WEB:
                return _printed(name, first_output(process))
            return _page(wait_for_page(port, lambda: process.poll() is None))
        except ToolError as error:
            kill_group(process)
            # Nothing is left of it where all was read.
            output = process.communicate()[0] if name == WEB else ""
            raise ToolError(f"{error}\n{output}".rstrip()) from error
        finally:
            kill_group(process)


def _inventory_env(runtimes_dir: Path, prepared: PreparedBuildpack) -> dict[str, str]:
    """Return the variables of a build that installs the one Python that is there."""
    return {
        "BP_PYTHON_INVENTORY": str(runtimes_dir / "inventory.toml"),
        "BP_PYTHON_VERSION": prepared.versions[0],
    }


def _environment(port: int) -> dict[str, str]:
    """Return what the app is started with; many won't start without a secret, here a new one."""
    return {"PORT": str(port), "SECRET_KEY": secrets.token_hex(32)}


def _page(page: str) -> Answer:
    return Answer("The app answers", page[:_SHOWN_CHARACTERS])


def _printed(name: str, output: str) -> Answer:
    lines = output.splitlines()[:_SHOWN_LINES]
    return Answer(f"There is no web process; {name} prints", "\n".join(lines))


@contextmanager
def _workspace(
    lifecycle: Path, prepared: PreparedBuildpack
) -> Iterator[tuple[Workspace, Path | None]]:
    """Make or find the workspace, and where the build's user finds the runtimes.

    It is kept in ``.cache``, so that the second build has a previous image and a cache; but
    where root's builds, which run as nobody, can't read the checkout, it lasts for one build.
    """
    buildpack, runtimes_dir = prepared.buildpack, prepared.runtimes_dir
    if os.geteuid() != 0 or _is_open_to_all(_ROOT):
        root = _ROOT / ".cache" / "try"
        root.mkdir(parents=True, exist_ok=True)
        yield Workspace.create(root, lifecycle, [buildpack]), runtimes_dir
        return
    with tempfile.TemporaryDirectory(prefix="try-") as temporary:
        open_dir = Path(temporary)
        open_dir.chmod(0o755)
        lifecycle = _copy(lifecycle, open_dir / "lifecycle")
        directory = _copy(buildpack.directory, open_dir / "buildpack")
        if runtimes_dir is not None:
            runtimes_dir = _copy(runtimes_dir, open_dir / "runtimes")
        (open_dir / "workspace").mkdir()
        copied = Buildpack(directory, buildpack.id, buildpack.version)
        yield Workspace.create(open_dir / "workspace", lifecycle, [copied]), runtimes_dir


def _is_open_to_all(directory: Path) -> bool:
    return all(path.stat().st_mode & 0o005 == 0o005 for path in (directory, *directory.parents))


def _copy(source: Path, destination: Path) -> Path:
    shutil.copytree(source, destination, symlinks=True)
    return destination


def _follow(build: RunningBuild) -> int:
    """Print the build's log as it grows, and return its exit code."""
    with build.log_path.open(encoding="utf-8", errors="replace") as log:
        try:
            while build.process.poll() is None:
                sys.stdout.write(log.read())
                sys.stdout.flush()
                time.sleep(0.1)
        except KeyboardInterrupt:
            build.kill()
            raise
        say(log.read())
    return build.process.wait()


def _say_how_to_go_on(options: Options, prepared: PreparedBuildpack) -> None:
    is_local = prepared.runtimes_dir is not None
    directory = f"dist/linux-{host_target().architecture}"
    say("To go on:")
    say("  scripts/try APP         builds an app of yours; again, it is a rebuild")
    say("  --command COMMAND       starts it, where the image has no process of its own")
    if is_local:
        say(f"  scripts/package         makes {directory}, where the Python archives can be had")
    say("With pack and a container engine:")
    say(f"  pack build my-app --path APP --buildpack {directory} --builder {options.builder}")
