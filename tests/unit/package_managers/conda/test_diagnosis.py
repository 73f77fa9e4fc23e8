from __future__ import annotations

import pytest

from python_buildpack.package_managers.conda.diagnosis import (
    InvalidEnvironmentFileError,
    NotACondaPackageError,
    PlatformNotLockedError,
    diagnose_output,
    diagnose_problem,
)
from python_buildpack.package_managers.conda.managers import PIXI
from python_buildpack.package_managers.failures.causes import (
    HashMismatchError,
    ResolutionConflictError,
)
from python_buildpack.package_managers.failures.network import (
    IndexAuthenticationError,
    IndexUnreachableError,
    NetworkProblem,
    UrlNotFoundError,
)
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    UnknownNamesError,
    UnsupportedLockVersionError,
)
from python_buildpack.system.errors import BuildpackError

NEWER = "found newer lockfile format version 99, but only up to including version 7 is supported"
URL = "http://127.0.0.1:8765/noarch/idna-3.20-pyhd_0.conda"
# What py-rattler 0.28 says.
FETCH = """\
failed to fetch idna-3.20-pyhd_0.conda
Caused by: failed to interact with the package cache layer.
"""
MISMATCH = f"""\
Caused by: hash mismatch when extracting {URL} to /layers/x/.idna-3.20-pyhd_0Uah3d7: expected 00, got fb
"""
STATUS = "Caused by: HTTP status client error ({status}) for url (" + URL + ")\n"
REFUSED = f"""\
Caused by: Request failed after 3 retries
Caused by: error sending request for url ({URL})
Caused by: client error (Connect)
Caused by: tcp connect error
Caused by: Connection refused (os error 111)
"""
CUT_OFF = """\
Caused by: an io error occurred: error decoding response body
Caused by: error reading a body from connection
Caused by: end of file before message length reached
"""


@pytest.mark.parametrize(
    ("problem", "detail", "known", "expected"),
    [
        ("lock", NEWER, [], UnsupportedLockVersionError("pixi.lock", "99", "up to 7")),
        ("lock", "no field", [], InvalidLockError("pixi.lock", "no field", "pixi lock")),
        (
            "environment",
            "prod",
            ["default"],
            UnknownNamesError("BP_PIXI_ENVIRONMENT", ("prod",), ("default",), "pixi.lock"),
        ),
        (
            "platform",
            "linux-64",
            ["osx-64"],
            PlatformNotLockedError("pixi.lock", "linux-64", ("osx-64",), "pixi lock"),
        ),
        ("file", "no list", [], InvalidEnvironmentFileError("pixi.lock", "no list")),
        ("conflict", "No a.\n\n", [], ResolutionConflictError(("No a.",))),
        ("source", "tools", [], NotACondaPackageError("pixi.lock", "tools")),
        ("hash", "a.conda", [], HashMismatchError(("a.conda",), "pixi")),
        ("missing", "file:///a.conda", [], UrlNotFoundError("file:///a.conda", 404)),
    ],
)
def test_diagnose_problem(
    problem: str, detail: str, known: list[str], expected: BuildpackError
) -> None:
    told = {"problem": problem, "detail": detail, "known": known}
    found = diagnose_problem(told, "pixi.lock", PIXI)
    assert type(found) is type(expected)
    assert vars(found) == vars(expected)


def test_diagnose_unknown_problem() -> None:
    assert diagnose_problem({"problem": "other"}, "pixi.lock", PIXI) is None
    assert diagnose_output("something else", 1, PIXI) is None


def test_diagnose_mismatch() -> None:
    found = diagnose_output(FETCH + MISMATCH, 1, PIXI)
    assert isinstance(found, HashMismatchError)
    assert found.requirements == ("idna-3.20-pyhd_0.conda",)


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        (STATUS.format(status="404 File not found"), UrlNotFoundError),
        (STATUS.format(status="401 Unauthorized"), IndexAuthenticationError),
        (REFUSED, IndexUnreachableError),
        (CUT_OFF, IndexUnreachableError),
    ],
)
def test_diagnose_network(output: str, kind: type[BuildpackError]) -> None:
    assert isinstance(diagnose_output(FETCH + output, 1, PIXI), kind)


def test_diagnose_refused_connection() -> None:
    found = diagnose_output(FETCH + REFUSED, 1, PIXI)
    assert isinstance(found, IndexUnreachableError)
    assert (found.host, found.problem) == ("127.0.0.1:8765", NetworkProblem.CONNECTION)
    assert "Connection refused" in found.detail


def test_diagnose_repodata() -> None:
    broken = (
        "failed to parse repodata.json\nCaused by: EOF while parsing a string at line 1 column 300"
    )
    found = diagnose_output(broken, 1, PIXI)
    assert isinstance(found, IndexUnreachableError)
    assert found.problem is NetworkProblem.INCOMPLETE
    missing = (
        "could not find subdir 'noarch' in channel 'file:///nowhere/'\nCaused by: failed to open"
    )
    nowhere = diagnose_output(missing, 1, PIXI)
    assert isinstance(nowhere, UrlNotFoundError)
    assert nowhere.url == "file:///nowhere/"
