"""The layer ``pip``: a user-site install of pip, for the build only.

Not in Python's layer, where it could not be left out of the run image, and a new pip would change
a layer that has nothing to do with it. Not on PYTHONPATH, whose directories come before the
standard library: user site-packages come after it, and nobody else needs them, since the app's
dependencies live in a virtual environment.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import (
    LayerState,
    Restored,
    new_layer,
    read_layer,
    remove_layer,
    write_layer,
)
from python_buildpack.command import check_command
from python_buildpack.layers import venv
from python_buildpack.layers.bytecode import BytecodeCompiler, source_files
from python_buildpack.layers.changes import Comparison, compare, with_format
from python_buildpack.layers.python import PythonLayer
from python_buildpack.output import Output
from python_buildpack.pip_wheel import PipWheel, download_pip

NAME = "pip"


@dataclass(frozen=True)
class PipLayer:
    """A pip: the one that this build is to use, on disk or not yet.

    Attributes:
        version: of pip.
        vendored: the pip that the buildpack carries; it installs any other.
        metadata: of the layer; without the digest of a wheel that isn't known yet.
        restored: how it compares with the one of the last build.
        executable: the script ``pip``.
        environment: in which pip finds itself and the virtual environment.
        is_at_launch: whether the run image gets it too.
    """

    version: str
    vendored: PipWheel
    metadata: Mapping[str, str]
    restored: Comparison
    executable: Path
    environment: Mapping[str, str]
    is_at_launch: bool


def inspect_pip_layer(
    layers_dir: Path,
    python: PythonLayer,
    *,
    requested_version: str | None,
    vendored: PipWheel,
    at_launch: bool,
) -> PipLayer:
    """Return the pip that is wanted, without installing it.

    Args:
        layers_dir: this buildpack's layers.
        python: which runs pip.
        requested_version: None for the vendored pip.
        vendored: the pip that the buildpack carries.
        at_launch: whether the run image gets it too.
    """
    version = requested_version or vendored.version
    state = read_layer(layers_dir, NAME)
    metadata = _metadata(version, _expected_sha256(state, version, vendored), python.series)
    return PipLayer(
        version=version,
        vendored=vendored,
        metadata=metadata,
        restored=compare(state, metadata, {"pip_version": "pip", "python": "Python"}),
        executable=layers_dir / NAME / "bin" / "pip",
        environment=_layer_env(layers_dir, at_launch=at_launch).apply(
            Scope.BUILD, python.environment
        ),
        is_at_launch=at_launch,
    )


@contextmanager
def provided_pip(
    layers_dir: Path,
    pip: PipLayer,
    python: PythonLayer,
    *,
    compiler: BytecodeCompiler,
    output: Output,
) -> Iterator[PipLayer]:
    """Install pip into its layer, unless the cache had the same.

    The block gets the pip that is there. Where the block fails, one that was installed for it is
    removed again.

    Raises:
        BuildpackError: the requested pip can't be downloaded.
        CommandFailedError: the vendored pip could not install it.
    """
    if pip.restored.is_ready:
        output.line(f"Reusing pip {pip.version} from the cache")
        yield pip
        return
    for cause in pip.restored.causes:
        output.line(f"Not reusing the pip of the last build: {cause}")
    with new_layer(layers_dir, NAME) as layer_dir:
        with output.timed(f"Installing pip {pip.version}"):
            wheel_sha256 = _install(layer_dir, python, pip, output)
            compiler.submit(source_files(layer_dir))
        metadata = _metadata(pip.version, wheel_sha256, python.series)
        yield replace(pip, metadata=metadata)


def finish_pip_layer(layers_dir: Path, pip: PipLayer, *, sealed: bool) -> None:
    """Declare pip's layer, which is on disk; ``sealed`` where a later buildpack may change it."""
    types = LayerTypes(launch=pip.is_at_launch, build=True, cache=True)
    layer_env = _layer_env(layers_dir, at_launch=pip.is_at_launch)
    write_layer(layers_dir, NAME, types, pip.metadata, layer_env, sealed=sealed)


def keep_pip_layer(layers_dir: Path, pip: PipLayer, output: Output) -> None:
    """Keep pip for the next build, in a build that doesn't need it.

    One that is out of date is left out: it is made again when somebody needs it.
    """
    if pip.restored.is_ready:
        finish_pip_layer(layers_dir, pip, sealed=False)
        return
    remove_layer(layers_dir, NAME)
    for cause in pip.restored.causes:
        output.line(f"pip is left out of the cache: {cause}")


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


def _install(layer_dir: Path, python: PythonLayer, pip: PipLayer, output: Output) -> str:
    """Install pip into ``layer_dir`` and return the SHA-256 of its wheel."""
    if pip.version == pip.vendored.version:
        _install_wheel(layer_dir, python, pip.vendored, pip.vendored)
        return pip.vendored.sha256
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        wheel = download_pip(
            pip.version,
            Path(temporary),
            vendored=pip.vendored,
            python=python.executable,
            python_version=python.version,
            environment=python.environment,
            output=output,
        )
        output.line(f"sha256 of its wheel: {wheel.sha256}")
        _install_wheel(layer_dir, python, wheel, pip.vendored)
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
        # The bytecode of what a later buildpack installs has no time stamps then, which would
        # differ from build to build, and be wrong after the export.
        .insert(Scope.BUILD, ModificationBehavior.DEFAULT, "SOURCE_DATE_EPOCH", "315532801")
    )
