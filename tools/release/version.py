"""The version of the checkout: where it stands, and what the changelog says of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

from tools.console import say
from tools.errors import ToolError

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_UNRELEASED = "## Unreleased\n"
# What names the version of the buildpack, and nobody else's.
_FILES = (
    *("buildpack.toml", "pyproject.toml", "src/python_buildpack/__init__.py"),
    *("README.md", "docs/*.md", "tools/error_examples.toml"),
    *(".github/ISSUE_TEMPLATE/*.yml", "builder/**/*.toml", "examples/ci/**/*.*"),
)
_BEFORE = (
    r'(python-buildpack[\w./:-]*[-/:@]|Python Buildpack |^(?:__)?version(?:__)? = "|placeholder: )'
)


def current_version(root: Path) -> str:
    """Return the version in buildpack.toml."""
    found = re.search(r'(?m)^version = "(.+)"', (root / "buildpack.toml").read_text("utf-8"))
    if found is None:
        raise ToolError("buildpack.toml has no version.")
    return found[1]


def prepare(root: Path, version: str, date: datetime.date) -> None:
    """Give the checkout a version, and put it above what the changelog has as unreleased.

    The version that it has will do as well, if it wasn't released.

    Raises:
        ToolError: it is no version, an older one, or released; or there is nothing to release.
    """
    current = current_version(root)
    if _VERSION.fullmatch(version) is None:
        raise ToolError(f"{version} is no version such as 1.2.3.")
    if _key(version) < _key(current):
        raise ToolError(f"{version} is older than {current}, which buildpack.toml has.")
    changelog = root / "CHANGELOG.md"
    changelog.write_text(_cut(changelog.read_text("utf-8"), version, date), "utf-8")
    for path in versioned_files(root):
        text = path.read_text("utf-8")
        path.write_text(pattern(current).sub(rf"\g<1>{version}", text), "utf-8")
    say(f"The version is {version}. Look at the changes, then:")
    say(f"  git commit --all --message 'Release {version}' && git tag v{version}")
    say(f"  git push origin main v{version}")


def versioned_files(root: Path) -> Iterator[Path]:
    """Yield the files that may name the version."""
    for each in _FILES:
        yield from (path for path in sorted(root.glob(each)) if path.is_file())


def pattern(version: str) -> re.Pattern[str]:
    """Return what finds the buildpack's ``version`` in a text; group 1 is what stands before it."""
    return re.compile(rf"(?m){_BEFORE}{re.escape(version)}(?![\w]|\.\d)")


def read_notes(root: Path, tag: str) -> str:
    """Return what the changelog says of the version that a tag names, such as ``v1.2.3``.

    Raises:
        ToolError: that isn't the checkout's version, or the changelog has no section for it.
    """
    version = current_version(root)
    if tag != f"v{version}":
        raise ToolError(f"The tag {tag} isn't v{version}, the version in buildpack.toml.")
    text = (root / "CHANGELOG.md").read_text("utf-8")
    found = re.search(rf"(?ms)^## {re.escape(version)} - .+?\n+(.+?)(?=^## |\Z)", text)
    if found is None:
        raise ToolError(f"CHANGELOG.md has no section for {version}: run scripts/release prepare.")
    return f"{found[1].rstrip()}\n"


def _cut(changelog: str, version: str, date: datetime.date) -> str:
    if f"\n## {version} - " in changelog:
        raise ToolError(f"{version} is released: CHANGELOG.md has a section for it.")
    before, heading, after = changelog.partition(_UNRELEASED)
    if not heading or after.lstrip().startswith("## ") or not after.strip():
        raise ToolError('CHANGELOG.md has nothing below "## Unreleased": nothing to release.')
    return f"{before}{heading}\n## {version} - {date.isoformat()}\n{after}"


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
