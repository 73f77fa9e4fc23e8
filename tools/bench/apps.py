"""The apps that the benchmark builds, and every state that it builds them in."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tools.errors import ToolError
from tools.pinned_wheels import PinnedRequirement, parse_pinned_requirements


@dataclass(frozen=True)
class App:
    """One of the apps in ``benchmarks/apps``.

    Attributes:
        name: of its directory.
        source_file: is changed where the app's source is.
        added: the distribution that is added to its requirements.
        changed: the one of its requirements that is changed to another version.
        large: one that has a layer of its own, changed as well; None if it has none.
        static_file: is changed where a file is that Django collects; None if there is none.
        generated: how many of its requirements are large wheels that are made for it.
    """

    name: str
    source_file: str
    added: str
    changed: str
    large: str | None = None
    static_file: str | None = None
    generated: int = 0


DJANGO_SITE = App(
    "django_site",
    "site_pages/views.py",
    added="toolz",
    changed="markdown",
    large="django",
    static_file="site_pages/static/site.css",
)
DATA_SCIENCE_API = App(
    "data_science_api", "main.py", added="toolz", changed="click", large="pandas"
)
LIGHT_100 = App("light_100", "app.py", added="pluggy", changed="click")
LARGE_12 = App("large_12", "app.py", added="pluggy", changed="click", generated=12)
APPS = (DJANGO_SITE, DATA_SCIENCE_API, LIGHT_100, LARGE_12)


class Requirements(Enum):
    """What an app's requirements.txt has."""

    UNPINNED = "the app's own list"
    LOCKED = "every distribution, pinned"
    ADDED = "one more, pinned"
    CHANGED = "one more, and one in another version"
    REMOVED = "one in another version"
    LARGE = "that, and a large one in another version"


@dataclass(frozen=True)
class State:
    """An app and its settings as one build finds them.

    Attributes:
        requirements: what its requirements.txt has.
        source_revision: its source differs by this number.
        static_revision: the file that Django collects does.
        has_other_pip: whether BP_PIP_VERSION asks for another pip than the bundled one.
        has_next_python: whether the next patch release of Python is requested.
    """

    requirements: Requirements
    source_revision: int = 0
    static_revision: int = 0
    has_other_pip: bool = False
    has_next_python: bool = False


@dataclass(frozen=True)
class PinnedApp:
    """An app with what is pinned for it.

    Attributes:
        app: which one.
        apps_dir: the directory of all apps.
        wheels: what its index serves.
        added: the requirement that is added.
        changed: the requirement that takes the place of another version.
        large: the large one that does; None if the app has none.
    """

    app: App
    apps_dir: Path
    wheels: tuple[PinnedRequirement, ...]
    added: PinnedRequirement
    changed: PinnedRequirement
    large: PinnedRequirement | None

    @property
    def name(self) -> str:
        """The name of its directory."""
        return self.app.name

    @property
    def directory(self) -> Path:
        """The app as it lies in the checkout."""
        return self.apps_dir / self.app.name

    @property
    def distributions(self) -> int:
        """How many distributions the app has."""
        return len(re.findall(r"(?m)^[^#\s]", self.requirements_text(Requirements.LOCKED)))

    def requirements_text(self, requirements: Requirements) -> str:
        """Return the contents of requirements.txt."""
        if requirements is Requirements.UNPINNED:
            return (self.directory / "requirements.txt").read_text("utf-8")
        text = (self.directory / "requirements.lock").read_text("utf-8")
        if requirements in (Requirements.CHANGED, Requirements.REMOVED, Requirements.LARGE):
            text = replace_pin(text, self.changed.name, self.changed.version)
        if requirements in (Requirements.ADDED, Requirements.CHANGED):
            text += f"{self.added.name}=={self.added.version}\n"
        if requirements is Requirements.LARGE and self.large is not None:
            text = replace_pin(text, self.large.name, self.large.version)
        return text

    def write(self, state: State, destination: Path) -> None:
        """Write the app as it is in ``state`` to a directory, which is replaced."""
        shutil.rmtree(destination, ignore_errors=True)
        ignored = shutil.ignore_patterns("requirements.lock", "__pycache__")
        shutil.copytree(self.directory, destination, ignore=ignored)
        (destination / "requirements.txt").write_text(
            self.requirements_text(state.requirements), "utf-8"
        )
        if state.source_revision:
            with (destination / self.app.source_file).open("a", encoding="utf-8") as source:
                source.write(f"\n# Revision {state.source_revision}.\n")
        if state.static_revision and self.app.static_file is not None:
            with (destination / self.app.static_file).open("a", encoding="utf-8") as static:
                static.write(f"\n/* Revision {state.static_revision}. */\n")


def read_pinned_app(benchmarks: Path, app: App) -> PinnedApp:
    """Read what is pinned for ``app``.

    Raises:
        ToolError: a file lacks what it must have.
    """
    wheels_dir = benchmarks / "wheels"
    changes = _read(wheels_dir / f"{app.name}-changes.txt")
    by_name = {requirement.name: requirement for requirement in changes}
    wanted = {app.added, app.changed, *([app.large] if app.large else [])}
    if missing := wanted - by_name.keys():
        raise ToolError(f"benchmarks/wheels/{app.name}-changes.txt lacks {', '.join(missing)}.")
    return PinnedApp(
        app,
        benchmarks / "apps",
        (*_read(wheels_dir / f"{app.name}.txt"), *changes, *_read(wheels_dir / "pip.txt")),
        by_name[app.added],
        by_name[app.changed],
        by_name[app.large] if app.large else None,
    )


def replace_pin(text: str, name: str, version: str) -> str:
    """Return ``text``, lines of ``name==version``, with another version of ``name``.

    Raises:
        ToolError: ``name`` isn't pinned there.
    """
    replaced, count = re.subn(rf"(?m)^{re.escape(name)}==\S+$", f"{name}=={version}", text)
    if count != 1:
        raise ToolError(f"{name} is pinned {count} times in requirements.lock.")
    return replaced


def _read(file: Path) -> tuple[PinnedRequirement, ...]:
    return parse_pinned_requirements(file.read_text("utf-8"))
