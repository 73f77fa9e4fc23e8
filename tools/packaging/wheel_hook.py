"""Hatchling's hook for the wheel of ``python-buildpack explain``: the data that its code reads.

https://hatch.pypa.io/latest/plugins/build-hook/custom/
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found]
    BuildHookInterface,
)


class DataHook(BuildHookInterface):  # type: ignore[misc]
    """Adds the data beside the package's modules."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Write the data to a directory that lasts as long as the hook."""
        sys.path.insert(0, self.root)
        from tools.packaging.data import write_data

        self._temporary = tempfile.TemporaryDirectory(prefix="python-buildpack-data-")
        data = Path(self._temporary.name, "buildpack")
        write_data(Path(self.root), data)
        build_data["force_include"][str(data)] = "python_buildpack/buildpack"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove it."""
        self._temporary.cleanup()
