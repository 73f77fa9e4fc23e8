from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.environment.record import dist_infos, overlapping


def install(venv: Path, name: str, record: str) -> Path:
    dist_info = venv / "lib/python3.13/site-packages" / f"{name}-1.0.dist-info"
    dist_info.mkdir(parents=True)
    (dist_info / "RECORD").write_text(record, encoding="utf-8")
    return dist_info


@pytest.mark.parametrize(
    ("record", "are_found"),
    [
        ("shared.py,sha256=b,1\nb.py,sha256=b,1\n", True),
        ("../../../bin/run,sha256=b,1\n", True),
        # A namespace of old: the same file, whoever installs it.
        ("shared.py,sha256=a,1\n", False),
        ("b.py,sha256=a,1\nb.py,sha256=b,1\n", False),
    ],
    ids=("another file", "another program", "the same file", "twice in one"),
)
def test_overlapping(tmp_path: Path, record: str, *, are_found: bool) -> None:
    first = install(tmp_path, "a", "shared.py,sha256=a,1\n../../../bin/run,sha256=a,1\n")
    second = install(tmp_path, "b", record)
    install(tmp_path, "c", "c.py,sha256=c,1\n")
    assert overlapping(tmp_path) == ((second, first) if are_found else ())


def test_dist_infos_by_a_link_do_not_count(tmp_path: Path) -> None:
    info = tmp_path / "lib" / "python3.13" / "site-packages" / "idna-3.10.dist-info"
    info.mkdir(parents=True)
    (tmp_path / "lib" / "python3.1").symlink_to("python3.13")
    assert dist_infos(tmp_path) == [info]
