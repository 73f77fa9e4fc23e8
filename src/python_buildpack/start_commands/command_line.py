"""From a command as people write it to one that the launcher starts without a shell, if it can.

A shell that stays between the launcher and the process would keep signals from it. So a command
without anything that needs a shell runs without, and in others, the shell is replaced by the last
command of a sequence.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

# What only a shell understands, quotes not included.
_SHELL_CHARACTERS = frozenset("$`\\|&;<>()*?[]#~{}!")
_ASSIGNMENT = r"[A-Za-z_][A-Za-z0-9_]*="
_ASSIGNMENTS = re.compile(rf"(?:{_ASSIGNMENT}(?:[^\s\"'\\;&|<>()`$]|\$\w+|\$\{{\w+\}})*\s+)*")
# What isn't a program, so that it can't take the shell's place.
_SHELL_WORDS = frozenset(
    {
        *("!", ".", ":", "break", "case", "cd", "continue", "do", "done", "elif", "else", "esac"),
        *("eval", "exec", "exit", "export", "fi", "for", "function", "if", "read", "return"),
        *("set", "shift", "source", "then", "trap", "ulimit", "umask", "unset", "until", "wait"),
        "while",
    }
)
# After each of these, the next command is sure to run in its turn, or the sequence ends.
_SEQUENCES = frozenset({"&&", ";"})


# uv and Poetry aren't in the image, and its environment is on PATH anyway. Options that only say how
# the environment is to be synced go with them.
_RUNNER = re.compile(
    rf"(?P<before>(?:^|[;&|(])\s*(?:exec\s+|env\s+|{_ASSIGNMENT}\S*\s+)*)"
    r"(?P<runner>(?:uv|poetry)\s+run)"
    r"(?:\s+--(?:frozen|locked|no-sync|no-dev|no-default-groups|offline|quiet|exact)\b|\s+--(?=\s))*"
    r"\s+(?=(?P<module>-m\s)|(?P<script>[^\s-]\S*\.py\b)|[^\s-])"
)


class NoCommandError(ValueError):
    """A command can't be started; the text is what is wrong with it."""


def argument_vector(command: str) -> tuple[str, ...]:
    """Return what is to be started for a command line; never empty.

    Raises:
        NoCommandError: a quote isn't closed, or there is no program.
    """
    split = last_command(command)
    needs_shell = not _SHELL_CHARACTERS.isdisjoint(command) or re.match(_ASSIGNMENT, command)
    if not needs_shell:
        words = tuple(shlex.split(command))
        if not words[0]:
            raise NoCommandError("it names no program")
        return words
    if split is None:
        return ("sh", "-c", command)
    before, last = split
    return ("sh", "-c", before + _replacing_the_shell(last))


def without_runner(command: str) -> tuple[str, str]:
    """Return a command without ``uv run`` or ``poetry run``, and which of them it was, or ""."""
    runners = [" ".join(match["runner"].split()) for match in _RUNNER.finditer(command)]
    stripped = _RUNNER.sub(
        lambda match: match["before"] + ("python " if match["module"] or match["script"] else ""),
        command,
    )
    return stripped, runners[0] if runners else ""


def from_directory(directory: str, command: str) -> str:
    """Return a command that is run in a directory; "" for the one that it begins in."""
    return f"cd {shlex.quote(directory)} && {command}" if directory else command


def last_command(command: str) -> tuple[str, str] | None:
    """Return the last command of a sequence, after all that is before it; None for other things.

    Raises:
        NoCommandError: a quote isn't closed.
    """
    operators = list(_operators(command))
    if not all(operator in _SEQUENCES for operator, _ in operators):
        return None
    start = operators[-1][1] if operators else 0
    return command[:start], command[start:]


def _replacing_the_shell(command: str) -> str:
    """Return a simple command that the shell is replaced by."""
    blank = command[: len(command) - len(command.lstrip())]
    rest = command[len(blank) :]
    match = _ASSIGNMENTS.match(rest)
    assignments = match[0] if match else ""
    program = rest[len(assignments) :]
    word = re.match(r"[^\s;&|<>()]*", program)
    is_program = bool(word and word[0]) and word is not None and word[0] not in _SHELL_WORDS
    starts_oddly = program[:1] in ("", "(", "{", "#", "<", ">") or re.match(_ASSIGNMENT, program)
    if not is_program or starts_oddly:
        return command
    return f"{blank}{assignments}exec {program}"


def _operators(command: str) -> Iterator[tuple[str, int]]:
    """Yield each operator outside of quotes, and the position after it."""
    position, quote = 0, ""
    while position < len(command):
        character = command[position]
        if character == "\\" and quote != "'":
            position += 2
            continue
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'`":
            quote = character
        elif character in "()":
            yield character, position + 1
        elif character in ";&|" and not _is_redirection(command, position):
            operator = command[position : position + 2]
            operator = operator if operator in ("&&", "||") else character
            position += len(operator)
            yield operator, position
            continue
        position += 1
    if quote:
        raise NoCommandError(f"a {quote} isn't closed")


def _is_redirection(command: str, position: int) -> bool:
    """Return whether the ``&`` at ``position`` belongs to ``2>&1`` or ``&>file``."""
    before, after = command[position - 1 : position], command[position + 1 : position + 2]
    return command[position] == "&" and (before in ("<", ">") or after == ">")
