"""An app that names no Python gets the one that its pinned dependencies have wheels for."""

from __future__ import annotations

import pytest

from tests.distributions import Distribution
from tests.integration.indexed_workspace import IndexedWorkspace
from tools.oci_image import Image

NEWEST_AND_NEXT = 2


class BinaryDistribution(Distribution):
    """One whose wheel is for one X.Y alone, by its name: the contents are as ever."""

    @property
    def wheel_name(self) -> str:
        """The wheel's file name."""
        series = self.files["series.txt"].replace(".", "")
        return f"{self.name}-{self.version}-cp{series}-cp{series}-manylinux2014_x86_64.whl"


def series_of(version: str) -> str:
    return version.rpartition(".")[0]


@pytest.mark.skipif("platform.machine() != 'x86_64'", reason="its wheel is for x86_64")
def test_python_that_wheels_are_for(indexed: IndexedWorkspace) -> None:
    newest, older = indexed.runtimes.versions[:NEWEST_AND_NEXT]
    fast = BinaryDistribution("fast", "1.0", {"series.txt": series_of(older), "fast.py": ""})
    indexed.index.uploads = ()
    indexed.index.upload(fast)
    files = {"requirements.txt": "fast==1.0\n", "app.py": ""}
    indexed.remove("app")
    first = indexed.build(files)
    reason = f"since fast 1.0 has no wheel for {series_of(newest)} or newer; to choose another"
    assert f"\n  Using Python {older}, {reason}, set .python-version or BP_" in first.log
    assert python_of(first.require_image()) == older
    again = indexed.build(files)
    assert f"\n  Using Python {older}, as in the last build" in again.log
    failed = indexed.build_from_nothing({**files, ".python-version": series_of(newest)})
    assert f"\n  Using Python {newest}, from .python-version" in failed.log
    unfit = f"for Python {series_of(newest)}, or don't support it:\n      fast 1.0\n"
    assert unfit in failed.log, failed.log
    advice = f"  Python {series_of(older)} fits all pins: write {series_of(older)} to"
    assert advice in failed.log, failed.log


def python_of(image: Image) -> str:
    return image.labels["io.github.python-buildpack.python-version"]
