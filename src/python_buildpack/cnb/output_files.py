"""Reading and writing the documents of a build that are one file each for the whole buildpack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from python_buildpack.cnb.buildpack_plan import BuildpackPlan, parse_buildpack_plan
from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.launch import Launch
from python_buildpack.cnb.store import parse_store, store_toml


def write_launch(layers_dir: Path, launch: Launch) -> None:
    """Write ``launch.toml``."""
    _write(layers_dir / "launch.toml", launch.to_toml())


def write_store(layers_dir: Path, metadata: Mapping[str, str]) -> None:
    """Write ``store.toml``."""
    _write(layers_dir / "store.toml", store_toml(metadata))


def read_store(layers_dir: Path) -> dict[str, str]:
    """Return what an earlier build remembered: nothing, where that is missing or damaged."""
    path = layers_dir / "store.toml"
    try:
        return parse_store(_read(path), str(path))
    except InvalidDocumentError:
        return {}


def read_buildpack_plan(path: Path) -> BuildpackPlan:
    """Read what the buildpacks of the group want from this one.

    Raises:
        InvalidDocumentError: the file can't be read, or isn't a buildpack plan.
    """
    return parse_buildpack_plan(_read(path), str(path))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InvalidDocumentError(str(path), f"can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidDocumentError(str(path), "not UTF-8 text") from error


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
