"""What bin/run starts: makes the package and what it needs importable, then runs a phase."""

import gc
import os
import sys

# The process ends before there is much to collect; looking for it would take a tenth of the imports.
gc.disable()

# Not pathlib: nothing else is imported before the paths are right.
_SOURCE_DIR, _, _ = __file__.rpartition("/python_buildpack/")

# First, so that neither a tomli nor a packaging of the image's Python is taken instead.
sys.path[:0] = [_SOURCE_DIR, f"{_SOURCE_DIR}/../vendor"]

from python_buildpack.main import build_main, detect_main

_PHASES = {"detect": detect_main, "build": build_main}

status = _PHASES[sys.argv[1]]()
sys.stdout.flush()
# All is written and closed. To take the interpreter down in order would be a seventh of detection.
os._exit(status)
