"""Make archives of Python for ``BP_PYTHON_INVENTORY`` where their own host can't be reached.

usage: scripts/local-runtime DIR [PYTHON …] [--all] [--machine] [--target OS/ARCH …]

A version, such as 3.14, is one of python-build-standalone, which a Go module carries: that has no
headers, pip or test suite. Interpreters of this machine have headers; other than the real archives,
they hold no big static library, and their extension modules need this machine's OpenSSL, libffi, SQLite
and the like, which the run image must have, too.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.console import say
from tools.errors import ToolError
from tools.run_image import host_target
from tools.runtimes.interpreter import find_interpreters
from tools.runtimes.inventory_file import MACHINES
from tools.runtimes.machine_runtime import machine_runtime
from tools.runtimes.packing import pack_runtimes
from tools.runtimes.standalone_runtime import RELEASES, StandaloneRuntime, find_releases

_ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Write the archives and ``inventory.toml``, which lists those of this run only."""
    options = _parser().parse_args(arguments)
    versions = [each for each in options.pythons if re.fullmatch(r"\d+\.\d+(\.\d+)?", each)]
    if options.machine or len(versions) < len(options.pythons):
        inventory = _pack_interpreters(options)
    else:
        inventory = _pack_releases(options, versions)
    say(f"Use them with: BP_PYTHON_INVENTORY={inventory.absolute()}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/local-runtime",
        description="Make archives of Python for BP_PYTHON_INVENTORY=DIR/inventory.toml.",
    )
    parser.add_argument("directory", metavar="DIR", type=Path, help="where the archives go")
    newest = RELEASES[0].version
    parser.add_argument(
        "pythons",
        metavar="PYTHON",
        nargs="*",
        help=f"X.Y or X.Y.Z of python-build-standalone (default: {newest}), or an interpreter",
    )
    parser.add_argument("--all", action="store_true", help="every version that there is")
    parser.add_argument(
        "--machine",
        action="store_true",
        help="versions are pyenv's, from 3.10 on, and the default is what runs this",
    )
    parser.add_argument(
        "--target",
        metavar="OS/ARCH",
        action="append",
        choices=[f"linux/{arch}" for arch in MACHINES],
        help="of python-build-standalone's; default: this machine's",
    )
    return parser


def _pack_interpreters(options: argparse.Namespace) -> Path:
    if options.target:
        raise ToolError("--target: an interpreter of this machine is for this machine.")
    interpreters = find_interpreters(options.pythons, every_pyenv=options.all)
    return pack_runtimes(options.directory, [machine_runtime(each) for each in interpreters])


def _pack_releases(options: argparse.Namespace, versions: Sequence[str]) -> Path:
    releases = RELEASES if options.all else find_releases(versions or [RELEASES[0].version])
    targets = options.target or [f"linux/{host_target().architecture}"]
    architectures = dict.fromkeys(target.partition("/")[2] for target in targets)
    cache_dir = _ROOT / ".cache"
    cache_dir.mkdir(exist_ok=True)
    # What Go downloads, some 100 MB for each Python, isn't kept.
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix="modules-") as modules:
        runtimes = [
            StandaloneRuntime(release, arch, cache_dir, Path(modules))
            for release in releases
            for arch in architectures
        ]
        return pack_runtimes(options.directory, runtimes)
