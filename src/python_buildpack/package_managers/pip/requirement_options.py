"""The options that a line of a requirements file can have."""

from __future__ import annotations

import optparse
from dataclasses import dataclass
from typing import Any, NoReturn

# pip's parser for these is optparse, whose abbreviations ("--extra-index") and clusters
# ("-rbase.txt") are in use: this one accepts them all, and nothing else.
# https://github.com/pypa/pip/blob/26.3/src/pip/_internal/req/req_file.py
_FLAGS = ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre")
_WITH_VALUE = (
    ("-i", "--index-url", "--pypi-url"),
    ("--extra-index-url",),
    ("-c", "--constraint"),
    ("-r", "--requirement"),
    ("-e", "--editable"),
    ("-f", "--find-links"),
    ("--no-binary",),
    ("--only-binary",),
    ("--all-releases",),
    ("--only-final",),
    ("--trusted-host",),
    # Its choices differ by pip's version, which pip itself is left to judge.
    ("--use-feature",),
    ("--hash",),
    ("-C", "--config-settings"),
    # Gone in pip 26, but BP_PIP_VERSION may choose an older one.
    ("--global-option",),
)
_LISTS_OF_NAMES = ("--no-binary", "--only-binary", "--all-releases", "--only-final")
_HASH_ALGORITHMS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True)
class Option:
    """One option of a line.

    Args:
        name: the long form, such as ``--index-url`` for ``-i``.
        value: empty for a flag.
    """

    name: str
    value: str


class InvalidOptionsError(ValueError):
    """The words are not options with their values."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class UnknownOptionError(ValueError):
    """There is no such option."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


def parse_options(words: list[str]) -> tuple[Option, ...]:
    """Parse the options of one line; words that are none are ignored, as pip does.

    Raises:
        UnknownOptionError: an option that pip doesn't have in requirements files.
        InvalidOptionsError: a value is missing, not wanted or malformed; or an abbreviation
            stands for several options.
    """
    found: list[Option] = []
    _PARSER.parse_args(words, optparse.Values({"found": found}))
    return tuple(found)


class _Parser(optparse.OptionParser):
    def error(self, msg: str) -> NoReturn:
        prefix = "no such option: "
        if msg.startswith(prefix):
            raise UnknownOptionError(msg.removeprefix(prefix)) from None
        raise InvalidOptionsError(msg) from None


def _record(
    option: optparse.Option, _written: str, value: str | None, parser: optparse.OptionParser
) -> None:
    name = option.get_opt_string()
    if value is not None and (problem := _problem_with(name, value)):
        raise optparse.OptionValueError(problem)
    values: Any = parser.values
    values.found.append(Option(name, value or ""))


def _problem_with(name: str, value: str) -> str | None:
    if name == "--hash":
        algorithm, colon, _ = value.partition(":")
        if not colon or algorithm not in _HASH_ALGORITHMS:
            return f"--hash needs the form sha256:DIGEST ({', '.join(_HASH_ALGORITHMS)})"
    if name == "--config-settings" and "=" not in value:
        return f"{name} needs the form KEY=VALUE"
    if name in _LISTS_OF_NAMES and value.startswith("-"):
        return f"{name} option requires 1 argument"
    return None


def _make_parser() -> _Parser:
    parser = _Parser(add_help_option=False)
    for flag in _FLAGS:
        parser.add_option(flag, action="callback", callback=_record)
    for names in _WITH_VALUE:
        parser.add_option(*names, action="callback", type="string", callback=_record)
    return parser


_PARSER = _make_parser()
