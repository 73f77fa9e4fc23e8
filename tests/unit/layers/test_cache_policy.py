from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.layers.cache_policy import CachePolicy, has_later_buildpacks

IN_IMAGE_ONLY = LayerTypes(launch=True)
KEPT = LayerTypes(launch=True, build=True, cache=True)

OURS = "example/python"


@pytest.mark.parametrize(
    ("who", "python", "venv"),
    [
        pytest.param((), IN_IMAGE_ONLY, IN_IMAGE_ONLY, id="nobody"),
        pytest.param(("resolver",), KEPT, IN_IMAGE_ONLY, id="resolver"),
        pytest.param(("later_buildpack",), KEPT, KEPT, id="later buildpack"),
        pytest.param(("app",), KEPT, KEPT, id="app"),
        pytest.param(("resolver", "later_buildpack", "app"), KEPT, KEPT, id="all"),
    ],
)
def test_needs(who: tuple[str, ...], python: LayerTypes, venv: LayerTypes) -> None:
    needs = CachePolicy(
        resolver="resolver" in who, later_buildpack="later_buildpack" in who, app="app" in who
    )
    assert (needs.python, needs.venv) == (python, venv)


def layers_dir(root: Path, group: str | bytes | None) -> Path:
    """Return our layers directory, with ``group.toml`` where the lifecycle puts it."""
    directory = root / OURS.replace("/", "_")
    directory.mkdir()
    if group is not None:
        contents = group.encode() if isinstance(group, str) else group
        (root / "group.toml").write_bytes(contents)
    return directory


def group_of(*ids: str) -> str:
    return "".join(f'[[group]]\nid = "{buildpack_id}"\nversion = "1"\n' for buildpack_id in ids)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        pytest.param([OURS], False, id="alone"),
        pytest.param(["example/node", OURS], False, id="last"),
        pytest.param([OURS, "example/node"], True, id="followed"),
        pytest.param([OURS, "heroku/procfile"], False, id="by one that uses no Python"),
        pytest.param(
            [OURS, "paketo-buildpacks/ca-certificates", "paketo-buildpacks/image-labels"],
            False,
            id="by several that use no Python",
        ),
        pytest.param([OURS, "heroku/procfile", "example/node"], True, id="by some that may"),
        pytest.param(["example/procfile", OURS, "example/procfile"], True, id="by an unknown one"),
        pytest.param(["example/node"], True, id="not in the group"),
        pytest.param([], True, id="no group"),
    ],
)
def test_is_followed(tmp_path: Path, ids: list[str], expected: bool) -> None:
    assert has_later_buildpacks(layers_dir(tmp_path, group_of(*ids))) is expected


@pytest.mark.parametrize(
    "group",
    [
        pytest.param(None, id="missing"),
        pytest.param("[[group]", id="not TOML"),
        pytest.param("group = 3", id="another form"),
        pytest.param(b'[[group]]\nid = "\xff"\n', id="not UTF-8"),
        pytest.param(b"\0\0\0", id="binary"),
    ],
)
def test_is_followed_if_in_doubt(tmp_path: Path, group: str | bytes | None) -> None:
    assert has_later_buildpacks(layers_dir(tmp_path, group)) is True


def test_is_followed_where_the_file_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "group.toml").mkdir()
    assert has_later_buildpacks(layers_dir(tmp_path, None)) is True
