from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.bindings.service_bindings import (
    Binding,
    BindingWithoutTypeError,
    InvalidEntryError,
    MissingEntryError,
    UnreadableBindingError,
    read_bindings,
)
from tests.unit.app.bindings.mounted import mount


def test_read_bindings(tmp_path: Path) -> None:
    mount(
        tmp_path,
        {
            "shop": {"type": "pip\n", "provider": " own \n", "pip.conf": "[global]\n"},
            "hosts": {"type": "NetRC", ".netrc": "", "other": ""},
        },
    )
    (tmp_path / "README").write_text("no binding")
    assert read_bindings(tmp_path) == (
        Binding("hosts", "netrc", tmp_path / "hosts", (".netrc", "other")),
        Binding("shop", "pip", tmp_path / "shop", ("pip.conf",)),
    )


def test_read_bindings_as_kubernetes_mounts_them(tmp_path: Path) -> None:
    mount(tmp_path / "shop", {"..2026_01_01": {"type": "pip", "pip.conf": "[global]\n"}})
    (tmp_path / "shop" / "..data").symlink_to("..2026_01_01")
    for entry in ("type", "pip.conf"):
        (tmp_path / "shop" / entry).symlink_to(f"..data/{entry}")
    (binding,) = read_bindings(tmp_path)
    assert (binding.type, binding.entries) == ("pip", ("pip.conf",))
    assert binding.text(binding.require("pip.conf")) == "[global]\n"


def test_read_bindings_leaves_those_of_the_old_form_alone(tmp_path: Path) -> None:
    mount(tmp_path / "old", {"metadata": {"kind": "pip"}, "secret": {"pip.conf": ""}})
    assert read_bindings(tmp_path) == ()


@pytest.mark.parametrize("entries", [{"pip.conf": ""}, {"type": " \n"}])
def test_binding_without_type(tmp_path: Path, entries: dict[str, str]) -> None:
    mount(tmp_path, {"shop": entries})
    with pytest.raises(BindingWithoutTypeError) as error:
        read_bindings(tmp_path)
    assert error.value.path == str(tmp_path / "shop")


def test_find_takes_the_first_that_is_there(tmp_path: Path) -> None:
    mount(tmp_path, {"hosts": {"type": "netrc", "netrc": "", "z": ""}})
    (binding,) = read_bindings(tmp_path)
    assert binding.find(".netrc", "netrc", "z") == tmp_path / "hosts" / "netrc"
    assert binding.find("type") is None
    with pytest.raises(MissingEntryError) as error:
        binding.require("a", "b")
    assert (error.value.name, error.value.type, error.value.expected) == (
        *("hosts", "netrc"),
        ("a", "b"),
    )


def test_entry_that_is_no_text(tmp_path: Path) -> None:
    mount(tmp_path, {"shop": {"type": "pip", "pip.conf": ""}})
    (tmp_path / "shop" / "pip.conf").write_bytes(b"\xff\xfe")
    (binding,) = read_bindings(tmp_path)
    with pytest.raises(InvalidEntryError) as error:
        binding.text(binding.require("pip.conf"))
    assert (error.value.entry, error.value.problem) == ("pip.conf", "is not UTF-8 text")


def test_entry_that_is_a_dangling_link(tmp_path: Path) -> None:
    mount(tmp_path, {"shop": {"type": "pip"}})
    (tmp_path / "shop" / "pip.conf").symlink_to("..data/pip.conf")
    (binding,) = read_bindings(tmp_path)
    with pytest.raises(UnreadableBindingError) as error:
        binding.text(binding.require("pip.conf"))
    assert error.value.path == str(tmp_path / "shop" / "pip.conf")
    assert error.value.problem == "No such file or directory"
