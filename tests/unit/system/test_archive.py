from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import resource
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from python_buildpack.system.archive import BrokenArchiveError, UnsafeArchiveError, unpack_archive

OUT_OF_TREE = "which leads out of the tree"
NO_FILE_TYPE = "is neither a file, a directory nor a link"
NOT_BELOW = "does not lie below python/"
THROUGH_LINK = "is written through a link"


@pytest.fixture(params=["with data_filter", "without data_filter"], autouse=True)
def data_filter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian 12's Python has no extraction filters; nothing may depend on them."""
    if request.param == "without data_filter":
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
        monkeypatch.setattr(
            tarfile.TarFile, "extraction_filter", staticmethod(as_it_is), raising=False
        )


def as_it_is(member: tarfile.TarInfo, _destination: str) -> tarfile.TarInfo:
    return member


@pytest.fixture(autouse=True)
def umask_022() -> Iterator[None]:
    old = os.umask(0o022)
    yield
    os.umask(old)


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """No file grows beyond 50 kB, which stands for a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def file(name: str, contents: bytes = b"x", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(contents), mode
    return member, contents


def other(
    name: str, kind: bytes, target: str = "", mode: int = 0o777
) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, target, mode
    return member, b""


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return other(name, tarfile.SYMTYPE, target)


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return other(name, tarfile.LNKTYPE, target)


def directory(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    return other(name, tarfile.DIRTYPE, mode=mode)


def tar_of(members: Sequence[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member, contents in members:
            tar.addfile(member, io.BytesIO(contents))
    return buffer.getvalue()


def write_archive(tmp_path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    archive = tmp_path / "python.tar.gz"
    archive.write_bytes(gzip.compress(tar_of(members)))
    return archive


def modes(root: Path) -> dict[str, int]:
    return {
        str(path.relative_to(root)): path.lstat().st_mode & 0o7777
        for path in root.rglob("*")
        if not path.is_symlink()
    }


def test_unpack_archive_strips_the_root(tmp_path: Path) -> None:
    archive = write_archive(
        tmp_path,
        directory("python"),
        directory("./python/lib"),
        file("python/lib/os.py", b"import sys"),
        hard_link("python/lib/copy.py", "python/lib/os.py"),
        link("python/lib/python", "../bin/python"),
        file("python/bin/python", mode=0o755),
    )
    unpack_archive(archive, tmp_path / "deep" / "layer")
    layer = tmp_path / "deep" / "layer"
    assert sorted(path.name for path in layer.iterdir()) == ["bin", "lib"]
    assert (layer / "lib" / "copy.py").read_bytes() == b"import sys"
    assert (layer / "lib" / "python").resolve() == layer.resolve() / "bin" / "python"


def test_unpack_archive_normalises_modes(tmp_path: Path) -> None:
    archive = write_archive(
        tmp_path,
        directory("python/d700", 0o700),
        directory("python/d1777", 0o1777),
        file("python/f600", mode=0o600),
        file("python/f666", mode=0o666),
        file("python/f700", mode=0o700),
        file("python/f4755", mode=0o4755),
        file("python/f011", mode=0o611),
        file("python/implicit/f", mode=0o444),
    )
    unpack_archive(archive, tmp_path / "layer")
    assert modes(tmp_path / "layer") == {
        "d700": 0o755,
        "d1777": 0o755,
        "f600": 0o644,
        "f666": 0o644,
        "f700": 0o755,
        "f4755": 0o755,
        "f011": 0o644,
        "implicit": 0o755,
        "implicit/f": 0o644,
    }


def test_unpack_archive_ignores_owners(tmp_path: Path) -> None:
    owned, contents = file("python/f")
    owned.uid, owned.gid, owned.uname, owned.gname = 12345, 12345, "nobody", "nogroup"
    unpack_archive(write_archive(tmp_path, (owned, contents)), tmp_path / "layer")
    status = (tmp_path / "layer" / "f").stat()
    assert (status.st_uid, status.st_gid) == (os.getuid(), os.getgid())


@pytest.mark.parametrize(
    ("members", "member", "problem"),
    [
        pytest.param([file("../evil")], "../evil", NOT_BELOW, id="parent"),
        pytest.param([file("python/../evil")], "python/../evil", NOT_BELOW, id="parent-later"),
        pytest.param(
            [file("python/a/../../../evil")], "python/a/../../../evil", NOT_BELOW, id="parents"
        ),
        pytest.param([file("/python/evil")], "/python/evil", NOT_BELOW, id="absolute"),
        pytest.param([file("evil")], "evil", NOT_BELOW, id="beside-the-root"),
        pytest.param([file("python-evil/f")], "python-evil/f", NOT_BELOW, id="other-root"),
        pytest.param([directory("..")], "..", NOT_BELOW, id="parent-alone"),
        pytest.param([link("python/l", "..")], "python/l", OUT_OF_TREE, id="link-parent"),
        pytest.param(
            [link("python/a/l", "../../evil")], "python/a/l", OUT_OF_TREE, id="link-parents"
        ),
        pytest.param(
            [link("python/a/l", "b/../../../evil")], "python/a/l", OUT_OF_TREE, id="link-detour"
        ),
        pytest.param([link("python/l", "/etc")], "python/l", OUT_OF_TREE, id="link-absolute"),
        pytest.param(
            [link("python/l", "l2"), link("python/l2", "../../evil")],
            "python/l2",
            OUT_OF_TREE,
            id="link-chain",
        ),
        pytest.param(
            [link("python/a/b/l", ".."), link("python/a/b/l/l2", "../..")],
            "python/a/b/l/l2",
            THROUGH_LINK,
            id="link-below-a-link",
        ),
        pytest.param(
            [directory("python/d"), link("python/l", "d"), file("python/l/f")],
            "python/l/f",
            THROUGH_LINK,
            id="file-through-link",
        ),
        pytest.param(
            [link("python/l", "d"), file("python/l")],
            "python/l",
            THROUGH_LINK,
            id="file-in-place-of-link",
        ),
        pytest.param(
            [link("python/l", "d"), directory("python/l/e")],
            "python/l/e",
            THROUGH_LINK,
            id="directory-through-link",
        ),
        pytest.param(
            [link("./python//l", "d"), file("python/./l/f")],
            "python/./l/f",
            THROUGH_LINK,
            id="link-of-another-spelling",
        ),
        pytest.param(
            [hard_link("python/h", "../etc/passwd")], "python/h", NOT_BELOW, id="hard-link-parent"
        ),
        pytest.param(
            [hard_link("python/h", "/etc/passwd")], "python/h", NOT_BELOW, id="hard-link-absolute"
        ),
        pytest.param(
            [hard_link("python/h", "python/../../x")], "python/h", NOT_BELOW, id="hard-link-parents"
        ),
        pytest.param(
            # A link that is fine where it is leads out from where it is linked to.
            [link("python/a/b/l", "../.."), hard_link("python/h", "python/a/b/l")],
            "python/h",
            "is a link to python/a/b/l, which is a link itself",
            id="hard-link-to-link",
        ),
        pytest.param(
            [other("python/null", tarfile.CHRTYPE)], "python/null", NO_FILE_TYPE, id="character"
        ),
        pytest.param(
            [other("python/sda", tarfile.BLKTYPE)], "python/sda", NO_FILE_TYPE, id="block"
        ),
        pytest.param(
            [other("python/fifo", tarfile.FIFOTYPE)], "python/fifo", NO_FILE_TYPE, id="fifo"
        ),
    ],
)
def test_unpack_archive_refuses(
    tmp_path: Path,
    members: Sequence[tuple[tarfile.TarInfo, bytes]],
    member: str,
    problem: str,
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(UnsafeArchiveError) as caught:
        unpack_archive(write_archive(tmp_path, *members, file("python/after")), place / "layer")
    assert (caught.value.archive, caught.value.member) == ("python.tar.gz", member)
    assert problem in caught.value.problem
    assert [path.name for path in place.iterdir()] == ["layer"]
    assert not (place / "layer" / "after").exists()


WHOLE = gzip.compress(
    tar_of([file("python/f", b"".join(b"%d\n" % number for number in range(20_000)))]), mtime=0
)


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param(b"", id="empty"),
        pytest.param(WHOLE[:5], id="part-of-the-header"),
        pytest.param(WHOLE[:-20], id="truncated"),
        pytest.param(WHOLE[: len(WHOLE) // 2], id="half"),
        pytest.param(WHOLE[:2000] + bytes(100) + WHOLE[2100:], id="altered"),
        pytest.param(gzip.decompress(WHOLE), id="not-compressed"),
        pytest.param(b"PK\x03\x04" + bytes(1000), id="zip"),
        pytest.param(b"<html>Not here</html>", id="page"),
        pytest.param(gzip.compress(b"<html>" * 1000), id="not-tar"),
        pytest.param(gzip.compress(b""), id="nothing-compressed"),
        pytest.param(gzip.compress(gzip.decompress(WHOLE)[:3000]), id="truncated-tar"),
    ],
)
def test_unpack_archive_broken(tmp_path: Path, contents: bytes) -> None:
    archive = tmp_path / "python.tar.gz"
    archive.write_bytes(contents)
    with pytest.raises(BrokenArchiveError) as caught:
        unpack_archive(archive, tmp_path / "layer")
    assert caught.value.archive == "python.tar.gz"
    assert caught.value.problem


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        pytest.param([hard_link("python/a", "python/gone")], "gone", id="link to nothing"),
        pytest.param([hard_link("python/a", "python/a")], "'a'", id="link to itself"),
        pytest.param(
            [directory("python/d"), hard_link("python/a", "python/d")],
            "python/a is a hard link to a directory",
            id="link to a directory",
        ),
        pytest.param(
            [file("python/a"), file("python/a/b")], "Not a directory", id="file below a file"
        ),
        pytest.param(
            [directory("python/a"), file("python/a")], "Is a directory", id="file over a directory"
        ),
        pytest.param([file("python/" + "n" * 300)], "File name too long", id="long name"),
    ],
)
def test_unpack_archive_of_members_that_do_not_fit_together(
    tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]], problem: str
) -> None:
    with pytest.raises(BrokenArchiveError) as caught:
        unpack_archive(write_archive(tmp_path, *members), tmp_path / "layer")
    assert problem in caught.value.problem


@pytest.mark.parametrize("header", [{"path": "python/a\0b"}, {"mtime": "9" * 30}])
def test_unpack_archive_impossible_header(tmp_path: Path, header: dict[str, str]) -> None:
    member = tarfile.TarInfo("python/f")
    member.pax_headers = header
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member)
    archive = tmp_path / "python.tar.gz"
    archive.write_bytes(gzip.compress(buffer.getvalue()))
    with pytest.raises(BrokenArchiveError):
        unpack_archive(archive, tmp_path / "layer")


def test_unpack_archive_tells_of_the_file_system(tmp_path: Path) -> None:
    (tmp_path / "layer").touch()
    with pytest.raises(FileExistsError):
        unpack_archive(write_archive(tmp_path, file("python/f")), tmp_path / "layer")


@pytest.mark.usefixtures("small_files_only")
def test_unpack_archive_that_does_not_fit(tmp_path: Path) -> None:
    archive = write_archive(tmp_path, file("python/f", bytes(100_000)))
    with pytest.raises(OSError, match="File too large") as caught:
        unpack_archive(archive, tmp_path / "layer")
    assert caught.value.errno == errno.EFBIG


def test_unpack_archive_whose_modes_can_not_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every file system has them; unnoticed, the interpreter could not be started."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", "f")

    monkeypatch.setattr(os, "chmod", refuse)
    archive = write_archive(tmp_path, file("python/f"))
    with pytest.raises(PermissionError):
        unpack_archive(archive, tmp_path / "layer")


@pytest.mark.parametrize(
    ("function", "member"),
    [("symlink", link("python/l", "f")), ("link", hard_link("python/l", "python/f"))],
    ids=["symbolic", "hard"],
)
def test_unpack_archive_whose_links_can_not_be_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    member: tuple[tarfile.TarInfo, bytes],
) -> None:
    """tarfile would write a copy instead, and the layer be another one."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, function, refuse)
    archive = write_archive(tmp_path, file("python/f"), member)
    with pytest.raises(OSError, match="link could not be made"):
        unpack_archive(archive, tmp_path / "layer")


SMALL = tar_of(
    [
        directory("python/d"),
        file("python/d/f"),
        link("python/l", "d/f"),
        file("python/" + "n" * 120),
    ]
)


@given(
    changes=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=12)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_unpack_archive_of_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    altered = bytearray(SMALL)
    for offset, value in changes:
        altered[offset] = value
    place = tmp_path_factory.mktemp("place")
    archive = place / "python.tar.gz"
    archive.write_bytes(gzip.compress(bytes(altered), 1))
    with contextlib.suppress(UnsafeArchiveError, BrokenArchiveError, OSError):
        unpack_archive(archive, place / "layer")
    assert {path.name for path in place.iterdir()} <= {"python.tar.gz", "layer"}
