"""Which files of an index pins alone make pip take again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.utils import canonicalize_name

from python_buildpack.environment.resolution import ResolvedDistribution
from python_buildpack.package_managers.pip.pins import taken_again
from python_buildpack.package_managers.pip.requirements_tree import parse_requirement_closure

SHA, OTHER = "a" * 64, "b" * 64
NUMPY = ResolvedDistribution(
    canonicalize_name("numpy"),
    "2.1.0",
    "numpy-2.1.0-cp313-cp313-linux_x86_64.whl",
    (f"sha256:{SHA}",),
)


def again(
    text: str, known: ResolvedDistribution = NUMPY
) -> tuple[ResolvedDistribution, ...] | None:
    return taken_again(parse_requirement_closure(text, "requirements.txt"), [known], "3.13.1")


@pytest.mark.parametrize(
    "text",
    [
        "numpy==2.1.0",
        "NumPy===2.1.0",
        f"numpy==2.1.0 --hash=sha256:{OTHER} --hash=sha256:{SHA}",
        "numpy==2.1.0 ; python_version == '3.13'",
        "numpy==2.1.0 ; python_version == '3.13'\nnumpy==1.26.0 ; python_version < '3.13'",
    ],
)
def test_pinned(text: str) -> None:
    assert again(text) == (replace(NUMPY, is_requested=True),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "numpy",
        "numpy>=2.1.0",
        "numpy==2.1.*",
        "numpy==2.1.0 ; python_version < '3.13'",
    ],
)
def test_not_pinned(text: str) -> None:
    assert again(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "numpy==2.1.1",
        f"numpy==2.1.0 --hash=sha256:{OTHER}",
        f"numpy==2.1.0 --hash=sha512:{SHA}",
        "numpy==2.1.0\nnumpy==2.1.1",
        f"numpy @ https://index.example/{NUMPY.filename}#sha256={SHA}",
    ],
)
def test_pinned_to_another_file(text: str) -> None:
    assert again(text) == ()


def test_of_a_url() -> None:
    assert again("numpy==2.1.0", replace(NUMPY, is_direct=True)) == ()
