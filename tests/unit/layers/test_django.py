from __future__ import annotations

from pathlib import Path

from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.django import write_django_layer
from tests.unit.layers.restored_layers import layer_types

ENV = LayerEnv().insert(Scope.LAUNCH, ModificationBehavior.DEFAULT, "DJANGO_SETTINGS_MODULE", "s")


def test_write_django_layer(layers_dir: Path) -> None:
    write_django_layer(Layers(layers_dir), ENV)
    files = {path for path in (layers_dir / "django").rglob("*") if path.is_file()}
    (file,) = files
    assert file == layers_dir / "django" / "env.launch" / "DJANGO_SETTINGS_MODULE.default"
    assert file.read_text() == "s"
    assert layer_types(layers_dir, "django") == {"launch"}


def test_write_django_layer_without_variables(layers_dir: Path) -> None:
    write_django_layer(Layers(layers_dir), ENV)
    write_django_layer(Layers(layers_dir), LayerEnv())
    assert list(layers_dir.iterdir()) == []
