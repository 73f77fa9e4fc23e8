from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.cnb.layers_dir import (
    NOT_RESTORED,
    UNREADABLE,
    Layer,
    Layers,
    LayerState,
    Restored,
)
from python_buildpack.environment.resolution import Pinning
from python_buildpack.layers.judgement import IN_IMAGE, ON_DISK, Changed, Judgement
from python_buildpack.layers.plan import Action, Plan, Step, Wanted, plan_layers
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.tools import Tool
from python_buildpack.layers.venv_record import BUILD_VARIABLES, VenvRecord
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel
from python_buildpack.python_version.inventory import Artifact

INPUTS = {"Python": "3.12.1", "requirements.txt": "a" * 64}
LOCKED = VenvRecord(INPUTS, Pinning.LOCKED, "b" * 64, {"requests": "2.32.5"})
RESOLVED = replace(LOCKED, kind=Pinning.RESOLVED)
UNPROVEN = replace(LOCKED, kind=Pinning.UNPROVEN)
WRITES_APP = replace(LOCKED, kind=Pinning.WRITES_APP)

DIRECTORY = "it has packages from a directory or URL whose contents may have changed"
NO_CONTENTS = "a later buildpack needs it, but it isn't cached"
OTHER_FORMAT = "it was built by another version of this buildpack"


def in_image(record: VenvRecord, **changes: str) -> Restored:
    return Restored({**record.to_metadata(), **changes}, has_contents=False)


def in_cache(record: VenvRecord) -> Restored:
    return Restored(record.to_metadata(), has_contents=True)


REUSE, RESOLVE = Step(Action.REUSE), Step(Action.RESOLVE)


def make(*causes: str) -> Step:
    return Step(Action.MAKE, causes)


def wanted_of(inputs: dict[str, str]) -> Wanted:
    return Wanted(inputs, clean=False, was_made=False, later_buildpack=False, post_install=None)


def plan(
    state: LayerState,
    inputs: dict[str, str] = INPUTS,
    *,
    clean: bool = False,
    later_buildpack: bool = False,
    was_made: bool = False,
) -> Plan:
    wanted = replace(
        wanted_of(inputs), clean=clean, later_buildpack=later_buildpack, was_made=was_made
    )
    return plan_layers(wanted, ON_DISK, NOT_RESTORED, (), state, {})


def test_plan_of_one_that_was_not_restored() -> None:
    step = plan(NOT_RESTORED, was_made=True).venv
    assert step.action is Action.MAKE
    assert step.causes[0].startswith("the platform didn't restore it")
    unreadable = plan(UNREADABLE, was_made=True).venv
    assert unreadable == make("its metadata can't be read")


@pytest.mark.parametrize(
    ("state", "later_buildpack", "expected", "record"),
    [
        pytest.param(in_image(LOCKED), False, REUSE, LOCKED, id="locked, in the image"),
        pytest.param(in_cache(LOCKED), False, REUSE, LOCKED, id="locked, on disk"),
        pytest.param(in_cache(LOCKED), True, REUSE, LOCKED, id="locked, needed, on disk"),
        pytest.param(in_image(RESOLVED), False, RESOLVE, RESOLVED, id="resolved, in the image"),
        pytest.param(in_cache(RESOLVED), True, RESOLVE, RESOLVED, id="resolved, needed"),
    ],
)
def test_plan_to_reuse(
    state: LayerState, later_buildpack: bool, expected: Step, record: VenvRecord
) -> None:
    found = plan(state, later_buildpack=later_buildpack)
    assert (found.venv, found.record) == (expected, record)


@pytest.mark.parametrize(
    ("state", "causes"),
    [
        pytest.param(NOT_RESTORED, (), id="none to judge"),
        pytest.param(UNREADABLE, ("its metadata can't be read",), id="junk"),
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
def test_plan_from_nothing(state: LayerState, causes: tuple[str, ...]) -> None:
    found = plan(state)
    assert (found.venv, found.record) == (make(*causes), None)


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
def test_plan_changed_inputs(
    record: VenvRecord, inputs: dict[str, str], causes: tuple[str, ...]
) -> None:
    assert plan(in_image(record), inputs).venv == make(*causes)


def test_plan_names_every_cause() -> None:
    state, inputs = in_image(UNPROVEN), {**INPUTS, "Python": "3.13.0"}
    step = plan(state, inputs, later_buildpack=True).venv
    assert step == make("Python 3.12.1 → 3.13.0", DIRECTORY, NO_CONTENTS)


@pytest.mark.parametrize("record", [LOCKED, RESOLVED], ids=["locked", "resolved"])
def test_plan_needed_but_in_the_image_only(record: VenvRecord) -> None:
    assert plan(in_image(record), later_buildpack=True).venv == make(NO_CONTENTS)


@pytest.mark.parametrize("state", [NOT_RESTORED, in_cache(LOCKED), in_image(UNPROVEN)])
def test_plan_clean(state: LayerState) -> None:
    assert plan(state, {}, clean=True).venv == make("BP_CLEAN_BUILD is set")


@pytest.mark.parametrize(
    ("built_with", "expected"),
    [
        pytest.param({}, REUSE, id="nothing was built"),
        pytest.param({BUILD_VARIABLES: "old"}, make("environment variables changed"), id="built"),
    ],
)
def test_plan_variables_that_only_a_build_reads(built_with: dict[str, str], expected: Step) -> None:
    state = in_image(replace(LOCKED, inputs={**INPUTS, **built_with}))
    assert plan(state, {**INPUTS, BUILD_VARIABLES: "new"}).venv == expected


LOST = Changed(("Python 3.12.1 → 3.13.0",))


@pytest.fixture
def python(tmp_path: Path) -> PythonLayer:
    artifact = Artifact(Version("3.13.0"), "linux", "amd64", "file:///f", "0" * 64)
    return inspect_python_layer(Layers(tmp_path), artifact, {})


def tool_of(python: PythonLayer, restored: Judgement, *, at_launch: bool = False) -> Tool:
    pip = PipWheel(Path("pip.whl"), "26.3", "0" * 64)
    return Tool(Layer("pip"), Path("pip"), "26.3", restored, python, pip, is_at_launch=at_launch)


@pytest.mark.parametrize(
    ("restored", "post_install", "expected"),
    [
        pytest.param(ON_DISK, None, Step(Action.KEEP), id="nobody needs it"),
        pytest.param(IN_IMAGE, None, Step(Action.KEEP), id="in the image"),
        pytest.param(ON_DISK, "collectstatic", REUSE, id="needed, on disk"),
        pytest.param(IN_IMAGE, "collectstatic", make(), id="needed, in the image"),
        pytest.param(LOST, None, make(*LOST.causes), id="another"),
        pytest.param(NOT_RESTORED, None, make(), id="none"),
    ],
)
def test_plan_of_python_where_the_environment_is_reused(
    restored: Judgement, post_install: str | None, expected: Step
) -> None:
    wanted = replace(wanted_of(INPUTS), post_install=post_install)
    assert plan_layers(wanted, restored, NOT_RESTORED, (), in_cache(LOCKED), {}).python == expected


@pytest.mark.parametrize(
    ("needed", "restored", "expected"),
    [
        pytest.param(True, IN_IMAGE, Step(Action.KEEP), id="needed, in the image"),
        pytest.param(True, NOT_RESTORED, make(), id="needed, none"),
        pytest.param(False, NOT_RESTORED, Step(Action.KEEP), id="not needed"),
    ],
)
def test_plan_of_python_by_its_library(needed: bool, restored: Judgement, expected: Step) -> None:
    state = in_image(replace(LOCKED, needs_libpython=needed))
    assert plan_layers(wanted_of(INPUTS), IN_IMAGE, restored, (), state, {}).python == expected


@pytest.mark.parametrize("state", [in_image(RESOLVED), NOT_RESTORED], ids=["resolved", "none"])
@pytest.mark.parametrize(
    ("restored", "expected"), [(ON_DISK, REUSE), (IN_IMAGE, make()), (LOST, make(*LOST.causes))]
)
def test_plan_of_what_installs(
    python: PythonLayer, state: LayerState, restored: Judgement, expected: Step
) -> None:
    found = plan_layers(
        wanted_of(INPUTS), restored, NOT_RESTORED, [tool_of(python, restored)], state, {}
    )
    assert (found.python, found.tools) == (expected, (expected,))


@pytest.mark.parametrize(
    ("restored", "at_launch", "tool", "runtime"),
    [
        pytest.param(ON_DISK, False, Action.LEAVE_OUT, Action.KEEP, id="nobody needs it"),
        pytest.param(ON_DISK, True, Action.KEEP, Action.KEEP, id="at launch"),
        pytest.param(LOST, True, Action.MAKE, Action.REUSE, id="at launch, another"),
    ],
)
def test_plan_of_tools_where_the_environment_is_reused(
    python: PythonLayer, restored: Judgement, at_launch: bool, tool: Action, runtime: Action
) -> None:
    tools = [tool_of(python, restored, at_launch=at_launch)]
    found = plan_layers(wanted_of(INPUTS), ON_DISK, NOT_RESTORED, tools, in_image(LOCKED), {})
    assert ([step.action for step in found.tools], found.python.action) == ([tool], runtime)
