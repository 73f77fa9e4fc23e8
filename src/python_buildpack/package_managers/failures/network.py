"""What package indexes, proxies and repositories refuse, whichever tool asks them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from python_buildpack.system.errors import BuildpackError, ServiceError, UserError


class NetworkProblem(Enum):
    """Why a host gave no usable answer."""

    CONNECTION = "connection"
    NAME_RESOLUTION = "name resolution"
    TIMEOUT = "timeout"
    TLS = "TLS"
    PROXY = "proxy"
    SERVER_ERROR = "server error"
    INCOMPLETE = "incomplete"
    UNKNOWN = "unknown"


@dataclass(eq=False)
class IndexUnreachableError(ServiceError):
    """A package index, or a host that it links to, gave no usable answer.

    Args:
        host: with its port if it isn't that of the scheme; empty if the tool doesn't tell.
    """

    host: str
    problem: NetworkProblem
    detail: str


@dataclass(eq=False)
class IndexAuthenticationError(UserError):
    """A package index refused the credentials, or wants some.

    Args:
        status: 401 or 403; None if the tool doesn't tell which.
    """

    status: int | None
    host: str


@dataclass(eq=False)
class UrlNotFoundError(UserError):
    """Nothing is at the URL of a requirement or of a file that an index lists."""

    url: str
    status: int


@dataclass(eq=False)
class GitMissingError(UserError):
    """A requirement is in a git repository, and there is no git in the build image."""


@dataclass(eq=False)
class GitAuthenticationError(UserError):
    """A git repository wants credentials, or refused those that it got."""

    host: str
    detail: str


@dataclass(eq=False)
class GitOverSshError(UserError):
    """git was to fetch a repository over ssh, for which a build has no key."""

    host: str
    detail: str


@dataclass(eq=False)
class GitUnreachableError(ServiceError):
    """git could not reach the host of a repository.

    Args: as those of ``IndexUnreachableError``.
    """

    host: str
    problem: NetworkProblem
    detail: str


@dataclass(eq=False)
class GitFailedError(UserError):
    """git could not fetch the repository of a requirement."""

    detail: str


_URL_HOST = re.compile(r"//(?:[^/@\s]*@)?([\w.*-]+(?::\d+)?|\[[^\]\s]*\](?::\d+)?)")
_POOL_HOST = re.compile(r"host='([^']*)', port=(\d+)")
# Of URLs, in which any word may be, such as of a distribution that is called pytest-timeout.
_PATH = re.compile(r"(?<![/:])/[^\s/'\")][^\s'\")]*")
_PROBLEMS = (
    (
        re.compile(r"too many \d{3} error responses|returned error: 5\d\d"),
        NetworkProblem.SERVER_ERROR,
    ),
    # Only a proxy gets a whole URL.
    (re.compile(r"proxy|tunnel|': https?://", re.IGNORECASE), NetworkProblem.PROXY),
    (re.compile(r"SSL|certificate|TLS", re.IGNORECASE), NetworkProblem.TLS),
    (
        re.compile(r"resol|Name or service|dns error|lookup address|-[23]\]", re.IGNORECASE),
        NetworkProblem.NAME_RESOLUTION,
    ),
    (re.compile(r"time.?out|timed out|didn't respond", re.IGNORECASE), NetworkProblem.TIMEOUT),
    (
        re.compile(r"incomplete|not enough bytes|end of file before|decoding", re.IGNORECASE),
        NetworkProblem.INCOMPLETE,
    ),
)

# As programs in Rust tell of causes: uv, and what uses py-rattler.
CAUSE = re.compile(r"^ *(?:cause:|Caused by:|[├╰]─▶) *(.*)$", re.MULTILINE)
_STATUS = re.compile(
    r"HTTP status (?:client|server) error \((\d{3})[^)\n]*\) for url \(([^)\s]+)\)"
)
# The second says again, with each attempt, what the URL is; it may have any word in it.
_REQUEST = "error sending request for url"
_FETCH = re.compile(
    r"Failed to (?:fetch|download)(?: distribution)?:? `?(?P<url>https?://[^\s`]+)"
    rf"|{_REQUEST} \((?P<requested>https?://[^\s)]+)\)"
)
_CUT_OFF = re.compile(
    r"error decoding response body|end of file before message length|Failed to extract archive"
    r"|Failed to read from the distribution cache"
)

_GIT_REFUSED = re.compile(
    r"^[^\w\n]*(?:remote: |fatal: |ERROR: |error: |cause: )*"
    r"((?:could not read (?:Username|Password) for|Authentication failed for"
    r"|HTTP Basic: Access denied|Invalid username or"
    r"|terminal prompts disabled"
    r"|The requested URL returned error: 40[13]|unable to access '[^'\n]*': The requested URL "
    r"returned error: 40[13]).*)$",
    re.MULTILINE | re.IGNORECASE,
)


_GIT_SSH = re.compile(
    r"^[^\w\n]*(?:remote: |fatal: |ERROR: |error: |cause: )*"
    r"(ssh(?: -o\S*)?: .*|cannot run ssh: .*|(?:[\w.-]+@[\w.-]+: )?Permission denied \(.*"
    r"|Host key verification failed.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_SSH_HOST = re.compile(r"ssh://(?:[^/@\s]*@)?([\w.-]+)|[\w.*-]+@([\w.-]+):")
_GIT_UNREACHABLE = re.compile(
    r"Could not resolve|Failed to resolve|Failed to connect|Couldn't connect|Connection refused"
    r"|Connection reset|timed out|certificate|SSL|Max retries exceeded|returned error: 5\d\d"
    r"|CONNECT tunnel|Proxy CONNECT",
    re.IGNORECASE,
)


def git_failure(output: str, detail: str) -> BuildpackError:
    """Return why git could not fetch a repository."""
    if match := _GIT_SSH.search(output):
        host = _SSH_HOST.search(output)
        return GitOverSshError((host[1] or host[2]) if host else "", match[1].strip())
    if match := _GIT_REFUSED.search(output):
        return GitAuthenticationError(host_in(match[1]), match[1].strip())
    if _GIT_UNREACHABLE.search(detail):
        found = unreachable(host_in(detail), detail)
        return GitUnreachableError(found.host, found.problem, found.detail)
    return GitFailedError(detail)


def status_error(status: int, url: str) -> BuildpackError:
    """Return what it means that a server answered ``url`` with a status of 400 and more."""
    if status in (401, 403):
        return IndexAuthenticationError(status, host_in(url))
    if status == 407:
        return IndexUnreachableError(host_in(url), NetworkProblem.PROXY, f"HTTP status {status}")
    if 400 <= status < 500 and status not in (408, 429):
        return UrlNotFoundError(url.partition("#")[0], status)
    return IndexUnreachableError(host_in(url), NetworkProblem.SERVER_ERROR, f"HTTP status {status}")


def diagnose_request(output: str) -> BuildpackError | None:
    """Return why a program in Rust got no answer, or none of use; None if its output doesn't tell."""
    if match := _STATUS.search(output):
        return status_error(int(match[1]), match[2])
    if match := _FETCH.search(output):
        block = output[match.end() :].partition("\n\n")[0]
        causes = [cause for cause in CAUSE.findall(block) if not cause.startswith(_REQUEST)]
        return unreachable(host_in(match["url"] or match["requested"]), ": ".join(causes))
    if match := _CUT_OFF.search(output):
        return IndexUnreachableError("", NetworkProblem.INCOMPLETE, match[0])
    return None


def unreachable(host: str, detail: str) -> IndexUnreachableError:
    """Return why ``host`` couldn't be fetched, as ``detail`` tells, one line or several."""
    without_paths = _PATH.sub("", detail)
    found = (problem for pattern, problem in _PROBLEMS if pattern.search(without_paths))
    line = " ".join(detail.split())
    return IndexUnreachableError(host, next(found, NetworkProblem.CONNECTION), line)


def host_in(text: str) -> str:
    """Return the first host in ``text``, with its port; empty if there is none."""
    if match := _POOL_HOST.search(text):
        host, port = match.groups()
        return host if port in ("80", "443") else f"{host}:{port}"
    found = _URL_HOST.search(text)
    return found[1] if found else ""
