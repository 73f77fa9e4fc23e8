"""The certificates that tools with certificates of their own are to trust instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# Where Debian, and what is made from it, keeps the authorities that the system trusts.
_SYSTEM_FILE = Path("/etc/ssl/certs/ca-certificates.crt")


def trusted_certificates(environment: Mapping[str, str]) -> str | None:
    """Return a PEM file: the user's choice, or the image's, which a company may have added its own to.

    None if a small image has no such file: the tool's own certificates are better than none.
    """
    chosen = environment.get("SSL_CERT_FILE")
    return chosen or (str(_SYSTEM_FILE) if _SYSTEM_FILE.exists() else None)
