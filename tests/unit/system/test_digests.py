from __future__ import annotations

import hashlib
from pathlib import Path

from python_buildpack.system.digests import sha256_of


def test_sha256_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"wheel")
    assert sha256_of(tmp_path / "file") == hashlib.sha256(b"wheel").hexdigest()
