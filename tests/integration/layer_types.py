"""What a layer of an image is for."""

from __future__ import annotations

from tools.oci_image import Image

IN_IMAGE_ONLY = {"launch": True, "build": False, "cache": False}
KEPT = {"launch": True, "build": True, "cache": True}


def layer_types(image: Image, name: str) -> dict[str, bool]:
    (layer,) = [
        buildpack["layers"][name]
        for buildpack in image.lifecycle_metadata["buildpacks"]
        if name in buildpack["layers"]
    ]
    return {key: bool(layer.get(key)) for key in ("launch", "build", "cache")}
