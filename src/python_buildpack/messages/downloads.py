"""Wording for downloads that fail, and for invalid archives."""

from __future__ import annotations

from python_buildpack.layers.runtime.fix_ups import UnknownLayoutError
from python_buildpack.messages.links import BINDINGS, INVENTORY
from python_buildpack.messages.message import text_for
from python_buildpack.system.archive import BrokenArchiveError, UnsafeArchiveError
from python_buildpack.system.download import ChecksumMismatchError, DownloadError
from python_buildpack.system.text import printable

_INVENTORY_ADVICE = f"""\
If the archive is yours (BP_PYTHON_INVENTORY), rebuild it in the layout of python-build-standalone's
install_only archives: {INVENTORY}
Otherwise please report this."""


@text_for.register
def _(error: DownloadError) -> str:
    times = "once" if error.attempts == 1 else f"{error.attempts} times"
    return f"""\
A download failed
URL: {error.url}
Tried {times}. Last error: {printable(error.problem)}

Build again. If the build can't reach this host:
  - behind a proxy, set HTTPS_PROXY (and NO_PROXY); if it answers 407, with credentials,
    percent-encoded: http://USER:PASSWORD@PROXY:PORT
  - with a private CA, add its certificate by SSL_CERT_FILE or a binding of type ca-certificates:
    {BINDINGS}
  - with a mirror, set BP_DEPENDENCY_MIRROR to its URL, which replaces scheme and host
  - with your own archives, set BP_PYTHON_INVENTORY to the path of an inventory"""


@text_for.register
def _(error: ChecksumMismatchError) -> str:
    return f"""\
Checksum mismatch
URL: {error.url}
Expected sha256: {error.expected_sha256}
Received sha256: {error.actual_sha256}

The file was discarded. Check what this URL serves: a proxy or mirror may have sent an error page,
or an outdated or altered file. If BP_PYTHON_INVENTORY is set, its checksum may be wrong."""


@text_for.register
def _(error: UnsafeArchiveError) -> str:
    return f"""\
Unsafe archive
Archive: {error.archive}
Member: {printable(error.member)}
Problem: it {printable(error.problem)}, and could write outside of its layer.

{_INVENTORY_ADVICE}"""


@text_for.register
def _(error: BrokenArchiveError) -> str:
    return f"""\
Invalid archive
Archive: {error.archive}
Problem: {printable(error.problem)}
Its checksum matches the inventory, so it was broken from the start.

{_INVENTORY_ADVICE}"""


@text_for.register
def _(error: UnknownLayoutError) -> str:
    return f"""\
Unexpected layout of a Python archive
Missing: {error.missing}

{_INVENTORY_ADVICE}"""
