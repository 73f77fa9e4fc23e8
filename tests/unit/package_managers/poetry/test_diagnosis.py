from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
    CompilerMissingError,
    HashMismatchError,
    InvalidMetadataError,
    LockedFilesMissingError,
    NoWheelError,
    ProjectBuildFailedError,
    ProjectNeedsError,
    RequiresPythonError,
    ResolutionConflictError,
    SystemLibraryMissingError,
)
from python_buildpack.package_managers.failures.network import (
    GitAuthenticationError,
    GitFailedError,
    GitMissingError,
    GitOverSshError,
    GitUnreachableError,
    IndexAuthenticationError,
    IndexUnreachableError,
    NetworkProblem,
    UrlNotFoundError,
)
from python_buildpack.package_managers.poetry.diagnosis import (
    diagnose_poetry_failure,
)
from python_buildpack.system.errors import BuildpackError

# Imported for what they register.
from python_buildpack.system.machine import OutOfMemoryError
from python_buildpack.system.unexpected import DiskFullError

# Output of a real Poetry, with hosts and directories replaced, long lines cut.
FIXTURES = Path(__file__).parents[3] / "fixtures" / "poetry_output"
PYTHON = "3.13.0"
HOST = "index.example"


def diagnose(output: str, exit_status: int = 1) -> BuildpackError | None:
    return diagnose_poetry_failure(output, PYTHON, exit_status)


CASES: dict[str, BuildpackError] = {
    "badbuild": BuildFailedError("badbuild", "RuntimeError: cannot be built", PYTHON),
    "cext_nocc": CompilerMissingError("cext", "gcc", PYTHON),
    "diskfull": DiskFullError(None),
    "file_401": IndexAuthenticationError(401, HOST),
    "file_403": IndexAuthenticationError(403, HOST),
    "file_404": UrlNotFoundError("http://index.example/files/pure-2.0-py3-none-any.whl", 404),
    "file_altered": HashMismatchError(("pure==2.0",), "Poetry"),
    "git_401": GitAuthenticationError(HOST, "Failed to clone http://index.example/git/gpkg.git"),
    "git_403": GitAuthenticationError(
        HOST,
        "unexpected http resp 403 for "
        "http://index.example/git/gpkg.git/info/refs?service=git-upload-pack",
    ),
    "git_404": GitFailedError("NotGitRepository"),
    "git_ssh": GitOverSshError(
        "", "ssh: Could not resolve hostname git.example: Name or service not known"
    ),
    "git_missing": GitMissingError(),
    "gone": LockedFilesMissingError("pure 2.5", "poetry.lock", "poetry lock --regenerate"),
    "hpq": SystemLibraryMissingError("hpq", "libpq-fe.h", PYTHON),
    "invalid_setup": InvalidMetadataError(
        "textract",
        "'install_requires' must be a string or iterable of strings containing valid"
        " project/version requirement specifiers;"
        " .* suffix can only be used with `==` or `!=` operators",
        "setuptools",
    ),
    "killed": OutOfMemoryError("Poetry"),
    "nolib": SystemLibraryMissingError("nolib", "-lldap_r_not", PYTHON),
    "nospace": DiskFullError(None),
    "onlywin": NoWheelError("onlywin 1.0", PYTHON),
    "own_compiler": ProjectNeedsError("my-app", "gcc", is_library=False, tool="Poetry"),
    "own_readme": ProjectBuildFailedError(
        "", "Readme path `/workspace/README.md` does not exist.", "Poetry", PYTHON
    ),
    "page_401": IndexAuthenticationError(None, HOST),
    "tooold": RequiresPythonError("", ">=3.13", PYTHON),
    "wronghash": HashMismatchError(("pure==2.0",), "Poetry"),
}
UNREACHABLE = {
    "file_503": (HOST, NetworkProblem.SERVER_ERROR),
    # Poetry says the same of all of these, and nothing of the cause.
    "file_reset": (HOST, NetworkProblem.UNKNOWN),
    "file_slow": (HOST, NetworkProblem.UNKNOWN),
    "file_truncated": ("", NetworkProblem.INCOMPLETE),
    "noresolve": (HOST, NetworkProblem.UNKNOWN),
    "page_503": (HOST, NetworkProblem.SERVER_ERROR),
    "proxy": (HOST, NetworkProblem.UNKNOWN),
    "proxy407": (HOST, NetworkProblem.PROXY),
    "tls": (HOST, NetworkProblem.UNKNOWN),
}


@pytest.mark.parametrize("name", CASES)
def test_diagnose_poetry_failure(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert type(found) is type(CASES[name])
    assert vars(found) == vars(CASES[name])


def test_diagnose_poetry_failure_of_a_git_host_that_has_no_address() -> None:
    found = diagnose((FIXTURES / "git_nodns.txt").read_text())
    assert isinstance(found, GitUnreachableError)
    assert (found.host, found.problem) == ("git.example", NetworkProblem.NAME_RESOLUTION)


@pytest.mark.parametrize("name", UNREACHABLE)
def test_diagnose_poetry_failure_of_an_unreachable_index(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert isinstance(found, IndexUnreachableError)
    assert (found.host, found.problem) == UNREACHABLE[name]
    assert found.detail


@pytest.mark.parametrize("name", ["conflict", "future", "nosuch"])
def test_diagnose_poetry_failure_of_a_contradiction(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert isinstance(found, ResolutionConflictError)
    assert found.lines[0].startswith("Because ")


def test_diagnose_poetry_failure_of_what_a_build_requires() -> None:
    found = diagnose((FIXTURES / "needstool.txt").read_text())
    assert isinstance(found, BuildFailedError)
    assert found.distribution == "needstool"
    assert found.detail.startswith("Because -root- depends on nosuchtool")


def test_diagnose_poetry_failure_of_a_poetry_that_was_killed() -> None:
    assert isinstance(diagnose("  - Installing pure (2.0)\n", -9), OutOfMemoryError)


def test_diagnose_poetry_failure_of_nothing_known() -> None:
    assert diagnose("Poetry could not find a file\n") is None


def test_diagnose_poetry_failure_masks_credentials() -> None:
    output = "404 Client Error: Not Found for url: https://me:s3cret@h.example/p\n"
    found = diagnose(output)
    assert isinstance(found, UrlNotFoundError)
    assert found.url == "https://****@h.example/p"


@pytest.mark.parametrize("name", [file.stem for file in sorted(FIXTURES.glob("*.txt"))])
def test_message_fits_a_log(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert found is not None
    body = message_for(found).body
    assert all(len(line) <= 110 for line in body.splitlines())
    assert not body.endswith("\n")


TEXTS = [file.read_text() for file in FIXTURES.glob("*.txt")]
FRAGMENTS = sorted({line for text in TEXTS for line in text.splitlines(keepends=True)})


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join)))
def test_diagnose_poetry_failure_of_any_output_has_a_message(output: str) -> None:
    found = diagnose(output)
    assert found is None or message_for(found).body


def test_diagnose_poetry_failure_of_long_output() -> None:
    output = "\n" * 200_000 + "a-" * 200_000 + "\n" + "Because x\n" * 20_000
    assert diagnose(output) is None
