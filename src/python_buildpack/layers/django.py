"""The layer ``django``: variables that a Django app's processes need, and nothing else.

It is a layer of its own so that those of Python and of the app's dependencies stay the same where
the variables change.
"""

from __future__ import annotations

from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv
from python_buildpack.cnb.layers_dir import empty_layer, remove_layer, write_layer

NAME = "django"


def write_django_layer(layers_dir: Path, env: LayerEnv) -> None:
    """Put the variables into the image; without any, there is no layer."""
    if not env.modifications:
        remove_layer(layers_dir, NAME)
        return
    empty_layer(layers_dir, NAME)
    write_layer(layers_dir, NAME, LayerTypes(launch=True), {}, env)
