"""Make a release: a version by hand, the rest by .github/workflows/release.yml.

usage: scripts/release prepare VERSION           give the checkout a version, and cut the changelog
       scripts/release notes TAG                 print the changelog of the version that a tag names
       scripts/release files                     make dist/: .cnb files, SBOMs, SHA256SUMS
       scripts/release push IMAGE                push the buildpack; print digest=sha256:…
       scripts/release push-builders IMAGE BUILDPACK
       scripts/release registry-entry BUILDPACK  print the request to the CNB registry

IMAGE has no tag; BUILDPACK is IMAGE@sha256:….
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.lifecycle import ensure_pack
from tools.release.images import push_builders, push_buildpack, registry_entry
from tools.release.packages import make_files
from tools.release.version import prepare, read_notes

_ROOT = Path(__file__).resolve().parents[2]


def _prepare(version: str) -> None:
    prepare(_ROOT, version, datetime.datetime.now(datetime.timezone.utc).date())


def _notes(tag: str) -> None:
    sys.stdout.write(read_notes(_ROOT, tag))


def _files() -> None:
    make_files(_ROOT, ensure_pack(_ROOT))


def _push(image: str) -> None:
    digest = push_buildpack(_ROOT, ensure_pack(_ROOT), _ROOT / "dist", image)
    sys.stdout.write(f"digest={digest}\n")


def _push_builders(image: str, buildpack: str) -> None:
    push_builders(_ROOT, ensure_pack(_ROOT), image, buildpack)


def _registry_entry(buildpack: str) -> None:
    sys.stdout.write(registry_entry(_ROOT, buildpack))


_COMMANDS: Mapping[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "prepare": (_prepare, ("version",)),
    "notes": (_notes, ("tag",)),
    "files": (_files, ()),
    "push": (_push, ("image",)),
    "push-builders": (_push_builders, ("image", "buildpack")),
    "registry-entry": (_registry_entry, ("buildpack",)),
}


def main(arguments: Sequence[str]) -> int:
    """Run one step and return 0."""
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, (_, parameters) in _COMMANDS.items():
        step = steps.add_parser(name)
        for parameter in parameters:
            step.add_argument(parameter, metavar=parameter.upper())
    options = parser.parse_args(arguments)
    run, parameters = _COMMANDS[options.step]
    run(*(getattr(options, parameter) for parameter in parameters))
    return 0
