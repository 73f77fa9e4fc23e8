"""Builds of the example app with pack, for one architecture or another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.base_images import BaseImages
from tools.container_engine import ContainerEngine
from tools.pack import Pack, Volume, builder_config
from tools.prepared_buildpack import PreparedBuildpack
from tools.web_page import free_port, wait_for_page

_TARGET = re.compile(r"(?m)^\[\[targets\]\]\n(?:\w.*\n)+")
ROOT = Path(__file__).parent.parent.parent
BASE_IMAGES_DIR = ROOT / ".cache" / "base-images"
EXAMPLE = ROOT / "examples" / "flask"


@dataclass(frozen=True)
class Builds:
    """Builds of the example, each with what pack printed."""

    pack: Pack
    prepared: PreparedBuildpack
    builder: str

    def build(self, image: str, buildpacks: tuple[Path, ...] = ()) -> str:
        """Build the example as ``image``."""
        assert self.prepared.runtimes_dir is not None
        return self.pack.build(
            image,
            EXAMPLE,
            self.builder,
            buildpacks=buildpacks,
            env={
                "BP_PYTHON_INVENTORY": "/runtimes/inventory.toml",
                "BP_PYTHON_VERSION": self.prepared.versions[0],
            },
            volumes=[Volume(self.prepared.runtimes_dir, "/runtimes")],
        )


def create_builder(
    pack: Pack,
    images: BaseImages,
    prepared: PreparedBuildpack,
    lifecycle: Path,
    config: Path,
    ubuntu: str = "24.04",
) -> str:
    """Make the builder of a file in ``builder/`` from what is here; return its name.

    Args:
        pack: makes it, for the architecture of all else.
        images: it is based on these.
        prepared: with a .cnb file.
        lifecycle: its archive.
        config: where builder.toml goes.
        ubuntu: the release that the file is for.
    """
    (cnb_file,) = prepared.cnb_files
    text = builder_config(
        ROOT / "builder" / f"ubuntu-{ubuntu}.toml",
        {
            "build": images.build,
            "run.images": images.run,
            "lifecycle": lifecycle.as_uri(),
            "buildpacks": cnb_file.as_uri(),
        },
    )
    # With targets, pack wants that of the engine among them; without, it takes the build image's.
    config.write_text(_TARGET.sub("", text), "utf-8")
    name = f"cnb.local/builder-{images.arch}:{ubuntu}"
    pack.create_builder(name, config)
    return name


def page_of(engine: ContainerEngine, image: str, *, seconds: float = 30.0) -> str:
    """Return what a container of ``image`` answers, which may take ``seconds``."""
    port = free_port()
    container = engine.start_container(image, env={"PORT": str(port)})
    try:
        return wait_for_page(port, lambda: engine.is_running(container), seconds=seconds)
    finally:
        engine.remove_container(container)
