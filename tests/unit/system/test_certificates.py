from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.system import certificates
from python_buildpack.system.certificates import trusted_certificates


def test_trusted_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "_SYSTEM_FILE", tmp_path / "system.pem")
    assert trusted_certificates({}) is None
    assert trusted_certificates({"SSL_CERT_FILE": "/own.pem"}) == "/own.pem"
    (tmp_path / "system.pem").touch()
    assert trusted_certificates({}) == str(tmp_path / "system.pem")
    assert trusted_certificates({"SSL_CERT_FILE": "/own.pem"}) == "/own.pem"
