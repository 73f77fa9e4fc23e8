"""What must hold of every build that a mistake or an outside cause ends."""

from __future__ import annotations

from pathlib import Path

from tests.integration.workspaces import layer_names
from tools.lifecycle_build import BuildResult, Workspace

BUILD_FAILED = 51


def temporary_files_env(workspace: Workspace) -> dict[str, str]:
    """Return a variable by which builds keep their temporary files in a directory of their own."""
    directory = _temporary_dir(workspace)
    directory.mkdir(exist_ok=True)
    directory.chmod(0o1777)
    return {"TMPDIR": str(directory)}


def assert_explained(
    result: BuildResult, heading: str, *mentioned: str, exit_code: int = BUILD_FAILED
) -> None:
    """Fail unless the log has an error with this beginning of a heading, and these texts."""
    assert result.exit_code == exit_code, result.log
    assert_message(result.log, heading, *mentioned)


def assert_message(log: str, heading: str, *mentioned: str) -> None:
    """Fail unless a log has an error with this beginning of a heading, and these texts."""
    assert f"\nError: {heading}" in log, log
    explanation = log.rpartition("\nError: ")[2]
    missing = [text for text in mentioned if text not in explanation]
    assert missing == [], f"{missing} in:\n{log}"
    # Other programs may have one; what they print is indented.
    assert "\nTraceback" not in log, log
    assert "A bug in the buildpack" not in log, log
    assert "\x1b" not in log, log


def assert_nothing_left(workspace: Workspace) -> None:
    """Fail where the buildpack has left anything at all, in its layers or among temporary files."""
    left = layer_names(workspace)
    assert left == set(), sorted(left)
    assert_no_temporary_files(workspace)


def assert_no_temporary_files(workspace: Workspace) -> None:
    """Fail where the build has left any; see ``temporary_files_env``."""
    temporary = sorted(path.name for path in _temporary_dir(workspace).iterdir())
    assert temporary == [], temporary


def _temporary_dir(workspace: Workspace) -> Path:
    return workspace.root / "tmp"
