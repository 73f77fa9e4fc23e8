"""How the developer tools fail: with a message that says what to do, never with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence


class ToolError(Exception):
    """A developer tool can't go on; the text says why and what to do."""


def run_tool(main: Callable[[Sequence[str]], int]) -> int:
    """Call ``main`` with the command line's arguments and return the exit status.

    A failure that is no bug of the tool's is printed to standard error.
    """
    try:
        return main(sys.argv[1:])
    except ToolError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(": ".join(str(part) for part in (error.filename, error.strerror) if part))
    except KeyboardInterrupt:
        return _fail("stopped before it was done; what it was making is left out") + 129


def _fail(message: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"Error: {message}\n")
    return 1
