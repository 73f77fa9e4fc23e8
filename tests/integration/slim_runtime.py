"""Pythons without what pip doesn't need, for tests that build many times."""

from __future__ import annotations

import hashlib
import io
import re
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import pytest
import tomli

from tools.prepared_buildpack import PreparedBuildpack
from tools.run_image import host_target

# Most of a build's time goes into compiling and exporting these. What is left is a runtime like
# any other to the buildpack.
_LIBRARY = r"lib/python3\.\d+/"
_NEEDLESS = re.compile(
    "|".join(
        (
            r"bin/(?:idle|pip|pydoc)",
            r"include/python3\.\d+/(?!Python\.h|pyconfig\.h)",
            r"share/",
            _LIBRARY + r"config-[^/]+/(?!Makefile)",
            _LIBRARY + r"(?:asyncio|curses|dbm|distutils|ensurepip|idlelib|lib2to3|pydoc_data)/",
            _LIBRARY + r"(?:_pyrepl|sqlite3|test|tkinter|turtledemo|unittest|wsgiref)/",
            _LIBRARY + r"(?:__phello__|ctypes/macholib|email/mime|xml/(?:dom|etree|sax))/",
            _LIBRARY + r"(?:_aix|_android|_ios|_osx)_support\.py",
            _LIBRARY
            + r"(?:_pydatetime|_pydecimal|_pyio|__hello__|antigravity|cProfile|doctest)\.py",
            _LIBRARY + r"(?:email/architecture|imaplib|mailbox|modulefinder|pdb|pickletools)\.",
            _LIBRARY + r"(?:poplib|profile|pstats|pty|pyclbr|pydoc|sched|shelve|smtplib)\.py",
            _LIBRARY
            + r"(?:sre_\w+|statistics|symtable|tabnanny|this|timeit|trace|turtle|wave)\.py",
            _LIBRARY + r"(?:zipapp|xmlrpc/server|ctypes/(?:_aix|wintypes))\.py",
            _LIBRARY
            + r"encodings/(?!__init__|aliases|ascii|cp437|idna|latin_1|punycode|\w*unicode|utf_8)",
            _LIBRARY + r"lib-dynload/(?:_codecs|_ctypes_test|_curses|_elementtree|_interp|_lsprof)",
            _LIBRARY + r"lib-dynload/(?:_multibyte|_sqlite|_statistics|_test|_tkinter|_?xx)",
            _LIBRARY + r"site-packages/",
            r"lib/(?:lib)?(?:itcl|tcl|tk|thread)",
        )
    )
)


@dataclass(frozen=True)
class SlimRuntimes:
    """Archives in a directory, with an inventory; ``versions`` from the newest on."""

    directory: Path
    versions: tuple[str, ...]

    @property
    def env(self) -> dict[str, str]:
        """The variables of a build that installs the newest of them."""
        return {"BP_PYTHON_INVENTORY": str(self.directory / "inventory.toml")}


def write_slim_runtimes(prepared: PreparedBuildpack, directory: Path) -> SlimRuntimes:
    """Write slim archives of the two newest Pythons into the new ``directory``."""
    assert prepared.runtimes_dir is not None
    text = (prepared.runtimes_dir / "inventory.toml").read_text(encoding="utf-8")
    urls = {artifact["version"]: artifact["url"] for artifact in tomli.loads(text)["artifacts"]}
    directory.mkdir()
    directory.chmod(0o755)
    entries = ['format = "1"\n']
    versions = prepared.versions[:2]
    for version in versions:
        content = slim((prepared.runtimes_dir / urls[version]).read_bytes())
        (directory / f"{version}.tar.gz").write_bytes(content)
        entries.append(
            f'[[artifacts]]\nversion = "{version}"\nos = "linux"\n'
            f'arch = "{host_target().architecture}"\nurl = "{version}.tar.gz"\n'
            f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        )
    (directory / "inventory.toml").write_text("".join(entries), encoding="utf-8")
    return SlimRuntimes(directory, versions)


def write_own_slim_runtime(prepared: PreparedBuildpack, directory: Path) -> SlimRuntimes:
    """Write that of the series that runs the tests, whose tools lock apps; skip where there is none."""
    series = f"{sys.version_info.major}.{sys.version_info.minor}."
    version = next((each for each in prepared.versions if each.startswith(series)), None)
    if version is None:
        pytest.skip(f"needs Python {series}* among those that apps are built with")
    return write_slim_runtimes(replace(prepared, versions=(version,)), directory)


def slim(archive: bytes) -> bytes:
    """Return a runtime's archive without what pip doesn't need."""
    buffer = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as source,
        tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as target,
    ):
        for member in _needed(source):
            target.addfile(member, source.extractfile(member) if member.isreg() else None)
    return buffer.getvalue()


def _needed(source: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in source:
        inside = PurePosixPath(member.name).relative_to("python").as_posix()
        if not _NEEDLESS.match(f"{inside}/" if member.isdir() else inside):
            yield member
