"""Wording for package indexes and repositories that pip gets nothing from."""

from __future__ import annotations

from python_buildpack.error_messages.message import UserMessage, message_for
from python_buildpack.error_messages.text_file import printable
from python_buildpack.package_managers.pip_index_diagnosis import (
    GitFailedError,
    GitMissingError,
    IndexAuthenticationError,
    IndexUnreachableError,
    NetworkProblem,
    UntrustedIndexError,
    UrlNotFoundError,
)


@message_for.register
def _(error: IndexUnreachableError) -> UserMessage:
    host = printable(error.host) or "the package index"
    match error.problem:
        case NetworkProblem.CONNECTION:
            cause = f"No connection to {host} could be made."
            advice = _PROXY_ADVICE
        case NetworkProblem.NAME_RESOLUTION:
            cause = f"The name {host} has no address here."
            advice = (
                f"Check the spelling, and whether this machine may look up names.\n{_PROXY_ADVICE}"
            )
        case NetworkProblem.TIMEOUT:
            cause = f"{host} didn't answer in time."
            advice = f"{_PROXY_ADVICE}\nPIP_DEFAULT_TIMEOUT=60 makes pip wait longer (in seconds)."
        case NetworkProblem.TLS:
            cause = f"The certificate of {host} can't be verified."
            advice = (
                "If the host, or a proxy on the way, has a certificate of your own authority, give\n"
                "the build that authority's certificate: SSL_CERT_FILE or PIP_CERT names the file."
            )
        case NetworkProblem.PROXY:
            cause = f"The proxy on the way to {host} can't be reached."
            advice = "Check HTTPS_PROXY, HTTP_PROXY, NO_PROXY and PIP_PROXY of the build."
        case NetworkProblem.SERVER_ERROR:
            cause = f"{host} had an error of its own."
            advice = "Build again. If it stays so, look at the status page of the index, or use a mirror."
        case NetworkProblem.INCOMPLETE:
            cause = f"A download from {host} was cut off."
            advice = "Build again. If it stays so, a proxy or mirror on the way may be at fault."
    return UserMessage(
        f"Nothing can be had from {host}",
        f"{cause}\npip says: {printable(error.detail)}\n\n{advice}",
    )


_PROXY_ADVICE = """\
If it was a passing problem, build again. If this machine can't reach the host at all, set
HTTPS_PROXY (and NO_PROXY), or PIP_INDEX_URL to a mirror that it can reach."""


@message_for.register
def _(error: IndexAuthenticationError) -> UserMessage:
    host = printable(error.host)
    if error.status == 401:
        cause = f"{host} answered 401: there were no credentials, or wrong ones."
    else:
        cause = f"{host} answered 403: the credentials, or this machine, aren't allowed to read."
    return UserMessage(
        f"{host} refuses access",
        f"{cause}\n\n"
        "Check that the build is given the credentials, and that they are valid today: tokens\n"
        "expire. In a URL, such as PIP_INDEX_URL or --index-url ${INDEX_URL}, characters like @ : /\n"
        "in a password must be percent-encoded. A variable that isn't set for the build stays as it\n"
        "is written, ${LIKE_THIS}.\n"
        "https://pip.pypa.io/en/stable/topics/authentication/",
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
        "A file that is required doesn't exist",
        f"URL: {printable(error.url)}\nThe server answered {error.status}.\n\n"
        "If the URL is in a requirements file, correct it. Otherwise the index lists a file that it\n"
        "doesn't have: build again, and tell those who run it if it stays so. Servers of private\n"
        "repositories also answer 404 where credentials are missing.",
    )


@message_for.register
def _(_error: GitMissingError) -> UserMessage:
    return UserMessage(
        "A requirement is in a git repository, and the build image has no git",
        "Either use a builder whose build image has git, or require an archive instead: most hosts\n"
        "offer one of each tag and commit, such as\n"
        "    name @ https://github.com/OWNER/NAME/archive/refs/tags/v1.0.tar.gz",
    )


@message_for.register
def _(error: GitFailedError) -> UserMessage:
    said = f"git says: {printable(error.detail)}\n\n" if error.detail else ""
    return UserMessage(
        "git could not fetch a requirement",
        f"{said}Check the URL and the tag, branch or commit after the @. If the repository is private,\n"
        "the build needs credentials: git can't ask for a password here. Write them as variables,\n"
        "    name @ git+https://${GIT_USER}:${GIT_TOKEN}@github.com/OWNER/NAME@v1.0\n"
        "and set GIT_USER and GIT_TOKEN for the build.",
    )
