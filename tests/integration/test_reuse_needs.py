"""Who needs the contents of a layer decides what is cached and restored, row by row.

See docs/layers.md, "What is cached and restored".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.distributions import Distribution
from tests.integration.catalog import plain
from tests.integration.indexed_workspace import IndexedWorkspace
from tests.integration.layer_comparison import assert_same_layers
from tests.integration.layer_types import IN_IMAGE_ONLY, KEPT, layer_types
from tests.integration.workspaces import cached_diff_ids, later_buildpack, layer_names
from tools.lifecycle_build import Buildpack, BuildResult

LOCKED = {"requirements.txt": "plain==1.0\n", "app.py": ""}
UNLOCKED = {"requirements.txt": "plain\n", "app.py": ""}
BUILT = {"requirements.txt": "built\n", "app.py": ""}
# Every file, link, mode and variable that a buildpack could see, but where its own things lie.
LOOK = """
cd "$VIRTUAL_ENV/.."
find python venv pip -printf '%p %y %m %l\\n' | sort > "$CNB_LAYERS_DIR/listing"
find python venv pip -type f | sort | xargs sha256sum >> "$CNB_LAYERS_DIR/listing"
env | grep -v -e '^CNB_' -e '^_=' -e '^PWD=' -e '^OLDPWD=' | sort >> "$CNB_LAYERS_DIR/listing"
echo "SEEN $(sha256sum < "$CNB_LAYERS_DIR/listing")"
pip --version
python -c 'import plain; print("imported", plain.VERSION)'
"""


@pytest.fixture(scope="module")
def world(indexed: IndexedWorkspace) -> IndexedWorkspace:
    indexed.index.upload(plain("1.0"))
    indexed.index.upload(Distribution("built", "1.0", {"built.py": ""}), is_sdist=True)
    return indexed


@pytest.fixture(scope="module")
def followed(world: IndexedWorkspace) -> Iterator[IndexedWorkspace]:
    """The same directories with a later buildpack, which looks at all that there is."""
    with later_buildpack() as later:
        yield world.followed_by(later)


@pytest.fixture
def alone(world: IndexedWorkspace) -> IndexedWorkspace:
    """Our buildpack alone, whoever came after it before."""
    return world.followed_by()


def restored(result: BuildResult) -> set[str]:
    """Return the names of the layers that the lifecycle restored with their contents."""
    return set(re.findall(r'Restoring data for "[^":]+:([^"]+)" from cache', result.log))


def seen(result: BuildResult) -> str:
    """Return a digest of all that the later buildpack saw."""
    (digest,) = re.findall(r"(?m)^SEEN (\w+)", result.buildpack_log)
    return str(digest)


def look(world: IndexedWorkspace, files: Mapping[str, str], image: str) -> BuildResult:
    result = world.followed_by(*world.workspace.buildpacks[1:]).build(
        files, {"LATER_COMMANDS": LOOK}, image=image
    )
    assert result.exit_code == 0, result.log
    return result


def test_nobody_needs_anything_of_a_locked_app(alone: IndexedWorkspace) -> None:
    image = alone.build(LOCKED, image="locked").require_image()
    types = {name: layer_types(image, name) for name in ("python", "venv")}
    assert types == {"python": IN_IMAGE_ONLY, "venv": IN_IMAGE_ONLY}
    assert cached_diff_ids(alone.workspace, "locked") == {}
    rebuilt = alone.build(LOCKED, image="locked")
    assert restored(rebuilt) == set()
    assert {"python", "venv"}.isdisjoint(layer_names(alone.workspace))
    assert cached_diff_ids(alone.workspace, "locked") == {}


def test_the_bundled_pip_resolves_what_is_not_pinned(alone: IndexedWorkspace) -> None:
    image = alone.build(UNLOCKED, image="unlocked").require_image()
    types = {name: layer_types(image, name) for name in ("python", "venv")}
    assert types == {"python": IN_IMAGE_ONLY, "venv": IN_IMAGE_ONLY}
    assert cached_diff_ids(alone.workspace, "unlocked") == {}
    rebuilt = alone.build(UNLOCKED, image="unlocked")
    assert restored(rebuilt) == set()
    assert "Unchanged after resolving" in rebuilt.buildpack_log
    assert "Installing" not in rebuilt.buildpack_log
    assert {"pip", "python", "venv"}.isdisjoint(layer_names(alone.workspace))
    assert cached_diff_ids(alone.workspace, "unlocked") == {}


def test_the_resolver_needs_python_where_something_was_built(alone: IndexedWorkspace) -> None:
    image = alone.build(BUILT, image="built").require_image()
    types = {name: layer_types(image, name) for name in ("python", "venv")}
    assert types == {"python": KEPT, "venv": IN_IMAGE_ONLY}
    rebuilt = alone.build(BUILT, image="built")
    assert restored(rebuilt) == {"pip", "python", "wheels"}
    assert "Unchanged after resolving" in rebuilt.buildpack_log
    assert "Installing" not in rebuilt.buildpack_log
    assert "venv" not in layer_names(alone.workspace)
    assert cached_diff_ids(alone.workspace, "built").keys() == {"pip", "python", "wheels"}


@pytest.mark.parametrize("files", [LOCKED, UNLOCKED], ids=["locked", "unlocked"])
def test_a_later_buildpack_finds_the_same_at_every_build(
    followed: IndexedWorkspace, files: Mapping[str, str], request: pytest.FixtureRequest
) -> None:
    name = f"followed-{request.node.callspec.id}"
    first = look(followed, files, name)
    types = {layer: layer_types(first.require_image(), layer) for layer in ("python", "venv")}
    assert types == {"python": KEPT, "venv": KEPT}
    assert "imported 1.0" in first.buildpack_log
    again = look(followed, files, name)
    assert restored(again) == {"pip", "python", "venv"}
    assert ": reusing the previous environment" in again.buildpack_log
    assert seen(again) == seen(first)
    changed = look(followed, {**files, "app.py": "# changed\n"}, name)
    assert seen(changed) == seen(first)


def test_a_later_buildpack_that_is_added(alone: IndexedWorkspace, world: IndexedWorkspace) -> None:
    before = alone.build(LOCKED, image="added").require_image().layer_diff_ids()
    with later_buildpack() as later:
        followed = world.followed_by(later)
        added = look(followed, LOCKED, "added")
        assert "a later buildpack needs it" in added.buildpack_log
        assert seen(added) == seen(look(followed, LOCKED, "from-the-start"))
        again = look(followed, LOCKED, "added")
        assert seen(again) == seen(added)
    image = added.require_image()
    assert image.layer_diff_ids()["venv"] == before["venv"]
    assert image.layer_diff_ids()["python"] == before["python"]
    assert restored(again) == {"pip", "python", "venv"}


def test_a_later_buildpack_that_is_removed(
    alone: IndexedWorkspace, world: IndexedWorkspace
) -> None:
    with later_buildpack() as later:
        before = look(world.followed_by(later), LOCKED, "removed").require_image()
        diff_ids = before.layer_diff_ids()
    removed = alone.followed_by().build(LOCKED, image="removed")
    image = removed.require_image()
    assert {name: layer_types(image, name) for name in ("python", "venv")} == {
        "python": IN_IMAGE_ONLY,
        "venv": IN_IMAGE_ONLY,
    }
    assert image.layer_diff_ids()["venv"] == diff_ids["venv"]
    assert image.layer_diff_ids()["python"] == diff_ids["python"]
    again = world.build(LOCKED, image="removed")
    assert restored(again) == set()
    assert_same_layers(image, again.require_image(), ["python", "venv", "app"])


def test_a_buildpack_that_never_uses_python_counts_as_nobody(
    world: IndexedWorkspace, write_buildpack: Callable[..., Buildpack]
) -> None:
    procfile = write_buildpack("paketo-buildpacks/procfile", "echo 'procfile was here'")
    followed = world.followed_by(procfile)
    first = followed.build(LOCKED, image="procfile")
    assert "procfile was here" in first.buildpack_log
    assert layer_types(first.require_image(), "venv") == IN_IMAGE_ONLY
    rebuilt = followed.build(LOCKED, image="procfile")
    assert "procfile was here" in rebuilt.buildpack_log
    assert restored(rebuilt) == set()
