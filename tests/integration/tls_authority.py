"""A certificate authority of the tests' own, and servers' certificates that it has signed."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta, timezone

import trustme


class Authority:
    """An authority that nobody trusts who isn't told to."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    @property
    def pem(self) -> str:
        """Its own certificate."""
        return self._authority.cert_pem.bytes().decode("ascii")

    def context(self, *names: str, is_expired: bool = False) -> ssl.SSLContext:
        """Return what a server needs that is known by ``names``, host names or addresses."""
        yesterday = datetime.now(timezone.utc) - timedelta(days=1)
        certificate = self._authority.issue_cert(
            *names,
            not_before=yesterday - timedelta(days=1),
            not_after=yesterday if is_expired else yesterday + timedelta(days=30),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context
