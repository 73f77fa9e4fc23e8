"""scripts/propose with a repository on this machine, and a gh that only writes down its calls."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "propose"
GH = """\
#!/bin/sh
echo "$@" >>"$CALLS"
[ "$1 $2" = "pr list" ] && cat "$OPEN"
true
"""


@dataclass(frozen=True)
class Checkout:
    directory: Path

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
        result = subprocess.run(
            command, cwd=self.directory / "work", capture_output=True, text=True, check=True
        )
        return result.stdout

    def propose(self, open_requests: str = "") -> list[str]:
        """Run the script; return the calls of gh."""
        calls, pending = self.directory / "calls", self.directory / "open"
        calls.write_text("")
        pending.write_text(open_requests)
        script = self.directory / "work" / "scripts" / "propose"
        environment = {
            **os.environ,
            "PATH": f"{self.directory}:{os.environ['PATH']}",
            "CALLS": str(calls),
            "OPEN": str(pending),
        }
        subprocess.run([script, "inventory", "Add new Pythons"], env=environment, check=True)
        return calls.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    gh = tmp_path / "gh"
    gh.write_text(GH)
    gh.chmod(0o755)
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "origin"], check=True)
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path / "work"], check=True)
    made = Checkout(tmp_path)
    (tmp_path / "work" / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "work" / "scripts")
    (tmp_path / "work" / "inventory.toml").write_text("old")
    made.git("add", "--all")
    made.git("commit", "-qm", "Start")
    made.git("remote", "add", "origin", str(tmp_path / "origin"))
    made.git("push", "-q", "origin", "main")
    return made


def test_nothing_changed(checkout: Checkout) -> None:
    assert checkout.propose() == []


def test_a_change_becomes_a_branch_and_a_pull_request(checkout: Checkout) -> None:
    (checkout.directory / "work" / "inventory.toml").write_text("new")
    calls = checkout.propose()
    assert [call.split(" --")[0] for call in calls] == [
        *("auth setup-git", "pr list", "pr create", "workflow run ci.yml")
    ]
    assert checkout.git("log", "--format=%s", "origin/inventory").splitlines() == [
        *("Add new Pythons", "Start")
    ]
    assert checkout.git("show", "origin/inventory:inventory.toml") == "new"


def test_an_open_pull_request_is_brought_up_to_date(checkout: Checkout) -> None:
    inventory = checkout.directory / "work" / "inventory.toml"
    inventory.write_text("new")
    checkout.propose()
    checkout.git("switch", "-q", "main")
    inventory.write_text("newer")
    calls = checkout.propose(open_requests="7\n")
    assert not any(call.startswith("pr create") for call in calls)
    assert checkout.git("show", "origin/inventory:inventory.toml") == "newer"
