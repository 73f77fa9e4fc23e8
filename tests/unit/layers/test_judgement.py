from __future__ import annotations

import pytest

from python_buildpack.cnb.layers_dir import NOT_RESTORED, UNREADABLE, LayerState, Restored
from python_buildpack.layers.judgement import (
    IN_IMAGE,
    LAYER_FORMAT,
    ON_DISK,
    Same,
    judge,
    with_format,
)

NAMES = {"pip_version": "pip", "python": "Python"}
WANTED = with_format({"pip_version": "26.3", "python": "3.13", "wheel_sha256": "b"})


def restored(has_contents: bool = True, **metadata: str) -> Restored:
    return Restored({**WANTED, **metadata}, has_contents)


def test_with_format() -> None:
    assert with_format({"a": "b"}) == {"a": "b", "layer_format": LAYER_FORMAT}


@pytest.mark.parametrize(
    ("state", "causes"),
    [
        pytest.param(restored(pip_version="26.2"), ("pip 26.2 → 26.3",), id="one"),
        pytest.param(
            restored(pip_version="26.2", python="3.12", wheel_sha256="a"),
            ("pip 26.2 → 26.3", "Python 3.12 → 3.13"),
            id="all-of-them",
        ),
        pytest.param(restored(wheel_sha256="a"), ("wheel sha256 changed",), id="unnamed-alone"),
        pytest.param(
            restored(wheel_sha256="a", python="3.12"), ("Python 3.12 → 3.13",), id="unnamed-too"
        ),
        pytest.param(restored(other="x"), ("other changed",), id="another-key"),
        pytest.param(
            Restored({"layer_format": LAYER_FORMAT, "wheel_sha256": "b"}, has_contents=True),
            ("pip none → 26.3", "Python none → 3.13"),
            id="missing-keys",
        ),
        pytest.param(
            restored(layer_format="0", pip_version="26.2"),
            ("it was built by another version of this buildpack",),
            id="format",
        ),
        pytest.param(
            Restored({}, has_contents=True),
            ("it was built by another version of this buildpack",),
            id="no-metadata",
        ),
        pytest.param(UNREADABLE, ("its metadata can't be read",), id="unreadable"),
        pytest.param(NOT_RESTORED, (), id="first-build"),
    ],
)
def test_judge_another_layer(state: LayerState, causes: tuple[str, ...]) -> None:
    judgement = judge(state, WANTED, NAMES)
    assert judgement.causes == causes
    assert not isinstance(judgement, Same)


@pytest.mark.parametrize("has_contents", [True, False])
def test_judge_the_same_layer(has_contents: bool) -> None:
    judgement = judge(restored(has_contents), WANTED, NAMES)
    assert judgement == (ON_DISK if has_contents else IN_IMAGE)
    assert judgement.causes == ()
