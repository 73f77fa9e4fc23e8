"""What is detected of an app that a test writes."""

from __future__ import annotations

from pathlib import Path

from python_buildpack.app.files import AppFiles
from python_buildpack.start_commands.detection import (
    detect_start_commands,
)
from python_buildpack.start_commands.results import (
    Ambiguous,
    Detected,
    Detection,
)
from python_buildpack.start_commands.source_tree import read_source_tree

Files = dict[str, str | bytes]


def detect(app_dir: Path, files: Files, installed: str) -> Detection:
    """Return what is detected of an app.

    Args:
        app_dir: where it is written.
        files: by their paths.
        installed: distributions, such as "flask==2.1 gunicorn"; of a high version without one.
    """
    for path, contents in files.items():
        file = app_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    versions = {
        name: version or "100"
        for name, _, version in (each.partition("==") for each in installed.split())
    }
    return detect_start_commands(read_source_tree(app_dir), AppFiles(app_dir), versions)


def shown(detected: Detection) -> str:
    """Return what was detected in one line."""
    if isinstance(detected, Detected):
        return " | ".join(
            f"{each.name}: {each.text} ({each.source}:{each.line})" for each in detected.processes
        )
    if isinstance(detected, Ambiguous):
        return "ambiguous: " + " | ".join(
            f"{each.place} {each.procfile_line}" for each in detected.candidates
        )
    without = detected.without_server
    if without is not None:
        place = f"{without.framework} {without.path}:{without.line}"
        return f"nothing, without server: {place} {without.server}"
    unread = " ".join(each.path for each in detected.unread)
    return f"nothing, unread: {unread}" if unread else "nothing"
