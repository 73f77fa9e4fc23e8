"""All that comes from a package index, for the buildpack or for its developers, is pinned by hash."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
PROGRAMS = sorted((ROOT / "tools").rglob("*.py"))
# What is measured must be what a user of pip does.
MEASURED = frozenset({"plain._pip_install", "plain._dry_run", "first_answer._plain_environment"})
# Not pip's: Debian's packages, which are signed, and Go's modules, which go.sum pins.
OTHERS = frozenset({"debian_packages.install_packages", "go_toolchain.download"})
# They ask what there is to be pinned, and install nothing.
ASKING = frozenset({"lock._resolve", "newest.pin_newest"})


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_requirement_has_a_version_and_hashes(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    requirements = [line for line in lines if line and not line.startswith("#")]
    assert requirements != []
    for requirement in requirements:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;*]+", requirement), requirement
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_pip_installs_nothing_without_its_hash() -> None:
    found = dict(command for path in PROGRAMS for command in _commands(path))
    assert {*found} >= MEASURED | OTHERS | ASKING, (
        "these are gone: take them out of the lists above"
    )
    checked = {
        name: words for name, words in found.items() if name not in MEASURED | OTHERS | ASKING
    }
    assert len(checked) >= 5, checked
    for name, words in checked.items():
        assert words & {"--require-hashes", "--no-index"}, name


def test_pinned_requirements_stay_pinned_in_ci() -> None:
    """What CI runs is scripts/test; neither installs anything by itself."""
    for path in (ROOT / ".ci" / "run", ROOT / "scripts" / "test"):
        text = path.read_text(encoding="utf-8")
        assert re.search(r"\b(?:pip|npm|curl|wget|uvx?|pipx|go) ", text) is None, path


def _commands(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each function with an argument "install" or "download", and all its words."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            constants = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
            words = frozenset(value for value in constants if isinstance(value, str))
            if words & {"install", "download"}:
                yield f"{path.stem}.{node.name}", words
