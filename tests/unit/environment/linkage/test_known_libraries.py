from __future__ import annotations

import pytest

from python_buildpack.environment.linkage.check import (
    is_optional,
    is_provided_at_run_time,
)


@pytest.mark.parametrize(
    "library",
    [
        *("libpython3.13.so.1.0", "libpython3.so", "libcuda.so.1", "libnvidia-ml.so.1"),
        *("libnccl.so.2", "libcudart.so.12", "libcublasLt.so.12", "libnvrtc.so.12"),
        *("libamdhip64.so.6", "librocblas.so.4", "libOpenCL.so.1"),
    ],
)
def test_is_provided_at_run_time(library: str) -> None:
    assert is_provided_at_run_time(library)


@pytest.mark.parametrize("library", ["libGL.so.1", "libgomp.so.1", "librocksdb.so.8", "libc.so.6"])
def test_is_provided_at_run_time_by_the_image(library: str) -> None:
    assert not is_provided_at_run_time(library)


@pytest.mark.parametrize(
    ("library", "distribution", "expected"),
    [
        ("libtbb.so.12", "numba", True),
        ("libgomp.so.1.0.0", "numba", True),
        ("libavutil.so.56", "torchaudio", True),
        ("libgomp.so.1", "lightgbm", False),
        ("libGL.so.1", "numba", False),
        ("libtbb.so.12", None, False),
    ],
)
def test_is_optional(library: str, distribution: str | None, expected: bool) -> None:
    assert is_optional(library, distribution) is expected
