"""Wheels that were downloaded: as they are, or as a tool's next release."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.distributions import Distribution, record_entry, zipped


@dataclass(frozen=True)
class DownloadedWheel(Distribution):
    """``original`` as it is."""

    original: Path = Path()

    @classmethod
    def read(cls, path: Path) -> DownloadedWheel:
        """Return the wheel of a file that is named as the specification has it."""
        name, version, *_ = path.name.split("-")
        return cls(name, version, original=path)

    @property
    def metadata(self) -> str:
        """The content of METADATA."""
        with zipfile.ZipFile(self.original) as archive:
            return archive.read(f"{self._info}/METADATA").decode()

    @property
    def wheel(self) -> bytes:
        """The wheel."""
        return self.original.read_bytes()

    @property
    def wheel_name(self) -> str:
        """The name of the wheel's file."""
        return self.original.name


@dataclass(frozen=True)
class RenumberedWheel(Distribution):
    """What ``original`` has, as ``version``, whatever that says of itself when it runs."""

    original: Path = Path()

    @property
    def metadata(self) -> str:
        """The content of METADATA."""
        return self._files[f"{self._info}/METADATA"].decode()

    @property
    def wheel(self) -> bytes:
        """The wheel."""
        return self._packed

    @cached_property
    def _packed(self) -> bytes:
        return zipped(self._files)

    @cached_property
    def _files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.original) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        before = self.original.name.split("-")[1]
        old_info = f"{self.name}-{before}.dist-info"
        renamed = {name.replace(old_info, self._info): files[name] for name in files}
        metadata = f"{self._info}/METADATA"
        versions = (f"\nVersion: {before}\n".encode(), f"\nVersion: {self.version}\n".encode())
        renamed[metadata] = renamed[metadata].replace(*versions, 1)
        record = f"{self._info}/RECORD"
        renamed.pop(record)
        entries = [record_entry(name, content) for name, content in renamed.items()]
        return {**renamed, record: "".join([*entries, f"{record},,\n"]).encode()}
