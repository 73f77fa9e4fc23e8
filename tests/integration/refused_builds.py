"""Builds by bin/build alone that end in a message."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from tests.integration.direct_build import DirectBuild
from tests.integration.failed_builds import assert_message


def prepared_build(
    direct: DirectBuild, files: Mapping[str, str | bytes], layers: Path | None = None
) -> DirectBuild:
    """Return a build of ``files`` that has everything in place; ``layers`` are left by another."""
    build = replace(direct, files=files)
    build.prepare(layers)
    return build


def assert_refused(
    build: DirectBuild,
    env: Mapping[str, str] | None,
    heading: str,
    *mentioned: str,
    complete: Collection[str] = (),
) -> str:
    """Build, and fail unless that ends in this message, and leaves no more than is complete.

    Args:
        build: is prepared.
        env: further variables.
        heading: the beginning of the error's.
        mentioned: texts of the message.
        complete: the layers that may stay: the platform throws them away with the container.

    Returns:
        The log.
    """
    result = build.run(env)
    assert result.returncode == 1, result.stdout
    assert_message(result.stdout, heading, *mentioned)
    left = {path.name for path in build.layers_dir.iterdir()}
    layers = {name for name in left if (build.layers_dir / name).is_dir()}
    assert layers <= set(complete), sorted(layers)
    assert {name.partition(".")[0] for name in left} <= set(complete), sorted(left)
    assert list(build.temporary_dir.iterdir()) == []
    return result.stdout
