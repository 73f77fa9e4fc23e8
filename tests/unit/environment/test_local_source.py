from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from python_buildpack.environment.local_source import (
    file_states,
    local_digests,
    remove_repositories,
    removed_leftovers,
    tree_digest,
    written_files,
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    (directory / "src").mkdir(parents=True)
    (directory / "src" / "a.py").write_text("x = 1\n")
    (directory / "link").symlink_to("src")
    return directory


def test_tree_digest_takes_no_notice_of_times_and_places(tree: Path) -> None:
    digest = tree_digest(tree)
    os.utime(tree / "src" / "a.py", (1, 1))
    tree.rename(tree.with_name("other"))
    assert tree_digest(tree.with_name("other")) == digest


def change_text(tree: Path) -> None:
    (tree / "src" / "a.py").write_text("x = 2\n")


def change_name(tree: Path) -> None:
    (tree / "src" / "a.py").rename(tree / "src" / "b.py")


def change_mode(tree: Path) -> None:
    (tree / "src" / "a.py").chmod(0o755)


def change_link(tree: Path) -> None:
    (tree / "link").unlink()
    (tree / "link").symlink_to(".")


def add_file(tree: Path) -> None:
    (tree / "src" / "b.py").touch()


@pytest.mark.parametrize("change", [change_text, change_name, change_mode, change_link, add_file])
def test_tree_digest_changes(tree: Path, change: Callable[[Path], None]) -> None:
    before = tree_digest(tree)
    change(tree)
    assert tree_digest(tree) != before


def test_tree_digest_of_a_file(tree: Path) -> None:
    before = tree_digest(tree / "src" / "a.py")
    change_text(tree)
    assert before is not None
    assert tree_digest(tree / "src" / "a.py") != before


def test_tree_digest_of_nothing(tmp_path: Path) -> None:
    assert tree_digest(tmp_path / "missing") is None


def test_removed_leftovers(tree: Path, tmp_path: Path) -> None:
    (tree / "old.egg-info").mkdir()
    (tree / "other" / "build" / "cp313").mkdir(parents=True)
    with removed_leftovers(tree, tmp_path / "venv"):
        (tree / "new.egg-info").mkdir()
        (tree / "src" / "new.egg-info").mkdir()
        (tree / "build" / "lib.linux-x86_64").mkdir(parents=True)
        (tree / "build" / "bdist.linux-x86_64").mkdir()
        (tree / "src" / "build" / "cp313").mkdir(parents=True)
    assert sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_dir()) == [
        *("link", "old.egg-info", "other", "other/build", "other/build/cp313"),
        *("src", "src/build", "src/build/cp313"),
    ]


def test_removed_leftovers_keeps_what_is_in_use(tree: Path, tmp_path: Path) -> None:
    site_packages = tmp_path / "venv" / "lib" / "python3.13" / "site-packages"
    site_packages.mkdir(parents=True)
    with removed_leftovers(tree, tmp_path / "venv"):
        (tree / "new.egg-info").mkdir()
        (site_packages / "new.egg-link").touch()
    assert (tree / "new.egg-info").exists()


def test_tree_digest_of_a_large_file_takes_little_memory(tree: Path) -> None:
    with (tree / "model.bin").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    tracemalloc.start()
    try:
        assert tree_digest(tree) is not None
        assert tracemalloc.get_traced_memory()[1] < 5 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_local_digests_of_a_project_are_those_of_all_that_its_build_can_read(tree: Path) -> None:
    (tree / "lib").mkdir()
    (tree / "lib" / "pyproject.toml").touch()
    seen = []
    for version in ("1.0", "2.0"):
        (tree / "VERSION").write_text(version)
        seen.append(local_digests(tree, tree, ("lib",)))
    assert [list(each) for each in seen] == [["the contents of the app"]] * 2
    assert seen[0] != seen[1]


def test_local_digests_of_wheels_are_theirs_alone(tree: Path) -> None:
    (tree / "vendor").mkdir()
    (tree / "vendor" / "a.whl").touch()
    before = local_digests(tree, tree, ("vendor", "vendor/a.whl", "missing.whl"))
    assert before["the contents of missing.whl"] == ""
    change_text(tree)
    assert local_digests(tree, tree, ("vendor", "vendor/a.whl", "missing.whl")) == before
    (tree / "vendor" / "a.whl").write_text("changed")
    after = local_digests(tree, tree, ("vendor",))
    assert after["the contents of vendor"] != before["the contents of vendor"]


def test_local_digests_of_a_project_outside_of_the_app(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "setup.py").touch()
    digests = local_digests(tree, tree, ("../lib",))
    assert list(digests) == ["the contents of ../lib", "the contents of the app"]
    assert all(digests.values())


def test_local_digests_of_a_project_in_the_repository_of_the_app(tree: Path) -> None:
    (tree / "lib").mkdir()
    (tree / "lib" / "setup.py").touch()
    seen = []
    for version in ("1.0", "2.0"):
        (tree / "VERSION").write_text(version)
        seen.append(local_digests(tree / "src", tree, ("../lib",)))
    assert [list(each) for each in seen] == [["the contents of the app"]] * 2
    assert seen[0] != seen[1]


def rewrite_text(tree: Path) -> None:
    file = tree / "src" / "a.py"
    status = file.stat()
    file.write_text("x = 2\n")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def remove_text(tree: Path) -> None:
    (tree / "src" / "a.py").unlink()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (rewrite_text, ("src/a.py",)),
        (change_name, ("src/a.py", "src/b.py")),
        (change_mode, ("src/a.py",)),
        (change_link, ("link",)),
        (add_file, ("src/b.py",)),
        (remove_text, ("src/a.py",)),
    ],
)
def test_written_files(
    tree: Path, change: Callable[[Path], None], expected: tuple[str, ...]
) -> None:
    before = file_states(tree)
    change(tree)
    assert written_files(before, file_states(tree)) == expected


def test_written_files_of_a_tree_that_is_read(tree: Path) -> None:
    before = file_states(tree)
    assert (tree / "src" / "a.py").read_text()
    (tree / "src" / "temporary").touch()
    (tree / "src" / "temporary").unlink()
    assert written_files(before, file_states(tree)) == ()


def test_remove_repositories(tree: Path) -> None:
    (tree / ".git" / "objects").mkdir(parents=True)
    (tree / ".git" / "config").touch()
    (tree / "src" / "module").mkdir()
    (tree / "src" / "module" / ".git").write_text("gitdir: ../../.git/modules/module")
    (tree / "src" / "module" / "b.py").touch()
    remove_repositories(tree)
    assert sorted(file_states(tree)) == [
        *("link", "src", "src/a.py", "src/module", "src/module/b.py")
    ]
    remove_repositories(tree / "missing")
