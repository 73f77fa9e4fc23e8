"""The layer ``django``: variables that a Django app's processes need, and nothing else.

It is a layer of its own so that those of Python and of the app's dependencies stay the same where
the variables change.
"""

from __future__ import annotations

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv
from python_buildpack.cnb.layers_dir import Layer, Layers

NAME = "django"


def write_django_layer(layers: Layers, env: LayerEnv) -> None:
    """Put the variables into the image; without any, there is no layer."""
    if not env.modifications:
        layers.remove(NAME)
        return
    layers.make(NAME)
    layers.finish(Layer(NAME, env=env), LayerTypes(launch=True))
