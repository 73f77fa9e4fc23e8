from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.release.packages import write_checksums


def test_checksums_are_of_this_version(tmp_path: Path) -> None:
    for name in ("b-1.0.0-linux-arm64", "b-1.0.0-linux-amd64", "b-0.9.0-linux-amd64"):
        (tmp_path / f"{name}.cnb").write_text(name)
        (tmp_path / f"{name}.cdx.json").write_text("{}")
    write_checksums(tmp_path, "1.0.0")
    lines = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        *("b-1.0.0-linux-amd64.cdx.json", "b-1.0.0-linux-amd64.cnb"),
        *("b-1.0.0-linux-arm64.cdx.json", "b-1.0.0-linux-arm64.cnb"),
    ]
    digest = hashlib.sha256(b"b-1.0.0-linux-amd64").hexdigest()
    assert lines[1] == f"{digest}  b-1.0.0-linux-amd64.cnb"


def test_checksums_need_every_sbom(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"has no \.cnb file"):
        write_checksums(tmp_path, "1.0.0")
    (tmp_path / "b-1.0.0-linux-amd64.cnb").touch()
    with pytest.raises(ToolError, match=r"has no b-1\.0\.0-linux-amd64\.cdx\.json"):
        write_checksums(tmp_path, "1.0.0")
