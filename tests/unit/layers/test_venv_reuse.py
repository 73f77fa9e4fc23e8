from __future__ import annotations

from dataclasses import replace

import pytest

from python_buildpack.cnb.layers_dir import Empty, EmptyCause, LayerState, Restored
from python_buildpack.environment.resolution import Pinning
from python_buildpack.layers.venv_record import BUILD_VARIABLES, VenvRecord
from python_buildpack.layers.venv_reuse import Rebuild, Resolve, Reuse, ReuseDecision, decide_reuse

INPUTS = {"Python": "3.12.1", "requirements.txt": "a" * 64}
LOCKED = VenvRecord(INPUTS, Pinning.LOCKED, "b" * 64, {"requests": "2.32.5"})
RESOLVED = replace(LOCKED, kind=Pinning.RESOLVED)
UNPROVEN = replace(LOCKED, kind=Pinning.UNPROVEN)
WRITES_APP = replace(LOCKED, kind=Pinning.WRITES_APP)

DIRECTORY = "it has packages from a directory or URL whose contents may have changed"
LATER = "a later buildpack"
NO_CONTENTS = "a later buildpack needs it, and the cache doesn't have it"
OTHER_FORMAT = "its metadata is of another version of this buildpack"


def in_image(record: VenvRecord, **changes: str) -> Restored:
    return Restored({**record.to_metadata(), **changes}, has_contents=False)


def in_cache(record: VenvRecord) -> Restored:
    return Restored(record.to_metadata(), has_contents=True)


def decision(
    state: LayerState,
    inputs: dict[str, str] = INPUTS,
    *,
    clean: bool = False,
    needed_by: str | None = None,
    was_made: bool = False,
) -> ReuseDecision:
    return decide_reuse(state, inputs, clean=clean, needed_by=needed_by, was_made=was_made)


def test_judge_one_that_was_not_restored() -> None:
    found = decision(Empty(EmptyCause.NOT_RESTORED), was_made=True)
    assert isinstance(found, Rebuild)
    assert found.causes[0].startswith("the platform has not restored it")
    unreadable = decision(Empty(EmptyCause.UNREADABLE), was_made=True)
    assert unreadable == Rebuild(("its metadata can't be read",))


@pytest.mark.parametrize(
    ("state", "needed_by", "expected"),
    [
        pytest.param(in_image(LOCKED), None, Reuse(LOCKED), id="locked, in the image"),
        pytest.param(in_cache(LOCKED), None, Reuse(LOCKED), id="locked, on disk"),
        pytest.param(in_cache(LOCKED), LATER, Reuse(LOCKED), id="locked, needed, on disk"),
        pytest.param(in_image(RESOLVED), None, Resolve(RESOLVED), id="resolved, in the image"),
        pytest.param(in_cache(RESOLVED), LATER, Resolve(RESOLVED), id="resolved, needed"),
    ],
)
def test_judge_reuse(state: LayerState, needed_by: str | None, expected: ReuseDecision) -> None:
    assert decision(state, needed_by=needed_by) == expected


@pytest.mark.parametrize(
    ("state", "causes"),
    [
        pytest.param(Empty(EmptyCause.NOT_RESTORED), (), id="none to judge"),
        pytest.param(Empty(EmptyCause.UNREADABLE), ("its metadata can't be read",), id="junk"),
        pytest.param(Restored({}, has_contents=True), (OTHER_FORMAT,), id="no metadata"),
        pytest.param(in_image(LOCKED, layer_format="0"), (OTHER_FORMAT,), id="other format"),
        pytest.param(in_image(LOCKED, kind="frozen"), (OTHER_FORMAT,), id="other kind"),
        pytest.param(in_image(LOCKED, resolution=""), (OTHER_FORMAT,), id="no resolution"),
        pytest.param(in_image(LOCKED, distributions="a"), (OTHER_FORMAT,), id="no versions"),
        pytest.param(in_image(UNPROVEN), (DIRECTORY,), id="unproven"),
        pytest.param(in_cache(UNPROVEN), (DIRECTORY,), id="unproven, on disk"),
        pytest.param(in_image(WRITES_APP), ("its installation writes into the app",), id="writes"),
    ],
)
def test_judge_from_nothing(state: LayerState, causes: tuple[str, ...]) -> None:
    assert decision(state) == Rebuild(causes)


@pytest.mark.parametrize(
    ("inputs", "causes"),
    [
        pytest.param({**INPUTS, "Python": "3.13.0"}, ("Python 3.12.1 → 3.13.0",), id="Python"),
        pytest.param(
            {**INPUTS, "requirements.txt": "c" * 64}, ("requirements.txt changed",), id="file"
        ),
        pytest.param({**INPUTS, "pins.txt": "c" * 64}, ("pins.txt is new",), id="new file"),
        pytest.param({"Python": "3.12.1"}, ("requirements.txt is gone",), id="file gone"),
        pytest.param(
            {"Python": "3.13.0", "PIP_PRE": "c" * 64},
            ("PIP_PRE is new", "Python 3.12.1 → 3.13.0", "requirements.txt is gone"),
            id="several",
        ),
    ],
)
@pytest.mark.parametrize("record", [LOCKED, RESOLVED], ids=["locked", "resolved"])
def test_judge_changed_inputs(
    record: VenvRecord, inputs: dict[str, str], causes: tuple[str, ...]
) -> None:
    assert decision(in_image(record), inputs) == Rebuild(causes)


def test_judge_names_every_cause() -> None:
    state, inputs = in_image(UNPROVEN), {**INPUTS, "Python": "3.13.0"}
    assert decision(state, inputs, needed_by=LATER) == Rebuild(
        ("Python 3.12.1 → 3.13.0", DIRECTORY, NO_CONTENTS)
    )


@pytest.mark.parametrize("record", [LOCKED, RESOLVED], ids=["locked", "resolved"])
def test_judge_needed_but_in_the_image_only(record: VenvRecord) -> None:
    assert decision(in_image(record), needed_by=LATER) == Rebuild((NO_CONTENTS,))


@pytest.mark.parametrize(
    "state", [Empty(EmptyCause.NOT_RESTORED), in_cache(LOCKED), in_image(UNPROVEN)]
)
def test_judge_clean(state: LayerState) -> None:
    assert decision(state, {}, clean=True) == Rebuild(("BP_CLEAN_BUILD is set",))


@pytest.mark.parametrize(
    ("built_with", "expected"),
    [
        pytest.param({}, Reuse(LOCKED), id="nothing was built"),
        pytest.param(
            {BUILD_VARIABLES: "old"}, Rebuild(("environment variables changed",)), id="built"
        ),
    ],
)
def test_judge_variables_that_only_a_build_reads(
    built_with: dict[str, str], expected: ReuseDecision
) -> None:
    state = in_image(replace(LOCKED, inputs={**INPUTS, **built_with}))
    assert decision(state, {**INPUTS, BUILD_VARIABLES: "new"}) == expected
