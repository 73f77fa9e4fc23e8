"""Wording for package indexes and Git repositories that can't be reached."""

from __future__ import annotations

from python_buildpack.messages.links import BINDINGS, SYSTEM_PACKAGES
from python_buildpack.messages.message import said, text_for
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
from python_buildpack.package_managers.pip.index_diagnosis import UntrustedIndexError
from python_buildpack.package_managers.registry import MANAGERS
from python_buildpack.system.text import printable

_PROXY_ADVICE = """\
Build again. If this machine can't reach the host, set HTTPS_PROXY (and NO_PROXY), or use a mirror:
  - pip: PIP_INDEX_URL=URL
  - uv: an entry in [[tool.uv.index]] with url and default = true; lock again
  - Poetry: poetry source add --priority=primary mirror URL; lock again"""
_GIT_PROXY_ADVICE = """\
Build again. Otherwise check the host's spelling, and whether this machine can resolve and reach it.
If only a proxy can, set HTTPS_PROXY (and NO_PROXY)."""
_TIMEOUTS = f"""\
To wait longer, in seconds, set one of
{", ".join(f"{each.timeout_variable}=60" for each in MANAGERS if each.timeout_variable)}."""
_INDEX_CREDENTIALS = "\n".join(
    f"    {f'{each.display_name}:':7} {' and '.join(each.index_credentials)}"
    for each in MANAGERS
    if each.index_credentials
)
_CERTIFICATES = f"""\
For a private CA, of the host or of a proxy, set SSL_CERT_FILE to its certificate, or add a binding
of type ca-certificates: {BINDINGS}
An expired certificate must be renewed by the host's operators."""
# The cause, with the host to be filled in, and what to do.
_CAUSES = {
    NetworkProblem.CONNECTION: ("Can't connect to {host}.", _PROXY_ADVICE),
    NetworkProblem.NAME_RESOLUTION: (
        "Can't resolve the name {host}.",
        f"Check the spelling, and whether this machine has DNS.\n{_PROXY_ADVICE}",
    ),
    NetworkProblem.TIMEOUT: ("{host} didn't answer in time.", f"{_PROXY_ADVICE}\n{_TIMEOUTS}"),
    NetworkProblem.TLS: ("The certificate of {host} can't be verified.", _CERTIFICATES),
    NetworkProblem.PROXY: (
        "The proxy for {host} can't be reached, or refuses.",
        """\
Check HTTPS_PROXY, HTTP_PROXY, NO_PROXY and PIP_PROXY of the build. If the proxy answers 407, it
needs credentials, percent-encoded: http://USER:PASSWORD@PROXY:PORT""",
    ),
    NetworkProblem.SERVER_ERROR: (
        "{host} had a server error.",
        "Build again. If it fails again, check the index's status page, or use a mirror.",
    ),
    NetworkProblem.INCOMPLETE: (
        "A download from {host} was incomplete or damaged.",
        "Build again. If it fails again, check proxies and mirrors.",
    ),
    NetworkProblem.UNKNOWN: (
        "All attempts to reach {host} failed.",
        f"{_PROXY_ADVICE}\n{_CERTIFICATES}",
    ),
}


@text_for.register
def _(error: IndexUnreachableError) -> str:
    host = printable(error.host) or "the package index"
    cause, advice = _CAUSES[error.problem]
    return f"""\
Can't reach {host}
{cause.format(host=host)}

{said("The tool", error.detail)}{advice}"""


@text_for.register
def _(error: IndexAuthenticationError) -> str:
    host = printable(error.host)
    cause = {
        401: f"{host} answered 401: missing or wrong credentials.",
        403: f"{host} answered 403: these credentials, or this machine, may not read.",
    }.get(error.status or 0, f"{host} needs other credentials.")
    return f"""\
{host} refuses access
{cause}

Add a binding ({BINDINGS}):
  - of type pip, whose pip.conf has the index's URL with user and password; or
  - of type netrc, whose .netrc has
    machine {host.partition(":")[0]} login USER password TOKEN
  - for Poetry also of type poetry, with its auth.toml; for conda and pixi of type conda, with the
    credentials.json of rattler.
Or set variables of the build, with the index's name in capitals and _ for other characters:
{_INDEX_CREDENTIALS}

If they are set, check that they haven't expired. In a URL, such as PIP_INDEX_URL or
--index-url ${{INDEX_URL}}, percent-encode characters like @ : / in the password. A variable that
isn't set in the build stays as written, ${{LIKE_THIS}}."""


@text_for.register
def _(error: UntrustedIndexError) -> str:
    host = printable(error.host)
    return f"""\
pip ignores the index at {host}, because its URL is not https
Use an https:// URL. If {host} has none, and you trust the network, set
PIP_TRUSTED_HOST={host}, or add to the requirements file: --trusted-host {host}"""


@text_for.register
def _(error: UrlNotFoundError) -> str:
    return f"""\
A required file doesn't exist
URL: {printable(error.url)}
The server answered {error.status}.

If a requirements file has this URL, correct it. Otherwise the index lists a file that it doesn't
have, such as of a removed version: lock again. Private servers also answer 404 without credentials:
{BINDINGS}"""


@text_for.register
def _(_error: GitMissingError) -> str:
    return f"""\
A requirement is in a git repository, and the build image has no git
Use a builder whose build image has git, or require an archive of a tag or commit, such as
    name @ https://github.com/OWNER/NAME/archive/refs/tags/v1.0.tar.gz
See {SYSTEM_PACKAGES}"""


@text_for.register
def _(error: GitAuthenticationError) -> str:
    host = printable(error.host)
    return f"""\
A git repository{f" at {host}" if host else ""} needs credentials
{said("git", error.detail)}\
git can't ask for a password in a build: {_git_credentials(host)}
If they are set, check that they haven't expired and may read this repository, and check its name."""


@text_for.register
def _(error: GitOverSshError) -> str:
    host = printable(error.host) or "github.com"
    return f"""\
A requirement uses git over ssh
{said("git", error.detail)}\
A build has no ssh key. Require the repository by https, and lock again if there is a lock:
    git+https://{host}/OWNER/NAME.git@REVISION
If it is private, {_git_credentials(host)}"""


@text_for.register
def _(error: GitUnreachableError) -> str:
    host = printable(error.host) or "the host"
    cause, advice = _CAUSES[error.problem]
    if error.problem not in (NetworkProblem.PROXY, NetworkProblem.TLS):
        advice = _GIT_PROXY_ADVICE
    return f"""\
git can't reach {host}
{cause.format(host=host)}

{said("git", error.detail)}{advice}"""


@text_for.register
def _(error: GitFailedError) -> str:
    return f"""\
git could not fetch a requirement
{said("git", error.detail)}\
Check the URL, and the tag, branch or commit after the @. If the repository is private,
{_git_credentials()}"""


def _git_credentials(host: str = "") -> str:
    return f"""\
add a binding of type git-credentials with a line such as
    https://USER:TOKEN@{host or "github.com"}
{BINDINGS}"""
