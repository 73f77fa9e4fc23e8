"""The builders of builder/, which have Debian's base images here in place of Ubuntu's."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.builds import ROOT, create_builder
from tools.base_images import BaseImages
from tools.lifecycle import LIFECYCLE, ensure_lifecycle_archive
from tools.pack import Pack
from tools.prepared_buildpack import PreparedBuildpack


def test_builder_for_the_older_ubuntu(
    pack: Pack, images: BaseImages, prepared: PreparedBuildpack, tmp_path: Path
) -> None:
    """All other tests build with that for the newer one."""
    lifecycle, config = ensure_lifecycle_archive(ROOT), tmp_path / "builder.toml"
    name = create_builder(pack, images, prepared, lifecycle, config, "22.04")
    labels = pack.engine.inspect_image(name)["Config"]["Labels"]
    made = json.loads(labels["io.buildpacks.builder.metadata"])
    assert made["description"].startswith("Python apps on Ubuntu 22.04")
    assert [each["id"] for each in made["buildpacks"]] == ["python-buildpack/python"]
    assert made["lifecycle"]["version"] == LIFECYCLE.version.removeprefix("v")
    assert [each["image"] for each in made["images"]] == [images.run]
