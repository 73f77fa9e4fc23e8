"""Exit codes of ``bin/detect`` and ``bin/build``."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What an exit code tells the lifecycle.

    https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#detection
    https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#build
    """

    PASS = 0
    """The buildpack takes part in the build, or the build succeeded."""

    ERROR = 1
    """Detect or build failed: the lifecycle gives up on the buildpack or the whole build."""

    FAIL = 100
    """Only for detect: the app is not this buildpack's."""
