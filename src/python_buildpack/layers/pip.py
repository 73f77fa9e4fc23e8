"""The layer ``pip``: the pip that the buildpack carries, or another one that the user asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import LayerState, Restored, read_layer
from python_buildpack.layers import venv
from python_buildpack.layers.changes import compare, with_format
from python_buildpack.layers.python import PythonLayer
from python_buildpack.layers.tool import ToolLayer
from python_buildpack.layers.user_site import install_wheels
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel, downloaded_wheels
from python_buildpack.system.digests import sha256_of
from python_buildpack.system.output import Output

NAME = "pip"


def inspect_pip_layer(
    layers_dir: Path,
    python: PythonLayer,
    *,
    requested_version: str | None,
    vendored: PipWheel,
    at_launch: bool,
) -> ToolLayer:
    """Return the pip that is wanted, without installing it.

    Args:
        layers_dir: this buildpack's layers.
        python: which runs pip.
        requested_version: None for the vendored pip.
        vendored: the pip that the buildpack carries; it downloads any other.
        at_launch: whether the run image gets it too.
    """
    version = requested_version or vendored.version
    state = read_layer(layers_dir, NAME)
    metadata = _metadata(version, _expected_sha256(state, version, vendored), python.series)
    layer_env = _layer_env(layers_dir, at_launch=at_launch)

    def install(layer_dir: Path, output: Output) -> Mapping[str, str]:
        wheel_sha256 = _install(layer_dir, python, version, vendored, output)
        return _metadata(version, wheel_sha256, python.series)

    return ToolLayer(
        name=NAME,
        version=version,
        metadata=metadata,
        restored=compare(state, metadata, {"pip_version": "pip", "python": "Python"}),
        executable=layers_dir / NAME / "bin" / "pip",
        environment=layer_env.apply(Scope.BUILD, python.environment),
        layer_env=layer_env,
        is_at_launch=at_launch,
        install=install,
    )


def _expected_sha256(state: LayerState, version: str, vendored: PipWheel) -> str:
    """Return the digest of the wheel that ``version`` stands for.

    Where the index would have to tell, that of the cached layer is right: a file on an index never
    changes.
    """
    if version == vendored.version:
        return vendored.sha256
    return state.metadata.get("wheel_sha256", "") if isinstance(state, Restored) else ""


def _metadata(version: str, wheel_sha256: str, series: str) -> dict[str, str]:
    return with_format({"pip_version": version, "wheel_sha256": wheel_sha256, "python": series})


def _install(
    layer_dir: Path, python: PythonLayer, version: str, vendored: PipWheel, output: Output
) -> str:
    """Install pip into ``layer_dir`` and return the SHA-256 of its wheel."""
    if version == vendored.version:
        install_wheels(layer_dir, python, (vendored.path,))
        return vendored.sha256
    requirement = f"pip=={version}"
    with downloaded_wheels(
        ("--no-deps", requirement),
        tool=requirement,
        vendored=vendored,
        python=python.executable,
        python_version=python.version,
        environment=python.environment,
        output=output,
    ) as wheels:
        wheel_sha256 = sha256_of(wheels[0])
        output.line(f"sha256 of its wheel: {wheel_sha256}")
        install_wheels(layer_dir, python, wheels)
    return wheel_sha256


def _layer_env(layers_dir: Path, *, at_launch: bool) -> LayerEnv:
    """Return the environment in which ``pip`` acts on the app's virtual environment."""
    override = ModificationBehavior.OVERRIDE
    scope = Scope.ALL if at_launch else Scope.BUILD
    return (
        LayerEnv()
        .insert(scope, override, "PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .insert(scope, override, "PIP_PYTHON", str(layers_dir / venv.NAME / "bin" / "python"))
        .insert(scope, override, "PYTHONUSERBASE", str(layers_dir / NAME))
        # The bytecode of what a later buildpack installs has no time stamps then, which would
        # differ from build to build, and be wrong after the export.
        .insert(Scope.BUILD, ModificationBehavior.DEFAULT, "SOURCE_DATE_EPOCH", "315532801")
    )
