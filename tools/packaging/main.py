"""Make dist/: the buildpack as it is used, one directory and one .cnb file for each platform.

usage: scripts/package [--without-interpreter] [--inventory FILE] [--target OS/ARCH …]
                       [--python X.Y.Z] [--offline X.Y,…] [--pack PATH] [-o DIR]

With --offline, the buildpack bundles Python's archives and the tools: see docs/offline.md.
The same inputs give the same bytes. What is up to date is not made again.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.errors import ToolError
from tools.packaging.targets import Target, parse_targets
from tools.pinned_wheels import ensure_wheels

_ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Make the directories and files of every platform that is requested."""
    options = _parse(arguments)
    vendored = ensure_wheels(_ROOT, _ROOT / "requirements" / "vendor.txt")
    (pip,) = ensure_wheels(_ROOT, _ROOT / "requirements" / "pip.txt")
    # What reads the inventory and fetches runtimes is the buildpack's own code, which needs what
    # it vendors; pure wheels can be imported as they are.
    sys.path[:0] = [str(_ROOT / "src"), *map(str, vendored)]
    from python_buildpack.package_managers.registry import TOOLS
    from tools.packaging.build import Request, package

    targets = _targets(options.target)
    offline = _versions(options.offline)
    return package(
        Request(
            root=_ROOT,
            output=(options.output or _ROOT / "dist" / ("offline" if offline else "")).absolute(),
            targets=targets,
            vendored=vendored,
            pip=pip,
            tools=tuple(
                _ROOT / "requirements" / f"{name}.txt" for name in sorted(TOOLS) if name != "pip"
            ),
            inventory=None if options.without_interpreter else options.inventory,
            python_version=options.python,
            pack=_pack(options.pack),
            offline=offline,
            offline_inventory=options.inventory if offline else None,
        )
    )


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/package",
        description="Make dist/, the buildpack as it is used: directories, and .cnb files.",
    )
    parser.add_argument(
        "--without-interpreter",
        action="store_true",
        help="for build images that have Python 3.10 or later",
    )
    parser.add_argument(
        "--inventory",
        metavar="FILE",
        type=Path,
        default=_ROOT / "inventory.toml",
        help="where the carried interpreter comes from (see scripts/local-runtime)",
    )
    parser.add_argument(
        "--target", metavar="OS/ARCH", action="append", help="default: all of buildpack.toml"
    )
    parser.add_argument(
        "--python", metavar="X.Y.Z", help="the carried interpreter; default: the newest 3.13"
    )
    parser.add_argument(
        "--pack", metavar="PATH", help="the pack program, for the .cnb files; default: on PATH"
    )
    parser.add_argument(
        "--offline",
        metavar="X.Y,…",
        default="",
        help="carry the newest of these Pythons, or X.Y.Z, and the tools, for closed networks",
    )
    parser.add_argument(
        *("-o", "--output"),
        metavar="DIR",
        type=Path,
        help="default: dist/, or with --offline dist/offline/",
    )
    return parser.parse_args(arguments)


def _versions(text: str) -> tuple[str, ...]:
    """Return the Pythons of --offline, each once."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def _targets(requested: Sequence[str] | None) -> tuple[Target, ...]:
    known = parse_targets((_ROOT / "buildpack.toml").read_text("utf-8"))
    by_name = {f"{target.os}/{target.arch}": target for target in known}
    unknown = [name for name in requested or () if name not in by_name]
    if unknown:
        raise ToolError(f"--target: {unknown[0]} is none of {', '.join(by_name)}.")
    return tuple(by_name[name] for name in dict.fromkeys(requested or by_name))


def _pack(requested: str | None) -> Path | None:
    """Return pack's path, None if there is none, and none was requested."""
    found = shutil.which(requested or "pack")
    if requested and found is None:
        raise ToolError(f"--pack: {requested} is no program.")
    return Path(found).absolute() if found else None
