"""Wording for archives that can't be had, or that are not what they should be."""

from __future__ import annotations

from python_buildpack.layers.runtime.fix_ups import UnknownLayoutError
from python_buildpack.messages.links import BINDINGS
from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.system.archive import BrokenArchiveError, UnsafeArchiveError
from python_buildpack.system.download import ChecksumMismatchError, DownloadError
from python_buildpack.system.text import printable

_INVENTORY_ADVICE = """\
If the archive comes from an inventory of your own (BP_PYTHON_INVENTORY), make it again in the layout
of python-build-standalone's install_only archives. Otherwise please report this."""


@message_for.register
def _(error: DownloadError) -> UserMessage:
    times = "once" if error.attempts == 1 else f"{error.attempts} times"
    return UserMessage(
        "A download failed",
        f"""\
URL: {error.url}
Tried {times}; the last time: {printable(error.problem)}

If the problem is temporary, build again.
If the build can't reach this host at all:
  - behind a proxy, set HTTPS_PROXY (and NO_PROXY) for the build; where it answers 407, with
    credentials: http://USER:PASSWORD@PROXY:PORT, percent-encoded;
  - where the certificate of the host, or of a proxy on the way, is of your own authority, give the
    build that authority's: SSL_CERT_FILE, or a binding of type ca-certificates,
    {BINDINGS};
  - with a mirror, set BP_DEPENDENCY_MIRROR to its URL, which replaces the scheme and the host;
  - with archives of your own, set BP_PYTHON_INVENTORY to the path of an inventory file.""",
    )


@message_for.register
def _(error: ChecksumMismatchError) -> UserMessage:
    return UserMessage(
        "Checksum mismatch of a download",
        f"""\
URL: {error.url}
Expected sha256: {error.expected_sha256}
Received sha256: {error.actual_sha256}

The file was discarded. A proxy or mirror may have answered with a page of its own,
or hold an outdated or altered file: look at what it serves under this URL. If BP_PYTHON_INVENTORY
is set, the checksum may be wrong there.""",
    )


@message_for.register
def _(error: UnsafeArchiveError) -> UserMessage:
    return UserMessage(
        "An archive was refused",
        f"""\
Archive: {error.archive}
Member: {printable(error.member)}
It {printable(error.problem)}, and could write outside of its layer.

{_INVENTORY_ADVICE}""",
    )


@message_for.register
def _(error: BrokenArchiveError) -> UserMessage:
    return UserMessage(
        "An archive can't be unpacked",
        f"""\
Archive: {error.archive}
Problem: {printable(error.problem)}
Its checksum is the one in the inventory: it was already broken when that was written.

{_INVENTORY_ADVICE}""",
    )


@message_for.register
def _(error: UnknownLayoutError) -> UserMessage:
    return UserMessage(
        "An archive holds no Python in the expected layout",
        f"""\
Missing: {error.missing}

{_INVENTORY_ADVICE}""",
    )
