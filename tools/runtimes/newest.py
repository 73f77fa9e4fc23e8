"""The newest upstream data for the inventory, and the changelog's line on what it brings."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tools.console import say
from tools.environment import pip_environment
from tools.errors import ToolError
from tools.pinned_wheels import pip_command
from tools.runtimes.inventory_file import FREE_THREADED, version_key

_PROJECT = "pbs-installer"
_UNRELEASED = "## Unreleased\n"
_ADDED = "\n### Added\n\n"


def pin_newest(root: Path, requirements: Path) -> None:
    """Pin the newest pbs-installer in a requirements file, whose comment stays.

    Raises:
        ToolError: the package index has none.
    """
    command = [*pip_command(root), "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check"]
    command += ["--timeout=30", "--retries=5", "--report=-", _PROJECT]
    result = subprocess.run(
        command, env=pip_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise ToolError(f"{_PROJECT} can't be looked up:\n{result.stderr}")
    (found,) = json.loads(result.stdout)["install"]
    version = found["metadata"]["version"]
    digest = found["download_info"]["archive_info"]["hashes"]["sha256"]
    text = requirements.read_text("utf-8")
    if f"{_PROJECT}=={version} " not in text:
        comment = "".join(line for line in text.splitlines(True) if line.startswith("#"))
        pin = f"{_PROJECT}=={version} \\\n    --hash=sha256:{digest}\n"
        requirements.write_text(f"{comment}{pin}", "utf-8")
    say(f"The newest {_PROJECT} is {version}")


def note_new_versions(changelog: Path, before: str, after: str) -> None:
    """Add a line to the changelog on the versions that one inventory has and the other hasn't.

    Args:
        before: the text of the inventory as it was.
        after: the text of the new one.
    """
    known = _versions(before)
    added = [version for version in _versions(after) if version not in known]
    if not added:
        return
    text = changelog.read_text("utf-8")
    start, heading, rest = text.partition(_UNRELEASED)
    line = f"- Python {_listed(added)}.\n"
    if rest.startswith(_ADDED):
        rest = f"{_ADDED}{line}{rest.removeprefix(_ADDED)}"
    else:
        rest = f"{_ADDED}{line}{rest}"
    changelog.write_text(f"{start}{heading}{rest}", "utf-8")
    say(f"CHANGELOG.md: {line}")


def _versions(inventory: str) -> tuple[str, ...]:
    """Return the versions of an inventory, the newest first, without those of free-threaded builds."""
    found = {*re.findall(r'(?m)^version = "([^"]+)"', inventory)}
    plain = [version for version in found if not version.endswith(FREE_THREADED)]
    return tuple(sorted(plain, key=version_key, reverse=True))


def _listed(versions: list[str]) -> str:
    *others, last = versions
    return f"{', '.join(others)} and {last}" if others else last
