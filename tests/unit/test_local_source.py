from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from python_buildpack.local_source import removed_leftovers, tree_digest


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
