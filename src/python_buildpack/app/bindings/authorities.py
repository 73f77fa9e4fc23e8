"""Certificates of authorities that a platform adds to those of the system."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from python_buildpack.app.bindings.service_bindings import Binding, MissingEntryError
from python_buildpack.system.certificates import trusted_certificates

# pip, Poetry, uv, curl, Git, and what uses requests or OpenSSL.
CERTIFICATE_VARIABLES = (
    "SSL_CERT_FILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
)
# Nothing else is taken over: a private key in the same file, say.
_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL | re.ASCII
)


def write_authorities(
    bindings: Sequence[Binding], file: Path, environment: Mapping[str, str]
) -> None:
    """Write what is trusted already, and the certificates of ``bindings``, into ``file``.

    Raises:
        MissingEntryError: a binding has no entries.
        InvalidEntryError, UnreadableBindingError: an entry isn't a certificate.
    """
    added = [block for binding in bindings for block in _certificates(binding)]
    trusted = trusted_certificates(environment)
    known = Path(trusted).read_bytes() if trusted else b""
    file.write_bytes(known + "".join(f"\n{block}\n" for block in added).encode("ascii"))


def _certificates(binding: Binding) -> Iterator[str]:
    if not binding.entries:
        raise MissingEntryError(binding.name, binding.type, ("NAME.pem",))
    for name in binding.entries:
        path = binding.directory / name
        blocks = _CERTIFICATE.findall(binding.text(path))
        if not blocks:
            raise binding.invalid(path, "has no -----BEGIN CERTIFICATE----- in it")
        try:
            for block in blocks:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=block)
        except (ssl.SSLError, TypeError, ValueError):
            raise binding.invalid(path, "has a certificate in it that is broken") from None
        yield from blocks
