from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.packaging.tree import (
    MODIFIED,
    copy_tree,
    normalise_tree,
    publish,
    staging_beside,
    tree_digest,
)


def make_tree(root: Path) -> Path:
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "build").write_text("#!/bin/sh\n")
    (root / "bin" / "build").chmod(0o700)
    (root / "link").symlink_to("bin/build")
    (root / "file").write_text("x")
    (root / "file").chmod(0o666)
    return root


def test_copy_tree_leaves_bytecode_out(tmp_path: Path) -> None:
    source = make_tree(tmp_path / "source")
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "a.cpython-313.pyc").touch()
    copy_tree(source, tmp_path / "copy")
    names = {path.name for path in (tmp_path / "copy").rglob("*")}
    assert names == {"bin", "build", "link", "file"}


def test_normalise_tree(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "root")
    root.chmod(0o700)
    normalise_tree(root)
    paths = [root, *root.rglob("*")]
    assert {path.lstat().st_mtime for path in paths} == {MODIFIED}
    modes = {path.name: path.lstat().st_mode & 0o777 for path in paths if not path.is_symlink()}
    assert modes == {"root": 0o755, "bin": 0o755, "build": 0o755, "file": 0o644}


def test_tree_digest_does_not_depend_on_the_place(tmp_path: Path) -> None:
    roots = [make_tree(tmp_path / name) for name in ("a", "b")]
    for root in roots:
        normalise_tree(root)
    assert tree_digest(roots[0]) == tree_digest(roots[1])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root: (root / "file").write_text("y"), id="contents"),
        pytest.param(lambda root: (root / "file").rename(root / "other"), id="name"),
        pytest.param(lambda root: (root / "file").chmod(0o755), id="mode"),
        pytest.param(lambda root: (root / "file").touch(), id="time"),
        pytest.param(lambda root: (root / "empty").mkdir(), id="directory"),
        pytest.param(lambda root: (root / "link").unlink(), id="link"),
    ],
)
def test_tree_digest_shows_a_change(tmp_path: Path, change: Callable[[Path], object]) -> None:
    root = make_tree(tmp_path / "root")
    normalise_tree(root)
    before = tree_digest(root)
    change(root)
    assert tree_digest(root) != before


def test_publish_replaces_what_was_there(tmp_path: Path) -> None:
    destination = tmp_path / "dist" / "linux-amd64"
    for contents in ("old", "new"):
        with staging_beside(destination.parent) as staging:
            made = staging / "made"
            made.mkdir()
            (made / contents).touch()
            publish(made, destination, staging)
    assert [path.name for path in destination.iterdir()] == ["new"]
    assert list(destination.parent.iterdir()) == [destination]
