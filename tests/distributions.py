"""Small real wheels and source distributions, made without a network: the same bytes every time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

# Zip archives can't hold an earlier time.
_MODIFIED = 315_532_800
_PYPROJECT = """\
[build-system]
requires = []
build-backend = "in_tree"
backend-path = ["backend"]
"""
# The wheel's files lie in the directory "wheel". An editable install is a .pth file.
# https://packaging.python.org/en/latest/specifications/pyproject-toml/#build-backend-table
_BACKEND = """\
import pathlib
import shutil
import zipfile

ROOT = pathlib.Path(__file__).parent.parent / "wheel"
INFO = "{info}"
WHEEL = "{wheel}"


def pack(directory, files):
    with zipfile.ZipFile(pathlib.Path(directory, WHEEL), "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return WHEEL


def files(pattern):
    paths = sorted(path for path in ROOT.glob(pattern) if path.is_file())
    return {{str(path.relative_to(ROOT)): path.read_bytes() for path in paths}}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return pack(wheel_directory, files("**/*"))


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    made = {{**files(INFO + "/**/*"), "editable_{name}.pth": str(ROOT) + "\\n"}}
    record = "".join(name + ",,\\n" for name in made)
    return pack(wheel_directory, {{**made, INFO + "/RECORD": record}})


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    shutil.copytree(ROOT / INFO, pathlib.Path(metadata_directory, INFO))
    return INFO


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
"""


@dataclass(frozen=True)
class Distribution:
    """What is in a wheel.

    Attributes:
        name: normalised, with hyphens only.
        version: X.Y and so on.
        files: by path in site-packages; "data/" and "scripts/" are the schemes of these names.
        requires: of its metadata, such as ``plain>=1 ; extra == "fast"``.
        extras: that it provides.
        console_scripts: as in entry_points.txt.
        tag: of the wheel's file name.
        requires_python: of its metadata; "" for any.
    """

    name: str
    version: str
    files: Mapping[str, str] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    console_scripts: tuple[str, ...] = ()
    tag: str = "py3-none-any"
    requires_python: str = ""

    @property
    def wheel_name(self) -> str:
        """The wheel's file name."""
        return f"{self._stem}-{self.tag}.whl"

    @property
    def sdist_name(self) -> str:
        """The source distribution's file name."""
        return f"{self._stem}.tar.gz"

    @property
    def metadata(self) -> str:
        """The content of METADATA and PKG-INFO."""
        lines = [f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        lines += [f"Provides-Extra: {extra}" for extra in self.extras]
        lines += [f"Requires-Python: {self.requires_python}"] if self.requires_python else []
        return "\n".join([*lines, "", ""])

    @property
    def wheel(self) -> bytes:
        """The wheel."""
        return zipped(self._wheel_files)

    @property
    def sdist(self) -> bytes:
        """The source distribution, with a build backend of its own."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for path, text in {**self.project, "PKG-INFO": self.metadata}.items():
                member = tarfile.TarInfo(f"{self._stem}/{path}")
                member.size, member.mtime = len(text.encode()), _MODIFIED
                tar.addfile(member, io.BytesIO(text.encode()))
        return gzip.compress(buffer.getvalue(), mtime=0)

    @property
    def project(self) -> dict[str, str]:
        """The files of a directory from which pip builds the wheel."""
        backend = _BACKEND.format(info=self._info, wheel=self.wheel_name, name=self.name)
        tree = {f"wheel/{path}": text for path, text in self._wheel_files.items()}
        return {"pyproject.toml": _PYPROJECT, "backend/in_tree.py": backend, **tree}

    @property
    def _stem(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}"

    @property
    def _info(self) -> str:
        return f"{self._stem}.dist-info"

    @property
    def _wheel_files(self) -> dict[str, str]:
        files = {
            f"{self._stem}.data/{path}" if path.startswith(("data/", "scripts/")) else path: text
            for path, text in self.files.items()
        }
        files[f"{self._info}/METADATA"] = self.metadata
        files[f"{self._info}/WHEEL"] = (
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        if self.console_scripts:
            scripts = "\n".join(self.console_scripts)
            files[f"{self._info}/entry_points.txt"] = f"[console_scripts]\n{scripts}\n"
        record = f"{self._info}/RECORD"
        entries = [record_entry(path, text.encode()) for path, text in files.items()]
        return {**files, record: "".join([*entries, f"{record},,\n"])}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip file, the same bytes each time: path → content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return buffer.getvalue()


def record_entry(path: str, content: bytes) -> str:
    """Return the line of RECORD for one file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}\n"
