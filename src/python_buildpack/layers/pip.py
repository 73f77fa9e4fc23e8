"""The layer ``pip``: a user-site install of pip, for the build only.

Not in Python's layer, where it could not be left out of the run image, and a new pip would change
a layer that has nothing to do with it. Not on PYTHONPATH, whose directories come before the
standard library: user site-packages come after it, and nobody else needs them, since the app's
dependencies live in a virtual environment.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import (
    LayerState,
    Restored,
    new_layer,
    read_layer,
    write_layer,
)
from python_buildpack.command import check_command
from python_buildpack.layers import venv
from python_buildpack.layers.bytecode import compile_directory
from python_buildpack.layers.changes import changes, with_format
from python_buildpack.layers.python import PythonLayer
from python_buildpack.output import Output
from python_buildpack.pip_wheel import PipWheel, download_pip

NAME = "pip"


@dataclass(frozen=True)
class PipLayer:
    """A pip that is ready for use, and acts on the app's virtual environment.

    Attributes:
        version: of pip.
        executable: the script ``pip``.
        environment: in which pip finds itself and the virtual environment.
    """

    version: str
    executable: Path
    environment: Mapping[str, str]


def contribute_pip_layer(
    layers_dir: Path,
    python: PythonLayer,
    *,
    requested_version: str | None,
    vendored: PipWheel,
    at_launch: bool,
    output: Output,
) -> PipLayer:
    """Make pip's layer, unless the one that was restored is the same.

    Args:
        layers_dir: this buildpack's layers.
        python: which runs pip.
        requested_version: None for the vendored pip.
        vendored: the pip that the buildpack carries; it installs any other.
        at_launch: whether the run image gets it too.
        output: the log.

    Raises:
        BuildpackError: the requested pip can't be downloaded.
        CommandFailedError: the vendored pip could not install it.
    """
    layer_dir = layers_dir / NAME
    version = requested_version or vendored.version
    state = read_layer(layers_dir, NAME)
    sha256 = _expected_sha256(state, version, vendored)
    metadata = _metadata(version, sha256, python.series)
    causes = changes(state, metadata, {"pip_version": "pip", "python": "Python"})
    if causes == ():
        output.line(f"Reusing pip {version} from the cache")
    else:
        for cause in causes or ():
            output.line(f"Not reusing the cached pip: {cause}")
        with new_layer(layers_dir, NAME), output.timed(f"Installing pip {version}"):
            wheel_sha256 = _install(layer_dir, python, version, vendored, output)
        metadata = _metadata(version, wheel_sha256, python.series)
    layer_env = _layer_env(layers_dir, at_launch=at_launch)
    types = LayerTypes(launch=at_launch, build=True, cache=True)
    write_layer(layers_dir, NAME, types, metadata, layer_env)
    return PipLayer(
        version, layer_dir / "bin" / "pip", layer_env.apply(Scope.BUILD, python.environment)
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
        _install_wheel(layer_dir, python, vendored, vendored)
        return vendored.sha256
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        wheel = download_pip(
            version,
            Path(temporary),
            vendored=vendored,
            python=python.executable,
            python_version=python.series,
            environment=python.environment,
            output=output,
        )
        output.line(f"sha256 of its wheel: {wheel.sha256}")
        _install_wheel(layer_dir, python, wheel, vendored)
        return wheel.sha256


def _install_wheel(
    layer_dir: Path, python: PythonLayer, wheel: PipWheel, vendored: PipWheel
) -> None:
    # The vendored pip installs the other one too: an old pip may not know all these options.
    check_command(
        [
            python.executable,
            vendored.path / "pip",
            "install",
            # By name, not by path: a path would be recorded in direct_url.json.
            *("--user", "--no-index", "--find-links", wheel.path.parent, f"pip=={wheel.version}"),
            *("--ignore-installed", "--no-deps", "--no-compile", "--no-cache-dir"),
            *("--no-warn-script-location", "--disable-pip-version-check", "--quiet"),
        ],
        environment=_isolated(python.environment, layer_dir),
        working_dir=layer_dir,
    )
    compile_directory(layer_dir / "lib", python=python.executable)


def _isolated(environment: Mapping[str, str], user_base: Path) -> dict[str, str]:
    """Return ``environment`` without anything that could redirect or break a user install."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("PIP_", "PYTHON", "VIRTUAL_ENV"))
    }
    return {
        **kept,
        # No configuration file at all, not even the system's.
        # https://pip.pypa.io/en/stable/topics/configuration/#pip-config-file
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUSERBASE": str(user_base),
    }


def _layer_env(layers_dir: Path, *, at_launch: bool) -> LayerEnv:
    """Return the environment in which ``pip`` acts on the app's virtual environment."""
    override = ModificationBehavior.OVERRIDE
    scope = Scope.ALL if at_launch else Scope.BUILD
    return (
        LayerEnv()
        .insert(scope, override, "PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .insert(scope, override, "PIP_PYTHON", str(layers_dir / venv.NAME / "bin" / "python"))
        .insert(scope, override, "PYTHONUSERBASE", str(layers_dir / NAME))
    )
