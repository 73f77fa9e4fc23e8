"""A conda channel of this machine: a real Python and real wheels as packages, indexed by py-rattler."""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from tests.integration.conftest import ROOT
from tests.integration.slim_runtime import SlimRuntimes
from tools.python_tools import ensure_python_tool

# Long enough for any prefix that replaces it, as conda-build's is.
PLACEHOLDER = "/home/builder/" + "_placehold" * 20
SUBDIR = "linux-64"
_NOARCH = "noarch"
_WHEELS = ("click==8.3.0", "gunicorn==23.0.0", "idna==3.10", "markupsafe==3.0.2", "packaging==25.0")
_NEEDS = {"gunicorn": ("packaging",)}
_INDEX = """
import asyncio, os, pathlib, sys
from rattler.index import index_fs
directory = pathlib.Path(sys.argv[1])
asyncio.run(index_fs(directory, write_zst=False, write_shards=False, force=True))
# Its threads may crash an interpreter that ends in any other way.
os._exit(0)
"""
_PYTHON_ROOT = "python/"
# What an archive of zstd has in front, for a window of 128 KiB; and the largest of its blocks.
_ZSTD_HEADER = b"\x28\xb5\x2f\xfd\x00\x38"
_ZSTD_BLOCK = 128 * 1024


@dataclass(frozen=True)
class Package:
    """A package as it is to be made.

    Attributes:
        files: contents by path; a str is the target of a link.
        depends: match specifications.
        entry_points: of a noarch package of Python.
        executables: the paths of files that can be executed.
        noarch: "python", "generic", or "" for a package of this platform.
        extension: ".conda" or ".tar.bz2".
    """

    name: str
    version: str
    files: Mapping[str, bytes | str]
    depends: Sequence[str] = ()
    build: str = "0"
    noarch: str = ""
    entry_points: Sequence[str] = ()
    executables: frozenset[str] = frozenset()
    license: str = "MIT"
    extension: str = ".conda"
    site_packages: str = ""
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def filename(self) -> str:
        """In its subdirectory of the channel."""
        return f"{self.name}-{self.version}-{self.build}{self.extension}"

    @property
    def subdir(self) -> str:
        """Of the channel."""
        return _NOARCH if self.noarch else SUBDIR

    @property
    def path(self) -> str:
        """In the channel."""
        return f"{self.subdir}/{self.filename}"

    def archive(self) -> bytes:
        """Return the package: the same bytes every time."""
        info, contents = _tar(self._info()), _tar(self.files, self.executables)
        if self.extension == ".tar.bz2":
            together = _tar({**self.files, **self._info()}, self.executables)
            return bz2.compress(together, 1)
        stem = self.filename.removesuffix(self.extension)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in (
                ("metadata.json", b'{"conda_pkg_format_version": 2}'),
                (f"pkg-{stem}.tar.zst", _zstd(contents)),
                (f"info-{stem}.tar.zst", _zstd(info)),
            ):
                archive.writestr(zipfile.ZipInfo(name), data)
        return buffer.getvalue()

    def _info(self) -> dict[str, bytes]:
        index = {
            "name": self.name,
            "version": self.version,
            "build": self.build,
            "build_number": 0,
            "depends": list(self.depends),
            "license": self.license,
            "subdir": self.subdir,
            "timestamp": 1_700_000_000_000,
            **({"noarch": self.noarch} if self.noarch else {"arch": "x86_64", "platform": "linux"}),
            **({"python_site_packages_path": self.site_packages} if self.site_packages else {}),
            **self.more,
        }
        paths = {"paths": [*map(self._path_entry, self.files)], "paths_version": 1}
        files = {
            "info/index.json": index,
            "info/paths.json": paths,
            "info/about.json": {"license": self.license},
            **(
                {
                    "info/link.json": {
                        "noarch": {"type": "python", "entry_points": list(self.entry_points)},
                        "package_metadata_version": 1,
                    }
                }
                if self.noarch == "python"
                else {}
            ),
        }
        encoded = {name: json.dumps(value).encode() for name, value in files.items()}
        return {**encoded, "info/files": "".join(f"{name}\n" for name in self.files).encode()}

    def _path_entry(self, path: str) -> dict[str, object]:
        content = self.files[path]
        if isinstance(content, str):
            return {"_path": path, "path_type": "softlink"}
        has_prefix = PLACEHOLDER.encode() in content
        mode = "binary" if b"\0" in content else "text"
        prefix = {"file_mode": mode, "prefix_placeholder": PLACEHOLDER} if has_prefix else {}
        digest = hashlib.sha256(content).hexdigest()
        size = len(content)
        entry = {"_path": path, "path_type": "hardlink", "sha256": digest, "size_in_bytes": size}
        return {**entry, **prefix}


@dataclass(frozen=True)
class Channel:
    """A directory that a build reads by ``url``: file:// or that of a server."""

    directory: Path

    @property
    def url(self) -> str:
        """By which builds on this machine find it."""
        return self.directory.as_uri()

    def locked(self, packages: Iterable[Package], url: str | None = None) -> list[str]:
        """Return the URL of each package, with its SHA-256 as explicit files have it."""
        return [f"{url or self.url}/{each.path}#sha256:{self.sha256(each)}" for each in packages]

    def explicit(self, packages: Iterable[Package], url: str | None = None) -> str:
        """Return an explicit file."""
        lines = ("# platform: linux-64", "@EXPLICIT", *self.locked(packages, url), "")
        return "\n".join(lines)

    def pixi_lock(
        self,
        packages: Iterable[Package],
        url: str | None = None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Return a pixi.lock with an environment ``default``; ``more`` are packages of PyPI, by URL."""
        channel, packages = url or self.url, tuple(packages)
        locations = [f"conda: {channel}/{each.path}" for each in packages]
        locations += [f"pypi: {each}" for each in more]
        lines = [
            *(
                "version: 6",
                "environments:",
                "  default:",
                "    channels:",
                f"    - url: {channel}/",
            ),
            *("    packages:", f"      {SUBDIR}:", *(f"      - {each}" for each in locations)),
            "packages:",
        ]
        for each in packages:
            lines += [f"- conda: {channel}/{each.path}", f"  sha256: {self.sha256(each)}"]
            lines += [f"  depends: {json.dumps(list(each.depends))}", f"  subdir: {each.subdir}"]
            lines += [f"  license: {each.license}"]
        for location, entry in more.items():
            lines += [f"- pypi: {location}", entry.rstrip()]
        return "\n".join([*lines, ""])

    def conda_lock(self, packages: Iterable[Package]) -> str:
        """Return a conda-lock.yml."""
        document = {
            "version": 1,
            "metadata": {
                "content_hash": {SUBDIR: "0" * 64},
                "channels": [{"url": self.url, "used_env_vars": []}],
                "platforms": [SUBDIR],
                "sources": ["environment.yml"],
            },
            "package": [
                {
                    "name": each.name,
                    "version": each.version,
                    "manager": "conda",
                    "platform": SUBDIR,
                    "dependencies": {},
                    "url": f"{self.url}/{each.path}",
                    "hash": {"sha256": self.sha256(each)},
                    "category": "main",
                    "optional": False,
                }
                for each in packages
            ],
        }
        # JSON is YAML, too.
        return json.dumps(document)

    def sha256(self, package: Package) -> str:
        """Return the digest of a package's file."""
        return hashlib.sha256((self.directory / package.path).read_bytes()).hexdigest()


def write_channel(directory: Path, packages: Iterable[Package]) -> Channel:
    """Write packages, and repodata as py-rattler's own index has it; it is told what changes."""
    for subdir in (SUBDIR, _NOARCH):
        (directory / subdir).mkdir(parents=True, exist_ok=True)
    for package in packages:
        (directory / package.path).write_bytes(package.archive())
    index(directory)
    return Channel(directory)


def index(directory: Path) -> None:
    """Write repodata of what is in a channel."""
    rattler = ensure_python_tool(ROOT, "rattler", ROOT / "requirements" / "rattler.txt")
    command = [sys.executable, "-c", _INDEX, str(directory)]
    subprocess.run(command, env=rattler.environment, check=True)


def python_package(archive: bytes, version: str) -> Package:
    """Return a runtime's archive as the package ``python``, with a prefix to replace."""
    series = ".".join(version.split(".")[:2])
    files: dict[str, bytes | str] = {}
    executables = set()
    with tarfile.open(fileobj=io.BytesIO(archive)) as source:
        for member in source:
            path = member.name.removeprefix(_PYTHON_ROOT)
            if member.issym():
                files[path] = member.linkname
            elif member.isreg() and (extracted := source.extractfile(member)) is not None:
                files[path] = extracted.read()
                if member.mode & 0o100:
                    executables.add(path)
    files["bin/python"] = f"python{series}"
    # Without a file, the directory would be in no package; it is how Python finds its own place.
    files[f"lib/python{series}/lib-dynload/.keep"] = b""
    files["etc/python-prefix"] = f"{PLACEHOLDER}/lib\n".encode()
    site_packages = f"lib/python{series}/site-packages"
    return Package(
        *("python", version, files),
        build="h1_cpython",
        executables=frozenset(executables),
        license="Python-2.0",
        site_packages=site_packages,
    )


def wheel_package(
    wheel: bytes, name: str, depends: Sequence[str] = (), *, series: str = ""
) -> Package:
    """Return a wheel as a package: noarch, or with ``series`` for this Python alone."""
    site_packages = f"lib/python{series}/site-packages" if series else "site-packages"
    files: dict[str, bytes | str] = {}
    entry_points: list[str] = []
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for member in archive.namelist():
            if member.endswith("/"):
                continue
            files[f"{site_packages}/{member}"] = archive.read(member)
            if match := re.fullmatch(r"[^/]+-(?P<version>[^/-]+)\.dist-info/METADATA", member):
                version = match["version"]
                dist_info = PurePosixPath(member).parent
        with_scripts = f"{dist_info}/entry_points.txt"
        if with_scripts in archive.namelist():
            entry_points = _console_scripts(archive.read(with_scripts).decode())
    files[f"{site_packages}/{dist_info}/INSTALLER"] = b"conda\n"
    if series:
        for each in entry_points:
            command, _, target = each.partition(" = ")
            module, _, function = target.partition(":")
            files[f"bin/{command}"] = (
                f"#!{PLACEHOLDER}/bin/python\nimport sys\nfrom {module} import {function}\n"
                f"sys.exit({function}())\n"
            ).encode()
    pin = f"python {series}.*" if series else "python >=3.10"
    return Package(
        *(name, version, files, (pin, *depends)),
        build=f"py{series.replace('.', '')}_0" if series else "pyhd_0",
        noarch="" if series else "python",
        entry_points=() if series else entry_points,
        executables=frozenset(path for path in files if path.startswith("bin/")),
    )


def _console_scripts(text: str) -> list[str]:
    section = text.partition("[console_scripts]")[2].partition("\n[")[0]
    lines = (line.strip() for line in section.splitlines())
    return [re.sub(r"\s*=\s*", " = ", line) for line in lines if "=" in line]


def _tar(files: Mapping[str, bytes | str], executables: frozenset[str] = frozenset()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.mtime = 1_700_000_000
            member.mode = 0o755 if path in executables else 0o644
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _zstd(data: bytes) -> bytes:
    """Return an archive of zstd that has the data as they are: the standard library can't do more."""
    parts = [_ZSTD_HEADER]
    for start in range(0, max(len(data), 1), _ZSTD_BLOCK):
        block = data[start : start + _ZSTD_BLOCK]
        is_last = start + _ZSTD_BLOCK >= len(data)
        parts += [struct.pack("<I", is_last | len(block) << 3)[:3], block]
    return b"".join(parts)


def real_packages(runtimes: SlimRuntimes, directory: Path) -> dict[str, Package]:
    """Return packages of the newest of these Pythons, and of real wheels, by their names."""
    version = runtimes.versions[0]
    series = ".".join(version.split(".")[:2])
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(directory), "--python-version", series]
    subprocess.run([*command, *_WHEELS], check=True)
    wheels = {
        each.name.partition("-")[0].lower(): each.read_bytes() for each in directory.glob("*.whl")
    }
    made = [
        python_package((runtimes.directory / f"{version}.tar.gz").read_bytes(), version),
        *(
            wheel_package(
                wheel, name, _NEEDS.get(name, ()), series=series if name == "markupsafe" else ""
            )
            for name, wheel in sorted(wheels.items())
        ),
    ]
    return {each.name: each for each in made}
