from __future__ import annotations

import pytest

from python_buildpack.cnb.layer_env import (
    LayerEnv,
    ModificationBehavior,
    Scope,
)

APPEND = ModificationBehavior.APPEND
DEFAULT = ModificationBehavior.DEFAULT
DELIMITER = ModificationBehavior.DELIMITER
OVERRIDE = ModificationBehavior.OVERRIDE
PREPEND = ModificationBehavior.PREPEND


@pytest.mark.parametrize(
    ("behavior", "current", "expected"),
    [
        pytest.param(OVERRIDE, "old", "new", id="override"),
        pytest.param(OVERRIDE, None, "new", id="override-unset"),
        pytest.param(DEFAULT, "old", "old", id="default"),
        pytest.param(DEFAULT, "", "new", id="default-empty"),
        pytest.param(DEFAULT, None, "new", id="default-unset"),
        pytest.param(APPEND, "old", "oldnew", id="append"),
        pytest.param(APPEND, "", "new", id="append-empty"),
        pytest.param(APPEND, None, "new", id="append-unset"),
        pytest.param(PREPEND, "old", "newold", id="prepend"),
        pytest.param(PREPEND, "", "new", id="prepend-empty"),
        pytest.param(PREPEND, None, "new", id="prepend-unset"),
    ],
)
def test_apply_behavior(behavior: ModificationBehavior, current: str | None, expected: str) -> None:
    environment = {"OTHER": "x"} if current is None else {"OTHER": "x", "NAME": current}
    layer_env = LayerEnv().insert(Scope.ALL, behavior, "NAME", "new")
    assert layer_env.apply(Scope.ALL, environment) == {"OTHER": "x", "NAME": expected}


@pytest.mark.parametrize(
    ("behavior", "current", "expected"),
    [
        pytest.param(APPEND, "old", "old:new", id="append"),
        pytest.param(APPEND, None, "new", id="append-unset"),
        pytest.param(PREPEND, "old", "new:old", id="prepend"),
        pytest.param(PREPEND, "", "new", id="prepend-empty"),
    ],
)
def test_apply_delimiter(
    behavior: ModificationBehavior, current: str | None, expected: str
) -> None:
    environment = {} if current is None else {"NAME": current}
    layer_env = (
        LayerEnv()
        .insert(Scope.ALL, behavior, "NAME", "new")
        .insert(Scope.ALL, DELIMITER, "NAME", ":")
    )
    assert layer_env.apply(Scope.ALL, environment) == {"NAME": expected}


def test_apply_delimiter_counts_in_its_own_scope_only() -> None:
    layer_env = (
        LayerEnv()
        .insert(Scope.ALL, DELIMITER, "NAME", ":")
        .insert(Scope.BUILD, APPEND, "NAME", "new")
    )
    assert layer_env.apply(Scope.BUILD, {"NAME": "old"}) == {"NAME": "oldnew"}


def test_apply_delimiter_alone_sets_nothing() -> None:
    layer_env = LayerEnv().insert(Scope.ALL, DELIMITER, "NAME", ":")
    assert layer_env.apply(Scope.ALL, {}) == {}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param(Scope.ALL, "-all", id="all"),
        pytest.param(Scope.BUILD, "-all-build", id="build"),
        pytest.param(Scope.LAUNCH, "-all-launch", id="launch"),
    ],
)
def test_apply_scopes_in_order(scope: Scope, expected: str) -> None:
    layer_env = (
        LayerEnv()
        .insert(Scope.LAUNCH, APPEND, "NAME", "-launch")
        .insert(Scope.BUILD, APPEND, "NAME", "-build")
        .insert(Scope.ALL, APPEND, "NAME", "-all")
    )
    assert layer_env.apply(scope, {}) == {"NAME": expected}


def test_apply_the_files_of_one_scope_in_the_order_of_their_names() -> None:
    # append, default, override, prepend: an override loses what was appended.
    layer_env = (
        LayerEnv()
        .insert(Scope.ALL, PREPEND, "NAME", "first-")
        .insert(Scope.ALL, OVERRIDE, "NAME", "middle")
        .insert(Scope.ALL, APPEND, "NAME", "-last")
    )
    assert layer_env.apply(Scope.ALL, {"NAME": "old"}) == {"NAME": "first-middle"}


def test_apply_leaves_its_input_alone() -> None:
    environment = {"NAME": "old"}
    LayerEnv().insert(Scope.ALL, OVERRIDE, "NAME", "new").apply(Scope.ALL, environment)
    assert environment == {"NAME": "old"}


def test_insert_leaves_the_original_alone() -> None:
    original = LayerEnv()
    assert original.insert(Scope.ALL, OVERRIDE, "NAME", "x") != original
    assert original == LayerEnv()


def test_insert_replaces_the_same_modification() -> None:
    once = LayerEnv().insert(Scope.ALL, OVERRIDE, "NAME", "new")
    twice = LayerEnv().insert(Scope.ALL, OVERRIDE, "NAME", "old")
    assert twice.insert(Scope.ALL, OVERRIDE, "NAME", "new") == once


def test_insert_in_any_order_is_the_same_value() -> None:
    one = LayerEnv().insert(Scope.ALL, OVERRIDE, "A", "x").insert(Scope.LAUNCH, APPEND, "B", "y")
    other = LayerEnv().insert(Scope.LAUNCH, APPEND, "B", "y").insert(Scope.ALL, OVERRIDE, "A", "x")
    assert one == other


@pytest.mark.parametrize("name", ["", "A.B", "A/B", "A=B", "A\0", ".."])
def test_insert_rejects_other_names(name: str) -> None:
    with pytest.raises(ValueError, match="Invalid name of a variable"):
        LayerEnv().insert(Scope.ALL, OVERRIDE, name, "x")


FILES = {
    "env.build/A.append": "a\n",
    "env.launch/A.default": "",
    "env.launch/A.prepend": "p",
    "env.launch/A.delim": ":",
    "env/A.override": " v ",
}


def test_files_hold_exactly_the_values() -> None:
    layer_env = (
        LayerEnv()
        .insert(Scope.ALL, OVERRIDE, "A", " v ")
        .insert(Scope.BUILD, APPEND, "A", "a\n")
        .insert(Scope.LAUNCH, DEFAULT, "A", "")
        .insert(Scope.LAUNCH, PREPEND, "A", "p")
        .insert(Scope.LAUNCH, DELIMITER, "A", ":")
    )
    assert layer_env.files() == FILES
