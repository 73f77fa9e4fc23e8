from __future__ import annotations

import re
from datetime import date

import pytest
from packaging.version import Version

from python_buildpack.messages.links import OFFLINE
from python_buildpack.messages.python_version import unused_version_text
from python_buildpack.messages.wording import message_for, text_for
from python_buildpack.python_version.resolve import (
    ConflictingPythonVersionsError,
    EndOfLife,
    NoPythonForPlatformError,
    Notice,
    OutdatedRuntimeTxtError,
    PythonNotYetReleasedError,
    PythonTooOldError,
    RuntimeTxtUsed,
    UnavailablePythonVersionError,
    UnknownPythonVersionError,
)
from python_buildpack.python_version.sources import (
    InvalidPythonVersionError,
    MultiplePythonVersionsError,
    NoPythonVersionError,
    VersionSource,
    WrongForm,
    parse_requested_version,
    parse_requires_python,
)
from python_buildpack.python_version.tool_versions import ToolVersion, UnusedToolVersion

AVAILABLE = tuple(map(Version, ("3.10.19", "3.13.0", "3.13.14", "3.14.9", "3.15.0rc1")))


def version_file(text: str) -> VersionSource:
    return parse_requested_version(".python-version", 2, text)


def unavailable(
    error: type[UnavailablePythonVersionError], source: VersionSource
) -> UnavailablePythonVersionError:
    return error(source, AVAILABLE, "linux", "amd64")


def requires_python(text: str) -> VersionSource:
    source = parse_requires_python(4, text)
    assert source is not None
    return source


def test_unknown_version() -> None:
    message = message_for(unavailable(UnknownPythonVersionError, version_file("3.13.99")))
    assert message.heading == "Python 3.13.99 is not available"
    assert message.body == (
        ".python-version:2: 3.13.99\n"
        "It doesn't exist, or is newer than this buildpack.\n"
        "An offline package of the buildpack may lack it:\n"
        f"{OFFLINE}\n\n"
        "Available for linux/amd64, newest of each: 3.10.19, 3.13.14, 3.14.9\n"
        "All of 3.13: 3.13.0, 3.13.14\n"
        "Pre-releases, if named exactly: 3.15.0rc1\n\n"
        "Write to .python-version, for example: 3.13"
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(version_file("3.13.1"), id="version"),
        pytest.param(requires_python("==3.13.1"), id="specifier"),
    ],
)
def test_unknown_version_that_was_never_built(source: VersionSource) -> None:
    body = message_for(unavailable(UnknownPythonVersionError, source)).body
    assert "\nIt has no archive.\n" in body
    assert "doesn't exist" not in body
    assert "\nAll of 3.13: 3.13.0, 3.13.14\n" in body


@pytest.mark.parametrize(
    ("line", "text", "shown"),
    [(1, "python-3.9.1", "runtime.txt:1: python-3.9.1"), (None, "", "runtime.txt: no version")],
)
def test_outdated_runtime_txt(line: int | None, text: str, shown: str) -> None:
    message = message_for(OutdatedRuntimeTxtError(line, text, version_file("3.12")))
    assert message.body == (
        f"{shown}\n.python-version:2: 3.12\n\nDelete runtime.txt, which is deprecated, to use Python 3.12."
    )


@pytest.mark.parametrize(
    ("file", "key", "expected"),
    [
        ("mise.toml", "python", 'Write to mise.toml, below [tools], for example: python = "3.13"'),
        (".tool-versions", "", "Write to .tool-versions, for example: python 3.13"),
    ],
)
def test_unavailable_version_of_a_tool(file: str, key: str, expected: str) -> None:
    source = parse_requested_version(file, 1, "3.13.1", key)
    body = message_for(unavailable(UnknownPythonVersionError, source)).body
    assert f"{expected}\nOr set BP_PYTHON_VERSION=3.13, which takes precedence." in body


def test_unused_version_text() -> None:
    unused = UnusedToolVersion(ToolVersion("mise.toml", 2, "3.12", "python"), ".python-version")
    assert unused_version_text(unused) == (
        "Ignoring 3.12 in mise.toml:2 (python): .python-version takes precedence"
    )


def test_unknown_version_explains_a_pin_without_patch() -> None:
    message = message_for(unavailable(UnknownPythonVersionError, requires_python("==3.12")))
    assert message.body.endswith(
        'Change requires-python, for example to ">=3.14".\n\n'
        "Hint: ==3.12 means 3.12.0 only. For any 3.12, write ==3.12.*"
    )


def test_too_old() -> None:
    message = message_for(unavailable(PythonTooOldError, version_file("2.7")))
    assert message.heading == "Python 2.7 is too old"
    assert "The oldest supported version is 3.10.\n" in message.body


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (version_file("python-3.8.18"), "Python 3.8.18"),
        (version_file("cpython-3.8.18-linux-x86_64-gnu"), "Python 3.8.18"),
        (requires_python("<3.10"), "The requested Python, <3.10,"),
    ],
)
def test_titles_name_what_is_asked_for(source: VersionSource, named: str) -> None:
    error = unavailable(PythonTooOldError, source)
    assert message_for(error).heading == f"{named} is too old"


def test_not_yet_released() -> None:
    source = parse_requested_version("BP_PYTHON_VERSION", None, "3.16")
    message = message_for(unavailable(PythonNotYetReleasedError, source))
    assert message.heading == "Python 3.16 is not available yet"
    assert "A newer buildpack may have it." in message.body
    assert message.body.endswith("Set, for example: BP_PYTHON_VERSION=3.14")


def test_unavailable_among_prereleases_only() -> None:
    error = UnknownPythonVersionError(version_file("3.13"), AVAILABLE[-1:], "linux", "amd64")
    body = message_for(error).body
    assert "Available for linux/amd64, newest of each: none\n" in body
    assert body.endswith("Write to .python-version, for example: 3.15.0rc1")


def test_long_lists_are_wrapped() -> None:
    available = tuple(Version(f"3.13.{patch}") for patch in range(40))
    error = UnknownPythonVersionError(version_file("3.13.99"), available, "linux", "amd64")
    lines = message_for(error).body.splitlines()
    assert max(map(len, lines)) <= 90
    assert sum(line.startswith("  3.13.") for line in lines) >= 3


def test_conflict_shows_every_source() -> None:
    sources = (
        parse_requested_version("BP_PYTHON_VERSION", None, "3.10"),
        version_file("3.13"),
        requires_python("<=3.13"),
    )
    message = message_for(ConflictingPythonVersionsError(sources, AVAILABLE, "linux", "amd64"))
    assert message.heading == "The app's Python versions conflict"
    assert (
        "\n\n"
        "  BP_PYTHON_VERSION                   3.10\n"
        "  .python-version:2                   3.13\n"
        "  pyproject.toml:4 (requires-python)  <=3.13\n"
        "\n"
    ) in message.body
    assert "Hint: <=3.13 excludes 3.13.1 and later. To include them, write <3.14" in message.body


@pytest.mark.parametrize("text", ["==3.*", "==3.13.*", "==3.13.0", "==3.13rc1", "~=3.13", ">=3.13"])
def test_no_hint_for_specifiers_that_mean_what_they_say(text: str) -> None:
    message = message_for(unavailable(UnknownPythonVersionError, requires_python(text)))
    assert "Hint" not in message.body


def test_no_python_for_platform() -> None:
    error = NoPythonForPlatformError("linux", "s390x", ("linux/amd64", "linux/arm64"), ())
    message = message_for(error)
    assert message.heading == "No Python for linux/s390x"
    assert "linux/amd64, linux/arm64" in message.body


def test_no_python_but_prereleases() -> None:
    error = NoPythonForPlatformError("linux", "amd64", ("linux/amd64",), AVAILABLE[-1:])
    assert message_for(error).body.endswith("To use one, write it to .python-version: 3.15.0rc1")


@pytest.mark.parametrize("form", WrongForm)
@pytest.mark.parametrize("name", [".python-version", "runtime.txt", "BP_PYTHON_VERSION"])
def test_invalid_version_names_place_and_what_to_write(form: WrongForm, name: str) -> None:
    message = message_for(InvalidPythonVersionError(name, None, "a\x1bb", form, "3.13"))
    assert message.heading == f"Invalid Python version in {name}"
    assert message.body.startswith(f"{name}: a\\x1bb\n")
    assert re.search(r"[:=] ?3\.13\n\nAccepted forms:\n", message.body)


def test_multiple_versions_are_counted() -> None:
    versions = tuple((line, "3.13") for line in range(1, 31))
    message = message_for(MultiplePythonVersionsError(".python-version", versions))
    assert "\n    .python-version:10: 3.13\n    and 20 more\n" in message.body


def test_no_version_says_what_to_write() -> None:
    message = message_for(NoPythonVersionError(".python-version"))
    assert "Write to .python-version, for example: 3.14\n" in message.body


@pytest.mark.parametrize(
    ("notice", "text"),
    [
        (EndOfLife("3.10", date(2026, 10, 31), reached=True), "reached end of life on 2026-10-31"),
        (
            EndOfLife("3.10", date(2026, 10, 31), reached=False),
            "will reach end of life on 2026-10-31",
        ),
        (RuntimeTxtUsed("3.12.4", has_python_version_file=True), "delete runtime.txt"),
        (
            RuntimeTxtUsed("3.12.4", has_python_version_file=False),
            "Delete it, and write 3.12.4 to a file named .python-version",
        ),
    ],
)
def test_notices(notice: Notice, text: str) -> None:
    assert text in text_for(notice)
