"""Start ``python-buildpack explain`` from a checkout, with the wheels that the buildpack vendors."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.packaging.data import write_data
from tools.pinned_wheels import ensure_wheels

_ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str]) -> int:
    """Explain, and return the exit code that a build would have."""
    with tempfile.TemporaryDirectory(prefix="python-buildpack-data-") as temporary:
        data = Path(temporary, "buildpack")
        # What is said of downloads, once, is no part of the document.
        with contextlib.redirect_stdout(sys.stderr):
            vendored = ensure_wheels(_ROOT, _ROOT / "requirements" / "vendor.txt")
            write_data(_ROOT, data)
        # Pure wheels can be imported as they are.
        sys.path[:0] = [str(_ROOT / "src"), *map(str, vendored)]
        from python_buildpack.main import explain_main

        os.environ["CNB_BUILDPACK_DIR"] = str(data)
        sys.argv = ["python-buildpack", "explain", *arguments]
        return explain_main()
