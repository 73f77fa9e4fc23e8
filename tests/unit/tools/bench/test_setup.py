from __future__ import annotations

import tarfile
from pathlib import Path

from tools.bench.setup import repack


def test_repack_adds_one_file_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "python").write_bytes(b"interpreter")
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "python3").symlink_to("python")
    with tarfile.open(tmp_path / "old.tar.gz", "w:gz") as old:
        for name in ("python", "python3"):
            old.add(tmp_path / name, f"python/bin/{name}")
    repack(tmp_path / "old.tar.gz", tmp_path / "new.tar.gz", "python/lib/marker.txt")
    with tarfile.open(tmp_path / "new.tar.gz") as new:
        assert new.getnames() == [
            "python/bin/python",
            "python/bin/python3",
            "python/lib/marker.txt",
        ]
        assert new.getmember("python/bin/python").mode == 0o755
        assert new.getmember("python/bin/python3").linkname == "python"
        content = new.extractfile("python/bin/python")
        assert content is not None
        assert content.read() == b"interpreter"
