"""Wording for package indexes and repositories that can't be reached."""

from __future__ import annotations

from python_buildpack.messages.links import BINDINGS
from python_buildpack.messages.message import UserMessage, message_for
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
from python_buildpack.system.text import printable, wrapped

_PROXY_ADVICE = """\
If the problem is temporary, build again. If this machine can't reach the host at all, set
HTTPS_PROXY (and NO_PROXY), or use a mirror that it can reach. With pip, that is PIP_INDEX_URL. uv and
Poetry take files from where the lock has them: name the mirror in pyproject.toml, lock again, and
commit the lock. For uv, that is an entry of [[tool.uv.index]] with url and default = true; for
Poetry, poetry source add --priority=primary mirror URL."""
_GIT_PROXY_ADVICE = """\
If the problem is temporary, build again. Otherwise check the spelling of the host, and whether
this machine can reach it and look up its name. Where only a proxy can, set HTTPS_PROXY (and
NO_PROXY) for the build."""
_TIMEOUTS = f"""\
To wait longer, in seconds, set one of
{", ".join(f"{each.timeout_variable}=60" for each in MANAGERS if each.timeout_variable)}."""
_INDEX_CREDENTIALS = "\n".join(
    f"    {f'{each.display_name}:':7} {' and '.join(each.index_credentials)}"
    for each in MANAGERS
    if each.index_credentials
)
_CERTIFICATES = f"""\
If the host, or a proxy on the way, has a certificate of your own authority, give the build that
authority's certificate: by SSL_CERT_FILE, which names the file, or by a binding of type
ca-certificates:
{BINDINGS}
One that has expired has to be renewed by those who run the host."""
# The cause, with the host to be filled in, and what to do.
_CAUSES = {
    NetworkProblem.CONNECTION: ("No connection to {host} could be made.", _PROXY_ADVICE),
    NetworkProblem.NAME_RESOLUTION: (
        "The name {host} has no address here.",
        f"Check the spelling, and whether this machine may look up names.\n{_PROXY_ADVICE}",
    ),
    NetworkProblem.TIMEOUT: ("{host} didn't answer in time.", f"{_PROXY_ADVICE}\n{_TIMEOUTS}"),
    NetworkProblem.TLS: ("The certificate of {host} can't be verified.", _CERTIFICATES),
    NetworkProblem.PROXY: (
        "The proxy on the way to {host} can't be reached, or refuses.",
        """\
Check HTTPS_PROXY, HTTP_PROXY, NO_PROXY and PIP_PROXY of the build. A proxy that answers
407 needs credentials: http://USER:PASSWORD@PROXY:PORT, percent-encoded.""",
    ),
    NetworkProblem.SERVER_ERROR: (
        "{host} had an error of its own.",
        "Build again. If it happens again, look at the status page of the index, or use a mirror.",
    ),
    NetworkProblem.INCOMPLETE: (
        "A download from {host} was cut off, or isn't what it should be.",
        "Build again. If it happens again, a proxy or mirror on the way may be at fault.",
    ),
    NetworkProblem.UNKNOWN: (
        "All attempts to reach {host} failed, and it isn't known why.",
        f"{_PROXY_ADVICE}\n{_CERTIFICATES}",
    ),
}


@message_for.register
def _(error: IndexUnreachableError) -> UserMessage:
    host = printable(error.host) or "the package index"
    cause, advice = _CAUSES[error.problem]
    said = "\n" + wrapped(f"The tool says: {printable(error.detail)}") if error.detail else ""
    return UserMessage(
        f"Can't reach {host}",
        f"{cause.format(host=host)}{said}\n\n{advice}",
    )


@message_for.register
def _(error: IndexAuthenticationError) -> UserMessage:
    host = printable(error.host)
    if error.status == 401:
        cause = f"{host} answered 401: there were no credentials, or wrong ones."
    elif error.status == 403:
        cause = f"{host} answered 403: the credentials, or this machine, aren't allowed to read."
    else:
        cause = f"{host} needs credentials, or other ones."
    return UserMessage(
        f"{host} refuses access",
        f"""\
{cause}

Give the build the credentials by a binding
({BINDINGS}),
for every tool: of type pip, whose pip.conf has the URL of the index with name and password; or of
type netrc, whose .netrc has
    machine {host.partition(":")[0]} login USER password TOKEN
Poetry's own auth.toml goes into one of type poetry. Without a binding, an index that has a name gets
them by variables of the build, the name in capitals and with _ for other characters:
{_INDEX_CREDENTIALS}

Where it has them, check that they are valid today: tokens expire. In a URL, such as PIP_INDEX_URL
or --index-url ${{INDEX_URL}}, characters like @ : / in a password must be percent-encoded. A
variable that isn't set for the build stays as it is written, ${{LIKE_THIS}}.""",
    )


@message_for.register
def _(error: UntrustedIndexError) -> UserMessage:
    host = printable(error.host)
    return UserMessage(
        f"pip ignores the index at {host}, because its URL is not https",
        f"Use an https:// URL. If {host} has none, and you trust the network between, set\n"
        f"PIP_TRUSTED_HOST={host} or write --trusted-host {host} into the requirements file.",
    )


@message_for.register
def _(error: UrlNotFoundError) -> UserMessage:
    return UserMessage(
        "A required file doesn't exist",
        f"URL: {printable(error.url)}\nThe server answered {error.status}.\n\n"
        "If the URL is in a requirements file, correct it. Otherwise the index lists a file that it\n"
        "doesn't have, or no longer: such as of a version that was removed. Lock again, so that the\n"
        "files are those that there are. Servers of private repositories also answer 404 where\n"
        f"credentials are missing: see\n{BINDINGS}",
    )


@message_for.register
def _(_error: GitMissingError) -> UserMessage:
    return UserMessage(
        "A requirement is in a git repository, and the build image has no git",
        "Either use a builder whose build image has git (or an apt buildpack before this one, which\n"
        "adds the package git), or require an archive instead: most hosts offer one of each tag and\n"
        "commit, such as\n"
        "    name @ https://github.com/OWNER/NAME/archive/refs/tags/v1.0.tar.gz",
    )


@message_for.register
def _(error: GitAuthenticationError) -> UserMessage:
    host = printable(error.host)
    return UserMessage(
        f"A git repository{f' at {host}' if host else ''} needs credentials",
        f"""\
{wrapped(f"git says: {printable(error.detail)}")}

git can't ask for a password here. Give the build credentials by a binding of type git-credentials
({BINDINGS}),
whose file has a line such as
    https://USER:TOKEN@{host or "github.com"}
Where the build has them, check that they are valid today, may read this repository, and that its
name is right.""",
    )


@message_for.register
def _(error: GitOverSshError) -> UserMessage:
    host = printable(error.host) or "github.com"
    return UserMessage(
        "A requirement uses git over ssh",
        f"""\
{wrapped(f"git says: {printable(error.detail)}")}

A build has no key for ssh, and knows no hosts. Require the repository by https instead, where a
lock names it, lock again:
    git+https://{host}/OWNER/NAME.git@REVISION
If it is private, give the build credentials by a binding of type git-credentials
({BINDINGS}),
whose file has a line such as
    https://USER:TOKEN@{host}""",
    )


@message_for.register
def _(error: GitUnreachableError) -> UserMessage:
    host = printable(error.host) or "the host"
    cause, advice = _CAUSES[error.problem]
    if error.problem not in (NetworkProblem.PROXY, NetworkProblem.TLS):
        advice = _GIT_PROXY_ADVICE
    return UserMessage(
        f"git can't reach {host}",
        f"{cause.format(host=host)}\n{wrapped(f'git says: {printable(error.detail)}')}\n\n{advice}",
    )


@message_for.register
def _(error: GitFailedError) -> UserMessage:
    said = wrapped(f"git says: {printable(error.detail)}") + "\n\n" if error.detail else ""
    return UserMessage(
        "git could not fetch a requirement",
        f"{said}Check the URL and the tag, branch or commit after the @. Servers say the same of a\n"
        "repository that is private: the build gets credentials by a binding of type\n"
        f"git-credentials:\n{BINDINGS}",
    )
