"""Build an app with the buildpack, start it and show its page.

usage: scripts/try [APP] [--native] [--command COMMAND] [--builder IMAGE]

With a container engine: through ``pack build``. Without: on this machine itself, with the
lifecycle's own programs, which takes nothing but Python and the package registries.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
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
from tools.pack import Pack
from tools.prepared_buildpack import (
    PreparedBuildpack,
    is_reachable,
    prepare_with_local_runtimes,
    prepare_with_real_runtimes,
)
from tools.run_image import host_target
from tools.web_page import free_port, wait_for_page

_ROOT = Path(__file__).resolve().parent.parent
_EXAMPLE = _ROOT / "examples" / "flask"
# A builder without buildpacks of its own.
_BUILDER = "paketobuildpacks/builder-jammy-buildpackless-base"
_IMAGE = "python-buildpack.local/try"
_SHOWN_CHARACTERS = 500


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
    if engine is not None and prepared.runtimes_dir is not None:
        say("In a container, this machine's interpreter would not run: going on without one.")
        engine = None
    page = _try_with_pack(options, engine, prepared) if engine is not None else None
    if page is None:
        page = _try_natively(options, prepared)
    discard_build_caches(_ROOT)
    say(f"The app answers ({time.monotonic() - started:.1f} s in all):")
    say()
    say("    " + page[:_SHOWN_CHARACTERS].rstrip().replace("\n", "\n    "))
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
        "--command", help="starts the app, on $PORT; default: the image's own process, web"
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
    say("The interpreter that runs this is packed in their place, and installed the same way.")
    return prepare_with_local_runtimes(_ROOT, [])


def _archive_url() -> str:
    """Return the URL of the first archive in inventory.toml."""
    inventory = (_ROOT / "inventory.toml").read_text("utf-8")
    match = re.search(r'(?m)^url = "(https://[^"]+)"', inventory)
    if match is None:
        raise ToolError("inventory.toml has no archive.")
    return match[1]


def _try_with_pack(
    options: Options, engine: ContainerEngine, prepared: PreparedBuildpack
) -> str | None:
    """Build by ``pack build``, start a container and return its page; None without a builder."""
    program = shutil.which("pack")
    pack = Pack(Path(program) if program else ensure_pack(_ROOT), engine, pull=True)
    buildpacks = [prepared.buildpack.directory]
    with section(f"Build {options.app} with pack and {options.builder}"):
        try:
            say(pack.build(_IMAGE, options.app, options.builder, buildpacks=buildpacks))
        except ToolError as error:
            if "failed to fetch builder image" not in str(error):
                raise
            say(f"{options.builder} can't be pulled: going on without the container engine.")
            return None
    port = free_port()
    with section("Start the container"):
        container = engine.start_container(
            _IMAGE,
            ["sh", "-c", f"exec {options.command}"] if options.command else (),
            entrypoint="launcher" if options.command else None,
            env={"PORT": str(port)},
            published_port=port,
        )
        try:
            return wait_for_page(port, lambda: engine.is_running(container))
        except ToolError as error:
            raise ToolError(f"{error}\n{engine.container_log(container)}") from error
        finally:
            engine.remove_container(container)


def _try_natively(options: Options, prepared: PreparedBuildpack) -> str:
    """Build with the lifecycle's programs, start the app by the launcher, return its page."""
    lifecycle = ensure_lifecycle(_ROOT)
    with _workspace(lifecycle, prepared) as (workspace, runtimes_dir):
        env = {}
        if runtimes_dir is not None:
            env = {
                "BP_PYTHON_INVENTORY": str(runtimes_dir / "inventory.toml"),
                # The app's default may be one that this machine has not.
                "BP_PYTHON_VERSION": prepared.versions[0],
            }
        with section(f"Build {options.app} with the lifecycle"):
            build = workspace.start_build(options.app, env)
            if _follow(build) != 0:
                raise ToolError("The build failed; see above.")
        with section("Start the app with the launcher"):
            return _start_natively(workspace, options.command)


def _start_natively(workspace: Workspace, command: str | None) -> str:
    port = free_port()
    arguments = ["--", "sh", "-c", f"exec {command}"] if command else ["web"]
    with workspace.start(workspace.image(), arguments, {"PORT": str(port)}) as process:
        try:
            return wait_for_page(port, lambda: process.poll() is None)
        except ToolError as error:
            _kill_group(process)
            raise ToolError(f"{error}\n{process.communicate()[0]}") from error
        finally:
            _kill_group(process)


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


def _kill_group(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _say_how_to_go_on(options: Options, prepared: PreparedBuildpack) -> None:
    is_local = prepared.runtimes_dir is not None
    directory = f"dist/linux-{host_target().architecture}"
    say("To go on:")
    say("  scripts/try APP         builds an app of yours; again, it is a rebuild")
    say("  --command COMMAND       starts it, where it has no Procfile with a line for web")
    if is_local:
        say(f"  scripts/package         makes {directory}, where the Python archives can be had")
    say("With pack and a container engine:")
    say(f"  pack build my-app --path APP --buildpack {directory} --builder {options.builder}")
