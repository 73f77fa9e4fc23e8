"""A Git repository of a project, from which builds clone by its path."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.distributions import Distribution


class Repository:
    """A Git repository of a project, owned by the user of the builds, as Git insists on."""

    def __init__(self, directory: Path, user: int, group: int) -> None:
        self._user, self._group = user, group
        self.directory = directory
        directory.mkdir()
        os.chown(directory, user, group)
        self._git("init", "--quiet", "--initial-branch=main")

    @property
    def url(self) -> str:
        return f"git+file://{self.directory}"

    def commit(self, distribution: Distribution) -> str:
        """Commit the project of ``distribution`` to the branch main; return the commit's hash."""
        for name in ("wheel", "backend"):
            shutil.rmtree(self.directory / name, ignore_errors=True)
        for name, text in distribution.project.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", distribution.version)
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        # Git trusts the owner's repositories only.
        trust = ("-c", f"safe.directory={self.directory}")
        result = subprocess.run(
            ["git", *identity, *trust, *arguments],
            cwd=self.directory,
            env={"PATH": os.environ["PATH"], "HOME": str(self.directory)},
            capture_output=True,
            text=True,
            check=True,
        )
        for path in self.directory.rglob("*"):
            os.chown(path, self._user, self._group, follow_symlinks=False)
        return result.stdout
