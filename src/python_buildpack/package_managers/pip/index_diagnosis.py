"""What went wrong between pip and a package index, read from pip's output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from python_buildpack.package_managers.failures.network import (
    GitMissingError,
    git_failure,
    host_in,
    status_error,
    unreachable,
)
from python_buildpack.system.errors import BuildpackError, UserError


@dataclass(eq=False)
class UntrustedIndexError(UserError):
    """pip ignored an index because its URL is http:// and its host not a trusted one."""

    host: str


# A file that pip could not get, which ends the installation.
_FILE_STATUS = re.compile(r"^ *ERROR: HTTP error (\d{3}) while getting (\S+)", re.MULTILINE)
# A page of an index that pip could not get. It goes on without, and tells at -vv only.
_PAGE_FAILED = re.compile(r"^ *Could not fetch URL (\S+): (.*?)(?: - skipping)?$", re.MULTILINE)
_PAGE_STATUS = re.compile(r"(\d{3}) (?:Client|Server) Error|too many (\d{3}) error responses")
# After the last attempt. Connection errors and timeouts only.
_RETRIED = re.compile(
    r"^ *WARNING: Retrying \(Retry\(total=0, .*? after connection broken by (.*)$", re.MULTILINE
)
# pip ends so where a file, not an index page, can't be fetched.
_DIAGNOSED = re.compile(
    r"^ *error: (connection-failed|connection-timeout|ssl-verification-failed"
    r"|proxy-connection-failed|incomplete-download)$\s*(?:. )?(.*)\n?(.*)",
    re.MULTILINE,
)
# pip 25.1 so.
_CRASHED = re.compile(
    r"^(?:ERROR: Could not install packages due to an OSError: |pip\._vendor\.urllib3\.exceptions\.)"
    r"(\w*(?:ConnectionPool|ReadTimeout|Protocol|IncompleteRead|SSL)\w*.*)$",
    re.MULTILINE,
)
_NOTHING_FOUND = re.compile(
    r"^ *ERROR: Could not find a version that satisfies the requirement ([\w.-]+)"
    r".*\(from versions: none\)",
    re.MULTILINE,
)
_INDEX = re.compile(r"^ *Looking in indexes: (\S+?),?(?: |$)", re.MULTILINE)
_UNTRUSTED = re.compile(
    r"^ *WARNING: The repository located at (\S+) is not a trusted or secure host", re.MULTILINE
)
_GIT_MISSING = "Cannot find command 'git'"
_GIT_RAN = re.compile(
    r"^ *(?:\S )?git (?:clone|fetch|checkout)\b.* did not run successfully", re.MULTILINE
)
_GIT_SAID = re.compile(
    r"^ *(?:fatal|ERROR|error): (?!subprocess-exited|Failed to build)(.*)$", re.MULTILINE
)


def diagnose_index_failure(output: str) -> BuildpackError | None:
    """Return what is wrong with the network, an index or a repository; None if it isn't that."""
    if _GIT_MISSING in output:
        return GitMissingError()
    if _GIT_RAN.search(output):
        said = _GIT_SAID.search(output)
        return git_failure(output, said[1].strip() if said else "")
    if match := _FILE_STATUS.search(output):
        return status_error(int(match[1]), match[2])
    if match := _DIAGNOSED.search(output):
        return unreachable(host_in(output[match.start() :]), " ".join(match.groups()))
    if match := _CRASHED.search(output):
        return unreachable(host_in(match[1]), match[1])
    if match := _NOTHING_FOUND.search(output):
        return next(_page_failures(output, canonicalize_name(match[1])), None)
    return None


def _page_failures(output: str, name: str) -> Iterator[BuildpackError]:
    """Yield why pages of indexes couldn't be fetched.

    That a page doesn't exist says only that this index doesn't have the distribution. That the
    page of another distribution couldn't be fetched says nothing of this one.
    """
    for match in _PAGE_FAILED.finditer(output):
        url, reason = match.groups()
        status = _PAGE_STATUS.search(reason)
        if url.endswith("/") and not url.endswith(f"/{name}/"):
            continue
        if status is None:
            yield unreachable(host_in(url), reason)
        elif (number := int(status[1] or status[2])) not in (404, 410):
            yield status_error(number, url)
    for match in _RETRIED.finditer(output):
        if match[1].rstrip().endswith(f"/{name}/"):
            first = _INDEX.search(output)
            host = host_in(match[1]) or host_in(first[1] if first else "")
            yield unreachable(host, match[1])
    for match in _UNTRUSTED.finditer(output):
        yield UntrustedIndexError(match[1])
