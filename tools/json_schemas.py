"""Schemas of files that services and Kubernetes read, out of the packages that have them."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from tools.environment import locked
from tools.errors import ToolError
from tools.go_toolchain import GoModule, ensure_go, publish
from tools.pinned_wheels import ensure_wheels

KPACK = GoModule(
    path="github.com/pivotal/kpack",
    version="v0.17.2",
    checksum="h1:/Mrp89M79LjU35vsUBoZSWpHDCH2UxSvLAxirIvxeOs=",
)
TEKTON = GoModule(
    path="github.com/tektoncd/pipeline",
    version="v1.6.0",
    checksum="h1:A+D+jzOVl2QNl/yiNT7csVgBUy2wpz6K6+/D4q5lfss=",
)
SHIPWRIGHT = GoModule(
    path="github.com/shipwright-io/build",
    version="v0.20.13",
    checksum="h1:uwWBU6frVvmNa5++uFSRnFbCSdFEoB+gusVLQe5JIuI=",
)


def read_schema(root: Path, name: str) -> dict[str, Any]:
    """Return a schema that check-jsonschema carries, such as ``gitlab-ci``.

    Args:
        root: the checkout; the wheel is downloaded into its cache on first use.

    Raises:
        ToolError: there is no such schema, or the wheel can't be downloaded.
    """
    (wheel,) = ensure_wheels(root, root / "requirements" / "schemas.txt")
    member = f"check_jsonschema/builtin_schemas/vendor/{name}.json"
    with zipfile.ZipFile(wheel) as archive:
        if member not in archive.namelist():
            raise ToolError(f"{wheel.name} has no schema {name}.")
        schema: dict[str, Any] = json.loads(archive.read(member))
    return schema


def module_directory(root: Path, module: GoModule, directory: str) -> Path:
    """Return a copy of a directory of a Go module, downloaded into the checkout's cache on first use.

    Raises:
        ToolError: Go or the module can't be downloaded.
    """
    cache_dir = root / ".cache"
    name = f"{module.path.rpartition('/')[2]}-{module.version}-{directory.replace('/', '-')}"
    destination = cache_dir / "schemas" / name
    with locked(cache_dir / "schemas.lock"):
        if not destination.is_dir():
            destination.parent.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=destination.parent) as staging:
                found = ensure_go(cache_dir).download(module, Path(staging))
                shutil.copytree(found.directory / directory, Path(staging) / name)
                publish(Path(staging) / name, destination)
    return destination
