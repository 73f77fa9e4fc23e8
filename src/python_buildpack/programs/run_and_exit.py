"""Runs a Python script as Python does, but for its end; run by the Python of pip, never imported.

usage: python run_and_exit.py SCRIPT [ARGUMENT...]

pip leaves hundreds of thousands of objects. To take them down in order, one by one, is an eighth of the
time that it needs to resolve an app's requirements, and nobody is served by it.
"""

from __future__ import annotations

import os
import runpy
import sys


def run_script(path: str) -> None:
    """Run the script at ``path``; where it succeeds, end the process.

    Raises:
        SystemExit: the script failed.
    """
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    # This directory, whose modules are named like some that the script could want.
    own_directory = os.path.realpath(os.path.dirname(__file__))  # noqa: PTH120
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != own_directory]
    del sys.argv[0]
    run_script(sys.argv[0])
