"""Who needs the contents of a layer, row by row of docs/layers.md, through pack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.integration.apps import write_app
from tests.integration.workspaces import later_buildpack
from tools.lifecycle_build import Buildpack
from tools.pack import Pack, Volume
from tools.prepared_buildpack import PreparedBuildpack

LOCKED = "iniconfig==2.1.0\n"
UNLOCKED = "iniconfig<2.2\n"
LOOK = 'python -c "import iniconfig" && pip --version && find "$VIRTUAL_ENV" -type f | sort | sha256sum'


@dataclass(frozen=True)
class App:
    """An app that is built again and again, as ``image``."""

    pack: Pack
    prepared: PreparedBuildpack
    builder: str
    directory: Path
    image: str
    later: Buildpack | None = None

    def build(self, requirements: str) -> str:
        """Build, and return what pack printed."""
        assert self.prepared.runtimes_dir is not None
        (self.directory / "requirements.txt").write_text(requirements)
        followers = (self.later.directory,) if self.later is not None else ()
        return self.pack.build(
            self.image,
            self.directory,
            self.builder,
            buildpacks=(self.prepared.buildpack.directory, *followers),
            env={
                "BP_PYTHON_INVENTORY": "/runtimes/inventory.toml",
                "BP_PYTHON_VERSION": self.prepared.versions[0],
                "LATER_COMMANDS": LOOK,
            },
            volumes=[Volume(self.prepared.runtimes_dir, "/runtimes")],
        )

    @property
    def layers(self) -> list[str]:
        """The diffIDs of the image's layers but the last ones, which are the lifecycle's."""
        found: list[str] = self.pack.engine.inspect_image(self.image)["RootFS"]["Layers"]
        return found


@pytest.fixture
def app(
    pack: Pack,
    prepared: PreparedBuildpack,
    builder: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> App:
    name = re.sub(r"[^a-z]+", "-", request.node.name).strip("-")
    directory = write_app(tmp_path / "app", {"app.py": ""})
    return App(pack, prepared, builder, directory, f"cnb.local/{name}")


@pytest.fixture
def later() -> Iterator[Buildpack]:
    with later_buildpack() as made:
        yield made


def restored(log: str) -> set[str]:
    """Return the names of the layers that were restored with their contents.

    Without libpython: newer runtimes have a layer of it, which goes with theirs.
    """
    names = set(re.findall(r'Restoring data for "[^":]+:([^"]+)" from cache', log))
    assert "libpython" not in names or "python" in names
    return names - {"libpython"}


def seen(log: str) -> str:
    """Return the digest that the later buildpack printed."""
    (digest,) = re.findall(r"\b([0-9a-f]{64})\s+-\s*$", log, re.MULTILINE)
    return str(digest)


def test_nobody_needs_anything_of_a_locked_app(app: App) -> None:
    app.build(LOCKED)
    before = app.layers
    assert restored(app.build(LOCKED)) == set()
    assert app.layers == before


def test_the_bundled_pip_resolves_what_is_not_pinned(app: App) -> None:
    app.build(UNLOCKED)
    before = app.layers
    log = app.build(UNLOCKED)
    assert restored(log) == set()
    assert "Unchanged after resolving" in log
    assert "Installing" not in log
    assert app.layers == before


def test_a_later_buildpack_from_the_start(app: App, later: Buildpack) -> None:
    followed = replace(app, later=later)
    first = followed.build(LOCKED)
    again = followed.build(LOCKED)
    assert restored(again) == {"pip", "python", "venv"}
    assert seen(again) == seen(first)


def test_a_later_buildpack_that_is_added_and_removed(app: App, later: Buildpack) -> None:
    app.build(LOCKED)
    followed = replace(app, later=later)
    added = followed.build(LOCKED)
    assert "a later buildpack needs it" in added
    again = followed.build(LOCKED)
    assert restored(again) == {"pip", "python", "venv"}
    assert seen(again) == seen(added)
    assert ": reusing the previous environment" in app.build(LOCKED)
    assert restored(app.build(LOCKED)) == set()
