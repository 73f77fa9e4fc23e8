"""Small programs that stand for others and tell how they were called."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

# The program runs our own programs as the real Python would; else it records its call, and runs BODY.
# For the shell, the first lines are commands; for Python, they are a string: to start the shell takes
# a tenth of the time.
_PROGRAM = """\
#!/bin/sh
'''':
case "$*" in
*compile_worker.py*|*pip_for_python.py*|*run_and_exit.py*|*runtime_libraries.py*) exec "{interpreter}" "$@" ;;
esac
exec "{interpreter}" -IS "$0" "$@"
'''
import json, os, sys
from pathlib import Path
record = [sys.argv[1:], os.getcwd(), dict(os.environ)]
with open({log!r}, "a") as log:
    log.write(json.dumps(record) + chr(10))
{body}
"""


@dataclass(frozen=True)
class Call:
    """One run of a program."""

    arguments: tuple[str, ...]
    directory: Path
    environment: dict[str, str]


@dataclass(frozen=True)
class FakeProgram:
    """A program at ``path``; ``log`` has a line for each run."""

    path: Path
    log: Path

    @property
    def calls(self) -> list[Call]:
        """Its runs, but for those of our own programs."""
        if not self.log.exists():
            return []
        records = [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]
        return [
            Call(tuple(arguments), Path(directory), environment)
            for arguments, directory, environment in records
        ]


def fake_program_text(log: Path, body: str) -> str:
    """Return the source of a program that runs ``body``, Python that may use os, sys and Path."""
    return _PROGRAM.format(interpreter=sys.executable, log=str(log), body=body)


def write_fake_program(path: Path, log: Path, body: str = "") -> FakeProgram:
    """Put such a program at ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(fake_program_text(log, body), encoding="utf-8")
    path.chmod(0o755)
    return FakeProgram(path, log)
