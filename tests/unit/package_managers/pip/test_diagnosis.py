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
from python_buildpack.package_managers.pip.diagnosis import (
    HashesMissingError,
    HashProblem,
    IgnoredVersion,
    InvalidWheelError,
    NoMatchingDistributionError,
    PipFailedError,
    RequirementSyntaxError,
    diagnose_pip_failure,
)
from python_buildpack.package_managers.pip.index_diagnosis import UntrustedIndexError
from python_buildpack.system.errors import BuildpackError

# Imported for what they register.
from python_buildpack.system.machine import OutOfMemoryError
from python_buildpack.system.unexpected import DiskFullError

# Output of real pips, 26.3 and 25.1, with hosts and directories replaced, lines left out and cut.
FIXTURES = Path(__file__).parents[3] / "fixtures" / "pip_output"
PYTHON = "3.13.0"
HOST = "index.example"
NO_SSH = "ssh: Could not resolve hostname git.example: Name or service not known"


def diagnose(output: str, exit_status: int = 1) -> BuildpackError:
    return diagnose_pip_failure(output, PYTHON, exit_status)


def no_match(requirement: str, available: str = "", required_by: str = "") -> BuildpackError:
    versions = tuple(available.split())
    return NoMatchingDistributionError(requirement, required_by, versions, (), PYTHON)


def project_failed(detail: str, name: str = "") -> BuildpackError:
    return ProjectBuildFailedError(name, detail, "pip", PYTHON)


CASES: dict[str, BuildpackError] = {
    "no_version_pip_263": no_match("simplepkg==9.9", "1.0 1.1 2.0"),
    "unknown_name_pip_263": no_match("nosuchpkg>=1"),
    "requires_python_pip_263": NoMatchingDistributionError(
        "futurepkg", "", (), (IgnoredVersion("1.0", ">=4.0"),), PYTHON
    ),
    "requires_python_url_pip_263": RequiresPythonError("futurepkg", ">=4.0", PYTHON),
    "verbose_only_other_wheels_pip_263": NoWheelError("onlywin", PYTHON),
    "verbose_only_binary_pip_263": NoWheelError("cext", PYTHON),
    "verbose_status_404_pip_263": no_match("simplepkg"),
    "conflict_pip_263": ResolutionConflictError(
        ("The user requested simplepkg==2.0", "needsold 1.0 depends on simplepkg<2")
    ),
    "hash_mismatch_pip_263": HashMismatchError(("simplepkg==1.0",), "pip"),
    "cc_missing_pip_263": CompilerMissingError("cext", "gcc", PYTHON),
    "header_missing_pip_263": SystemLibraryMissingError("hdr", "libexample/foo.h", PYTHON),
    "lib_missing_pip_263": SystemLibraryMissingError("linklib", "-lnosuchlib", PYTHON),
    "broken_setup_pip_263": BuildFailedError(
        "brokensetup", "ModuleNotFoundError: No module named 'nosuchmodule'", PYTHON
    ),
    "broken_setup_pip_251": BuildFailedError(
        "brokensetup", "ModuleNotFoundError: No module named 'nosuchmodule'", PYTHON
    ),
    "bad_backend_pip_251": BuildFailedError("badbackend", "", PYTHON),
    "bad_backend_pip_263": BuildFailedError("badbackend", "", PYTHON),
    "own_readme_pip_263": project_failed("OSError: Readme file does not exist: README.md"),
    "own_flat_pip_263": project_failed(
        "error: Multiple top-level packages discovered in a flat-layout: ['b', 'a']."
    ),
    "own_module_pip_263": project_failed(
        "Error: Expected a Python module at: src/my_app/__init__.py", "my-app"
    ),
    "own_compiler_pip_263": ProjectNeedsError("my-app", "gcc", is_library=False, tool="pip"),
    "deprecated_name_pip_263": BuildFailedError(
        "sklearn", "https://github.com/scikit-learn/sklearn-pypi-package", PYTHON
    ),
    "stands_for_other_pip_263": BuildFailedError(
        "pytorch",
        'Exception: You tried to install "pytorch". The package named for PyTorch is "torch"',
        PYTHON,
    ),
    "invalid_requirement_pip_263": BuildFailedError(
        "tensorflow-gpu",
        "packaging.requirements.InvalidRequirement: Expected semicolon (after name with no version "
        "specifier) or end",
        PYTHON,
    ),
    "file_401_pip_263": IndexAuthenticationError(401, HOST),
    "file_403_pip_263": IndexAuthenticationError(403, HOST),
    "verbose_status_401_pip_263": IndexAuthenticationError(401, HOST),
    "verbose_status_403_pip_263": IndexAuthenticationError(403, HOST),
    "verbose_status_500_pip_263": IndexUnreachableError(
        HOST, NetworkProblem.SERVER_ERROR, "HTTP status 500"
    ),
    "url_404_pip_263": UrlNotFoundError("http://index.example/404/simplepkg-1.0.tar.gz", 404),
    "git_missing_pip_263": GitMissingError(),
    "git_fails_pip_263": GitFailedError("repository 'http://index.example/404/x.git/' not found"),
    "syntax_option_pip_263": RequirementSyntaxError(
        None, None, "simplepkg --nope: no such option: --nope"
    ),
    "disk_full_tmp_pip_263": DiskFullError(None),
    "git_nodns_pip_263": GitUnreachableError(
        "git.example",
        NetworkProblem.NAME_RESOLUTION,
        "unable to access 'https://git.example/o/r.git/': Could not resolve host: git.example",
    ),
    "git_refused_pip_263": GitUnreachableError(
        "127.0.0.1:1",
        NetworkProblem.CONNECTION,
        "unable to access 'https://127.0.0.1:1/o/r.git/': Failed to connect to 127.0.0.1 port 1 after "
        "0 ms: Couldn't connect to server",
    ),
    "git_ssh_pip_263": GitOverSshError("git.example", NO_SSH),
    "git_nossh_pip_263": GitOverSshError("git.example", "ssh -oBatchMode=yes: 1: ssh: not found"),
    "hashes_setuptools_pip_263": HashesMissingError(HashProblem.UNPINNED, ("setuptools>=3.0",)),
    "own_files_pip_263": project_failed(
        "ValueError: Unable to determine which files to ship inside the wheel using the following "
        "heuristics: https://hatch.pypa.io/latest/plugins/builder/wheel/#default-file-selection"
    ),
    "own_scm_pip_263": project_failed(
        "LookupError: setuptools-scm was unable to detect version for /workspace."
    ),
    "own_poetry_readme_pip_263": project_failed(
        "FileNotFoundError: Readme path `/workspace/README.md` does not exist."
    ),
    "needs_missing_pip_263": no_match("nosuchdep>=3", required_by="needsmissing"),
    "page_401_quiet_pip_263": no_match("simplepkg"),
    "version_too_old_pip_263": no_match(
        "tensorflow==2.15.0", "2.20.0rc0 2.20.0 2.21.0rc0 2.21.0rc1 2.21.0 2.22.0rc0"
    ),
    "transitive_conflict_pip_263": ResolutionConflictError(
        ("The user requested asgiref==3.5.0", "django 4.2 depends on asgiref<4 and >=3.6.0")
    ),
    "rust_missing_pip_263": CompilerMissingError("cryptography", "Rust", PYTHON),
    "rust_download_failed_pip_263": CompilerMissingError("rpds-py", "Rust", PYTHON),
    "meson_compiler_missing_pip_263": CompilerMissingError("numpy", "cc", PYTHON),
    "cxx_missing_pip_263": CompilerMissingError("greenlet", "g++", PYTHON),
    "pg_config_missing_pip_263": SystemLibraryMissingError("psycopg2", "pg_config", PYTHON),
    "pkg_config_missing_pip_263": SystemLibraryMissingError("mysqlclient", "mysqlclient", PYTHON),
    "lber_missing_pip_263": SystemLibraryMissingError("python-ldap", "lber.h", PYTHON),
    "old_sdist_pip_263": BuildFailedError(
        "PyYAML", "AttributeError: 'build_ext' object has no attribute 'cython_sources'", PYTHON
    ),
    "bad_build_requirement_pip_263": BuildFailedError(
        "badbuildreq", "ERROR: No matching distribution found for nosuch-build-tool", PYTHON
    ),
    "invalid_metadata_pip_263": InvalidMetadataError(
        "omegaconf 2.0.5", ".* suffix can only be used with `==` or `!=` operators", "pip"
    ),
    "invalid_metadata_url_pip_263": InvalidMetadataError(
        "omegaconf", ".* suffix can only be used with `==` or `!=` operators", "pip"
    ),
    "wrong_wheel_pip_263": InvalidWheelError("query-missing", "it is a wheel of other"),
    "invalid_wheel_pip_263": InvalidWheelError(
        "query-missing",
        ".dist-info directory 'other-1.0.dist-info' does not start with 'query-missing'",
    ),
    "invalid_setup_metadata_pip_263": InvalidMetadataError(
        "textract",
        "'install_requires' must be a string or iterable of strings containing valid"
        " project/version requirement specifiers;"
        " .* suffix can only be used with `==` or `!=` operators",
        "setuptools",
    ),
    "untrusted_index_pip_263": UntrustedIndexError(HOST),
    "syntax_pip_263": RequirementSyntaxError(
        "requirements.txt",
        2,
        "'requests=2': Expected semicolon (after name with no version specifier) or end",
    ),
}

UNREACHABLE = {
    "closed_port_pip_263": NetworkProblem.CONNECTION,
    "verbose_closed_port_pip_263": NetworkProblem.CONNECTION,
    "unresolved_pip_263": NetworkProblem.NAME_RESOLUTION,
    "timeout_pip_263": NetworkProblem.TIMEOUT,
    "tls_pip_263": NetworkProblem.TLS,
    "proxy_pip_263": NetworkProblem.PROXY,
    "file_closed_port_pip_251": NetworkProblem.CONNECTION,
}


@pytest.mark.parametrize("name", CASES)
def test_diagnose_pip_failure(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert type(found) is type(CASES[name])
    assert vars(found) == vars(CASES[name])


@pytest.mark.parametrize("name", UNREACHABLE)
def test_diagnose_pip_failure_of_an_unreachable_index(name: str) -> None:
    found = diagnose((FIXTURES / f"{name}.txt").read_text())
    assert isinstance(found, IndexUnreachableError)
    assert (found.host, found.problem) == (HOST, UNREACHABLE[name])
    assert found.detail


def test_diagnose_pip_failure_of_a_download_that_is_cut_off() -> None:
    found = diagnose((FIXTURES / "truncated_pip_263.txt").read_text())
    assert isinstance(found, IndexUnreachableError)
    assert found.problem is NetworkProblem.INCOMPLETE


@pytest.mark.parametrize(
    ("cause", "problem"),
    [
        ("ResponseError('too many 503 error responses')", NetworkProblem.SERVER_ERROR),
        ("NewConnectionError('[Errno 111] Connection refused')", NetworkProblem.CONNECTION),
    ],
)
def test_diagnose_pip_failure_whatever_the_url_has(cause: str, problem: NetworkProblem) -> None:
    line = (
        "ERROR: Could not install packages due to an OSError: HTTPConnectionPool("
        f"host='{HOST}', port=80): Max retries exceeded with url: "
        f"/ssl-proxy/pytest_timeout-2.4.0-py3-none-any.whl.metadata (Caused by {cause})"
    )
    found = diagnose_pip_failure(line, "3.13.7", 1)
    assert isinstance(found, IndexUnreachableError)
    assert (found.host, found.problem) == (HOST, problem)


def test_diagnose_pip_failure_of_missing_hashes() -> None:
    found = diagnose((FIXTURES / "hashes_missing_pip_263.txt").read_text())
    assert isinstance(found, HashesMissingError)
    assert found.problem is HashProblem.MISSING
    assert [requirement[:36] for requirement in found.requirements] == [
        "needsold==1.0 --hash=sha256:1908c45d"
    ]


def test_diagnose_pip_failure_knows_every_fixture() -> None:
    for file in FIXTURES.glob("*.txt"):
        assert not isinstance(diagnose(file.read_text()), PipFailedError), file.name


@pytest.mark.parametrize(
    ("line", "tool"),
    [
        ("error: command 'gcc' failed: No such file or directory", "gcc"),
        ("unable to execute 'x86_64-linux-gnu-gcc': No such file or directory", None),
        ("unable to execute gcc: No such file or directory", "gcc"),
        ("sh: 1: cc: not found", "cc"),
        ("/bin/sh: gcc: command not found", "gcc"),
        ("configure: error: no acceptable C compiler found in $PATH", "a C compiler"),
        ("error: linker `cc` not found", "cc"),
        ("Cargo, the Rust package manager, is not installed or is not on PATH.", "Rust"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'cmake'", "cmake"),
        ("RuntimeError: CMake must be installed to build from source.", "cmake"),
    ],
)
def test_diagnose_pip_failure_of_a_missing_tool(line: str, tool: str | None) -> None:
    found = diagnose(f"      {line}\n  ERROR: Failed building wheel for x\n")
    assert isinstance(found, CompilerMissingError)
    assert found.tool == (tool or "x86_64-linux-gnu-gcc")


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("src/a.c:1:10: fatal error: Python.h: No such file or directory", "Python.h"),
        ("a.c:1:10: fatal error: 'ffi.h' file not found", "ffi.h"),
        ("Error: pg_config executable not found.", "pg_config"),
        ("/bin/sh: 1: pkg-config: not found", "pkg-config"),
        ("/usr/bin/ld: cannot find -lpq: No such file or directory", "-lpq"),
        ('meson.build:1:0: ERROR: Dependency "openblas" not found, tried pkgconfig', "openblas"),
    ],
)
def test_diagnose_pip_failure_of_a_missing_library(line: str, missing: str) -> None:
    found = diagnose(f"      {line}\n  ERROR: Failed building wheel for x\n")
    assert isinstance(found, SystemLibraryMissingError)
    assert found.missing == missing


@pytest.mark.parametrize("exit_status", [-9, 137])
def test_diagnose_pip_failure_of_a_pip_that_was_killed(exit_status: int) -> None:
    assert isinstance(diagnose("Collecting requests\n", exit_status), OutOfMemoryError)


@pytest.mark.parametrize(
    "line",
    [
        "MemoryError",
        "g++: fatal error: Killed signal terminated program cc1plus",
        "c++: internal compiler error: Killed (program cc1plus)",
        "  │ exit code: -9",
        "process didn't exit successfully: `rustc --crate-name x` (signal: 9, SIGKILL: kill)",
        "/bin/sh: line 1:  1234 Killed                  gcc -c a.c",
    ],
)
def test_diagnose_pip_failure_of_too_little_memory(line: str) -> None:
    output = f"{line}\n  ERROR: Failed building wheel for x\n"
    assert isinstance(diagnose(output), OutOfMemoryError)


@pytest.mark.parametrize(
    ("line", "host"),
    [
        (
            "fatal: could not read Username for 'https://git.example': terminal prompts disabled",
            "git.example",
        ),
        (
            "fatal: unable to access 'https://h.example/': The requested URL returned error: 403",
            "h.example",
        ),
        ("fatal: Authentication failed for 'https://git.example/a.git/'", "git.example"),
    ],
)
def test_diagnose_pip_failure_of_a_repository_that_wants_credentials(line: str, host: str) -> None:
    output = f"  {line}\n  git clone --quiet https://git.example/a.git did not run successfully.\n"
    found = diagnose(output)
    assert isinstance(found, GitAuthenticationError)
    assert found.host == host
    assert "git-credentials" in message_for(found).body


@pytest.mark.parametrize(
    "line",
    [
        "git@git.example: Permission denied (publickey).",
        "Host key verification failed.",
        "fatal: cannot run ssh: No such file or directory",
    ],
)
def test_diagnose_pip_failure_of_a_repository_over_ssh(line: str) -> None:
    output = f"  {line}\n  git clone --quiet ssh://git@git.example/a did not run successfully.\n"
    found = diagnose(output)
    assert isinstance(found, GitOverSshError)
    body = message_for(found).body
    assert "    git+https://git.example/OWNER/NAME.git@REVISION\n" in body
    assert "git-credentials" in body


@pytest.mark.parametrize(
    "reason",
    [
        "Could not resolve host: git.example",
        "SSL certificate problem: unable to get local issuer certificate",
        "The requested URL returned error: 503",
        "Failed to connect to git.example port 443: Connection timed out",
        "Received HTTP code 407 from proxy after CONNECT tunnel",
    ],
)
def test_diagnose_pip_failure_of_a_repository_whose_host_gives_no_answer(reason: str) -> None:
    output = (
        f"  fatal: unable to access 'https://git.example/a/': {reason}\n"
        "  git clone --quiet https://git.example/a did not run successfully.\n"
    )
    found = diagnose(output)
    assert isinstance(found, GitUnreachableError)
    message = message_for(found)
    assert message.heading == "git can't reach git.example"
    assert "If the repository is private" not in message.body
    assert "index" not in message.body


def test_message_of_a_lock_with_hashes_that_lacks_setuptools() -> None:
    body = message_for(HashesMissingError(HashProblem.UNPINNED, ("setuptools>=3.0",))).body
    assert "pip-compile --generate-hashes --allow-unsafe" in body
    assert "uv pip compile --generate-hashes" in body
    assert "leaves out setuptools" in body


def test_diagnose_pip_failure_ignores_pages_of_other_distributions() -> None:
    output = """\
Could not fetch URL https://private.example/requests/: 403 Client Error: Forbidden - skipping
  Skipping link: none of the wheel's tags (x) are compatible: https://h.example/r.whl \
(from https://index.example/simple/requests/) (requires-python:>=3.8)
Could not fetch URL https://index.example/simple/nope/: 404 Client Error: Not Found - skipping
ERROR: Could not find a version that satisfies the requirement Nope (from versions: none)
ERROR: No matching distribution found for Nope
"""
    assert isinstance(diagnose(output), NoMatchingDistributionError)


def test_diagnose_pip_failure_of_nothing_known() -> None:
    found = diagnose("Segmentation fault\n", 139)
    assert isinstance(found, PipFailedError)
    assert found.exit_status == 139


def test_diagnose_pip_failure_masks_credentials() -> None:
    found = diagnose("ERROR: HTTP error 404 while getting https://me:s3cret@h.example/p.zip\n")
    assert isinstance(found, UrlNotFoundError)
    assert found.url == "https://****@h.example/p.zip"


TEXTS = [file.read_text() for file in FIXTURES.glob("*.txt")]
FRAGMENTS = sorted({line for text in TEXTS for line in text.splitlines(keepends=True)})


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join)))
def test_diagnose_pip_failure_of_any_output_has_a_message(output: str) -> None:
    message = message_for(diagnose(output))
    assert message.heading
    assert "\n" not in message.heading
    assert message.body


def test_diagnose_pip_failure_of_long_output() -> None:
    output = "\n" * 200_000 + "a-" * 200_000 + "\n" + "ERROR: Failed building wheel for x\n" * 5000
    assert isinstance(diagnose(output), BuildFailedError)


@pytest.mark.parametrize("name", sorted(CASES))
def test_message_fits_a_log(name: str) -> None:
    message = message_for(CASES[name])
    assert all(len(line) <= 110 for line in message.body.splitlines())
    assert not message.body.endswith("\n")
    assert "\x1b" not in message.body


def test_message_of_invalid_metadata_names_the_cure() -> None:
    message = message_for(diagnose((FIXTURES / "invalid_metadata_pip_263.txt").read_text()))
    assert message.heading == "Invalid metadata in omegaconf 2.0.5"
    assert "Allow another release" in message.body
    assert "BP_PIP_VERSION" not in message.body
    assert ".python-version" not in message.body
    message = message_for(diagnose((FIXTURES / "invalid_setup_metadata_pip_263.txt").read_text()))
    assert "another release" in message.body
    assert "BP_PIP_VERSION" not in message.body
