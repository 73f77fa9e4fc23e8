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
from python_buildpack.package_managers.uv.diagnosis import diagnose_uv_failure
from python_buildpack.system.errors import BuildpackError

# Imported for what they register.
from python_buildpack.system.machine import OutOfMemoryError
from python_buildpack.system.unexpected import DiskFullError

# Output of a real uv, with hosts and directories replaced, long lines cut.
FIXTURES = Path(__file__).parents[3] / "fixtures" / "uv_output"
PYTHON = "3.13.0"
HOST = "index.example"


def diagnose(output: str, exit_status: int = 2) -> BuildpackError | None:
    return diagnose_uv_failure(output, PYTHON, exit_status)


def project_failed(detail: str) -> BuildpackError:
    return ProjectBuildFailedError("my-app", detail, "uv", PYTHON)


CASES: dict[str, BuildpackError] = {
    "badbuild": BuildFailedError("badbuild", "RuntimeError: cannot be built", PYTHON),
    "cext_nocc": CompilerMissingError("cext", "gcc", PYTHON),
    "diskfull": DiskFullError(None),
    "file_401": IndexAuthenticationError(401, HOST),
    "file_403": IndexAuthenticationError(403, HOST),
    "file_404": UrlNotFoundError("http://index.example/files/pure-2.0-py3-none-any.whl", 404),
    "gone": UrlNotFoundError("http://index.example/files/pure-2.5-py3-none-any.whl", 404),
    "git_401": GitAuthenticationError(
        HOST, "could not read Username for 'http://index.example': terminal prompts disabled"
    ),
    "git_403": GitAuthenticationError(
        HOST,
        "unable to access 'http://index.example/git/gpkg.git/': The requested URL returned "
        "error: 403",
    ),
    "git_404": GitFailedError("repository 'http://index.example/git/gpkg.git/' not found"),
    "git_nodns": GitUnreachableError(
        "git.example",
        NetworkProblem.NAME_RESOLUTION,
        "unable to access 'https://git.example/o/r.git/': Could not resolve host: git.example",
    ),
    "git_ssh": GitOverSshError(
        "git.example", "ssh: Could not resolve hostname git.example: Name or service not known"
    ),
    "git_missing": GitMissingError(),
    "hpq": SystemLibraryMissingError("hpq", "libpq-fe.h", PYTHON),
    "invalid_setup": InvalidMetadataError(
        "textract",
        "'install_requires' must be a string or iterable of strings containing valid"
        " project/version requirement specifiers;"
        " .* suffix can only be used with `==` or `!=` operators",
        "setuptools",
    ),
    "killed": OutOfMemoryError("uv"),
    "nobuildreq": BuildFailedError("broken", "RuntimeError: cannot be built", PYTHON),
    "nolib": SystemLibraryMissingError("nolib", "-lldap_r_not", PYTHON),
    "nospace": DiskFullError(None),
    "onlywin": NoWheelError("onlywin==1.0", PYTHON),
    "own_compiler": ProjectNeedsError("my-app", "gcc", is_library=False, tool="uv"),
    "own_readme": project_failed("OSError: Readme file does not exist: README.md"),
    "own_poetry_readme": project_failed(
        "FileNotFoundError: Readme path `/workspace/README.md` does not exist."
    ),
    "own_uv_readme": project_failed(
        "failed to open file `/workspace/README.md`: No such file or directory (os error 2)"
    ),
    "own_files": project_failed(
        "ValueError: Unable to determine which files to ship inside the wheel using the following "
        "heuristics: https://hatch.pypa.io/latest/plugins/builder/wheel/#default-file-selection"
    ),
    "own_flat": project_failed(
        "error: Multiple top-level packages discovered in a flat-layout: ['b', 'a']."
    ),
    "own_module": project_failed("Expected a Python module at: src/my_app/__init__.py"),
    "own_scm": project_failed(
        "LookupError: setuptools-scm was unable to detect version for /workspace."
    ),
    "tooold": RequiresPythonError("", ">=3.13", PYTHON),
    "wronghash": HashMismatchError(("pure==2.0",), "uv"),
}
UNREACHABLE = {
    "file_503": (HOST, NetworkProblem.SERVER_ERROR),
    "file_altered": ("", NetworkProblem.INCOMPLETE),
    "file_reset": (HOST, NetworkProblem.CONNECTION),
    "file_slow": (HOST, NetworkProblem.TIMEOUT),
    "file_truncated": ("", NetworkProblem.INCOMPLETE),
    "noresolve": (HOST, NetworkProblem.NAME_RESOLUTION),
    # uv doesn't say that it is a proxy that refuses.
    "proxy": (HOST, NetworkProblem.CONNECTION),
    "proxy407": (HOST, NetworkProblem.PROXY),
    "tls": (HOST, NetworkProblem.TLS),
}


@pytest.mark.parametrize("name", CASES)
def test_diagnose_uv_failure(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert type(found) is type(CASES[name])
    assert vars(found) == vars(CASES[name])


@pytest.mark.parametrize("name", UNREACHABLE)
def test_diagnose_uv_failure_of_an_unreachable_index(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert isinstance(found, IndexUnreachableError)
    assert (found.host, found.problem) == UNREACHABLE[name]
    assert found.detail


@pytest.mark.parametrize("name", ["conflict", "future", "nosuch"])
def test_diagnose_uv_failure_of_a_contradiction(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert isinstance(found, ResolutionConflictError)
    assert found.lines[0].startswith("Because ")


def test_diagnose_uv_failure_of_what_a_build_requires() -> None:
    found = diagnose((FIXTURES / "needstool.txt").read_text())
    assert isinstance(found, BuildFailedError)
    assert found.distribution == "needstool"
    assert found.detail.startswith("Because nosuchtool was not found")


def test_diagnose_uv_failure_in_the_words_of_an_older_uv() -> None:
    output = """\
  × Failed to download `pure==2.0`
  ├─▶ Failed to fetch: `https://index.example/files/pure-2.0-py3-none-any.whl`
  ╰─▶ HTTP status client error (401 Unauthorized) for url (https://index.example/files/p.whl)
"""  # noqa: RUF001 - its own characters
    found = diagnose(output)
    assert isinstance(found, IndexAuthenticationError)
    assert (found.status, found.host) == (401, HOST)


def test_diagnose_uv_failure_of_a_uv_that_was_killed() -> None:
    assert isinstance(diagnose("Resolved 2 packages in 1ms\n", -9), OutOfMemoryError)


def test_diagnose_uv_failure_of_nothing_known() -> None:
    assert diagnose("error: Querying Python failed\n") is None


def test_diagnose_uv_failure_masks_credentials() -> None:
    output = "HTTP status client error (404 Not Found) for url (https://me:s3cret@h.example/p)\n"
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
def test_diagnose_uv_failure_of_any_output_has_a_message(output: str) -> None:
    found = diagnose(output)
    assert found is None or message_for(found).body


def test_diagnose_uv_failure_of_long_output() -> None:
    output = "\n" * 200_000 + "a-" * 200_000 + "\n" + "error: Failed to build `x==1`\n" * 5000
    assert diagnose(output) is None


def test_message_of_an_index_that_can_not_be_reached_advises_uv_users_to_lock_again() -> None:
    found = diagnose((FIXTURES / "noresolve.txt").read_text())
    assert found is not None
    body = message_for(found).body
    # With that, uv says that the lock is out of date.
    assert "UV_DEFAULT_INDEX" not in body
    assert "[[tool.uv.index]]" in body
    assert "lock again" in body


def test_message_of_an_index_that_refuses_access_names_the_variables_of_uv_and_poetry() -> None:
    found = diagnose((FIXTURES / "file_401.txt").read_text())
    assert found is not None
    body = message_for(found).body
    assert "UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD" in body
    assert "POETRY_HTTP_BASIC_NAME_USERNAME and POETRY_HTTP_BASIC_NAME_PASSWORD" in body
