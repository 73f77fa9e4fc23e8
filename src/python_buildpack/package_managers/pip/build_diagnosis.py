"""What went wrong while pip built a source distribution, read from pip's output."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from python_buildpack.package_managers.failures.causes import (
    diagnose_build,
    diagnose_project,
    first_group,
    is_directory_of_project,
    last_error,
)
from python_buildpack.system.errors import BuildpackError

# Each says of which distribution the build failed, in the words of one of pip's versions.
_FAILED = (
    re.compile(r"^ *ERROR: Failed building wheel for (\S+)", re.MULTILINE),
    re.compile(r"^ERROR: Failed to build '([^']+)' when", re.MULTILINE),
    re.compile(r"Encountered error while generating package metadata\.\n╰─> (?!See above)(\S+)"),
    re.compile(r"Failed to build installable wheels for some pyproject\.toml.*\n\W*([^\s,]+)"),
)
_SUBPROCESS_FAILED = re.compile(
    r"^ *error: (?:subprocess-exited-with-error|metadata-generation-failed|backend-unavailable)$"
    r"|BackendUnavailable",
    re.MULTILINE,
)
_COLLECTING = re.compile(r"^(?:Collecting |Processing \S*/)([A-Za-z0-9][\w.-]*)", re.MULTILINE)
_SOURCE = re.compile(
    r"^(?:Collecting (?P<name>[A-Za-z0-9][\w.-]*)|(?:Processing|Obtaining) (?P<location>\S+))",
    re.MULTILINE,
)
_WHEEL_FAILED = re.compile(r"^ *ERROR: Failed building (?:wheel|editable) for (\S+)", re.MULTILINE)
_START_OF_OUTPUT = re.compile(r"╰─> \[\d+ lines? of output\]")
_END_OF_OUTPUT = "[end of output]"


def diagnose_build_failure(output: str, python_version: str) -> BuildpackError | None:
    """Return why a source distribution could not be built; None if it isn't that."""
    distribution = _distribution_in(output)
    if distribution is None:
        return None
    detail = _ending_of_build(output)
    if _is_project(output):
        built = _WHEEL_FAILED.search(output)
        name = built[1] if built else ""
        return diagnose_project(_output_of_build(output), name, python_version, "pip", detail)
    return diagnose_build(output, distribution, python_version, detail)


def _is_project(output: str) -> bool:
    """Return whether it was a directory that could not be built, rather than a download."""
    sources = list(_SOURCE.finditer(output))
    directories = [
        each for each in sources if each["location"] and is_directory_of_project(each["location"])
    ]
    if built := _WHEEL_FAILED.search(output):
        collected = {canonicalize_name(each["name"]) for each in sources if each["name"]}
        return bool(directories) and canonicalize_name(built[1]) not in collected
    # pip makes metadata one by one, right after it has said where a distribution comes from.
    return bool(directories) and sources[-1] is directories[-1]


def _distribution_in(output: str) -> str | None:
    if name := first_group(_FAILED, output):
        return name
    if not _SUBPROCESS_FAILED.search(output):
        return None
    # pip 25.1 doesn't say. It makes metadata one by one, right after the download.
    return next(iter(_COLLECTING.findall(output)[-1:]), "")


def _ending_of_build(output: str) -> str:
    """Return the last error that the build printed, or else its last line; "" where it isn't shown."""
    if _END_OF_OUTPUT not in output:
        return ""
    built = _output_of_build(output).rstrip()
    return last_error(built) or built.rpartition("\n")[2].strip()


def _output_of_build(output: str) -> str:
    before = output.partition(_END_OF_OUTPUT)[0]
    start = _START_OF_OUTPUT.search(before)
    return before[start.end() :] if start else before
