"""Large distributions have layers of their own, which stay in the image when others change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from python_buildpack.environment.parts.partition import LEAST_BYTES, MOST_PARTS
from tests.distributions import Distribution
from tests.integration.indexed_workspace import IndexedWorkspace
from tests.integration.layer_comparison import MOST_LAYERS, assert_same_layers, kept_image
from tests.integration.managed_apps import Build, Declaration, Locker
from tests.sampling import sampled
from tools.lifecycle_build import BuildResult, Workspace
from tools.oci_image import Image

ALL = ("pip", "uv", "poetry", "pylock", "pipenv", "pdm")
# Its libraries are beside its package, in pillow.libs.
LARGE = "pillow==12.0.0"
APP = Declaration(dependencies=[LARGE, "idna>=3", "markupsafe>=3"])
PART = "dist-pillow"
PROGRAM = """\
import importlib.metadata, PIL, PIL.Image
from PIL import features
print(importlib.metadata.version("pillow"), features.check("jpg"), PIL.__file__, PIL.Image.open.__code__.co_filename)
"""


def assert_kept(result: BuildResult, first: Image) -> Image:
    """Return the image, which has the large distribution of ``first`` without having installed it."""
    assert "Keeping from the previous image: pillow (" in result.buildpack_log
    assert f"Reusing layer 'python-buildpack/python:{PART}'" in result.log
    image = result.require_image()
    assert image.layer_diff_ids()[PART] == first.layer_diff_ids()[PART]
    return image


def assert_as_from_nothing(image: Image, fresh: Image) -> None:
    names = fresh.layer_diff_ids().keys()
    assert image.layer_diff_ids().keys() == names
    assert_same_layers(fresh, image, names - {"app"})


@pytest.mark.parametrize("manager", sampled(ALL, "pip", "uv"))
def test_large_one_is_kept_when_others_change(
    workspace: Workspace, locker: Locker, build: Build, app: Path, tmp_path: Path, manager: str
) -> None:
    locker.write(manager, app, APP)
    first = kept_image(build(app).require_image(), tmp_path / "first")
    for number, others in enumerate((["idna>=3", "markupsafe>=3", "h11"], ["h11"])):
        locker.declare(manager, app, APP.with_dependencies(LARGE, *others))
        image = kept_image(assert_kept(build(app), first), tmp_path / f"image-{number}")
        fresh = build(app, image=f"fresh-{manager}-{number}").require_image()
        assert_as_from_nothing(image, fresh)
    version, jpeg, package, code = workspace.run(
        image, ["--", "python", "-c", PROGRAM]
    ).stdout.split()
    assert (version, jpeg) == ("12.0.0", "True")
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    assert all(Path(path).is_relative_to(layers / "venv") for path in (package, code))


def test_large_one_is_the_same_by_every_manager(
    locker: Locker, build: Build, tmp_path: Path
) -> None:
    """And is kept when one takes another's place."""
    images: dict[str, Image] = {}
    for manager in ("uv", "pip", "poetry", "pylock"):
        locker.write(manager, tmp_path / manager, APP)
        result = build(tmp_path / manager)
        image = assert_kept(result, images["uv"]) if images else result.require_image()
        images[manager] = kept_image(image, tmp_path / f"image-{manager}")
        fresh = build(tmp_path / manager, image=f"fresh-{manager}").require_image()
        assert_as_from_nothing(images[manager], fresh)


def test_large_one_that_goes_leaves_nothing(
    locker: Locker, build: Build, app: Path, tmp_path: Path
) -> None:
    locker.write("pip", app, APP)
    build(app).require_image()
    locker.declare("pip", app, APP.with_dependencies("idna>=3"))
    image = kept_image(build(app).require_image(), tmp_path / "image")
    assert PART not in image.layer_diff_ids()
    assert_as_from_nothing(image, build(app, image="fresh-without").require_image())


def test_there_are_never_more_than_thirty_layers(indexed: IndexedWorkspace) -> None:
    """With all that an image can have; a Django app has one more for its variables."""
    names = [f"many-{number:02}" for number in range(MOST_PARTS + 2)]
    indexed.index.upload(*(_large(name, LEAST_BYTES + index) for index, name in enumerate(names)))
    app = {"requirements.txt": "\n".join(names), "app.py": ""}
    image = indexed.build(app, {"BP_PIP_AT_LAUNCH": "true"}).require_image()
    layers = image.layer_diff_ids()
    parts = sorted(name for name in layers if name.startswith("dist-"))
    assert parts == [f"dist-{name}" for name in names[2:]]
    # That of the base image isn't ours.
    assert len(image.config_file["rootfs"]["diff_ids"]) - 1 == len(layers)
    assert len({*layers, "libpython", "django"}) <= MOST_LAYERS


def _large(name: str, size: int) -> Distribution:
    package = name.replace("-", "_")
    files = {f"{package}/__init__.py": "", f"{package}/zeros": "0" * size}
    return Distribution(name, "1.0", files)


@pytest.mark.parametrize(
    "variables", [{"PIP_NO_BINARY": "idna"}, {"BP_CLEAN_BUILD": "true"}], ids=str
)
def test_all_is_installed_where_nothing_is_proven(
    locker: Locker, build: Build, app: Path, variables: Mapping[str, str]
) -> None:
    locker.write("pip", app, APP)
    build(app).require_image()
    locker.declare("pip", app, APP.with_dependencies(LARGE, "h11"))
    result = build(app, dict(variables))
    assert "Keeping from the previous image" not in result.buildpack_log
    assert PART in result.require_image().layer_diff_ids()
