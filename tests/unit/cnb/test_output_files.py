from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.cnb.buildpack_plan import BuildpackPlan, BuildpackPlanEntry
from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.launch import Launch, Process
from python_buildpack.cnb.output_files import (
    read_buildpack_plan,
    read_store,
    write_launch,
    write_store,
)


def test_write_launch(tmp_path: Path) -> None:
    launch = Launch(processes=(Process("web", ("echo", "é\n")),))
    write_launch(tmp_path, launch)
    assert (tmp_path / "launch.toml").read_bytes() == launch.to_toml().encode("utf-8")


def test_read_store_reads_what_was_written(tmp_path: Path) -> None:
    write_store(tmp_path, {"python_version": "3.13", "name": "é"})
    assert read_store(tmp_path) == {"python_version": "3.13", "name": "é"}


def test_read_store_without_a_file(tmp_path: Path) -> None:
    assert read_store(tmp_path) == {}


@pytest.mark.parametrize("contents", [b"", b"\xff\xfe", b"[metadata", b"[other]\n"])
def test_read_store_ignores_a_damaged_file(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "store.toml").write_bytes(contents)
    assert read_store(tmp_path) == {}


def test_read_store_ignores_a_directory(tmp_path: Path) -> None:
    (tmp_path / "store.toml").mkdir()
    assert read_store(tmp_path) == {}


def test_read_buildpack_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('[[entries]]\nname = "python"\n', encoding="utf-8")
    assert read_buildpack_plan(path) == BuildpackPlan((BuildpackPlanEntry("python"),))


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        pytest.param(None, "can't be read: No such file or directory", id="missing"),
        pytest.param(b"\xff", "not UTF-8 text", id="no-text"),
        pytest.param(b"entries = 1", "entries is not an array of tables", id="no-plan"),
    ],
)
def test_read_buildpack_plan_names_the_file_in_errors(
    tmp_path: Path, contents: bytes | None, problem: str
) -> None:
    path = tmp_path / "plan.toml"
    if contents is not None:
        path.write_bytes(contents)
    with pytest.raises(InvalidDocumentError) as caught:
        read_buildpack_plan(path)
    assert (caught.value.path_or_name, caught.value.problem) == (str(path), problem)
