"""An environment with distributions in it, as a tool leaves them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.environment.resolution import Resolution, ResolvedDistribution
from tests.unit.environment.linkage.elf_files import AMD64

SITE_PACKAGES = "lib/python3.13/site-packages"


@dataclass
class InstalledEnvironment:
    """Distributions at a directory, each of version 1.0 and from a wheel with a hash."""

    venv_dir: Path
    resolved: dict[str, ResolvedDistribution] = field(default_factory=dict)

    @property
    def site_packages(self) -> Path:
        return self.venv_dir / SITE_PACKAGES

    @property
    def resolution(self) -> Resolution:
        return Resolution(tuple(self.resolved[name] for name in sorted(self.resolved)))

    @property
    def libraries(self) -> VenvLibraries:
        return VenvLibraries(self.venv_dir, AMD64)

    def install(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        metadata: str = "",
        filename: str = "x-1.0-py3-none-any.whl",
    ) -> None:
        """Install ``files``, by paths relative to site-packages."""
        dist_info = f"{name}-1.0.dist-info"
        described = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}"
        everything = {
            **files,
            f"{dist_info}/METADATA": described.encode(),
            f"{dist_info}/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
            f"{dist_info}/RECORD": b"",
        }
        for path, contents in everything.items():
            file = self.site_packages / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents)
        with (self.site_packages / dist_info / "RECORD").open("w", newline="") as record:
            csv.writer(record).writerows([path, "", ""] for path in everything)
        normalized = canonicalize_name(name)
        self.resolved[normalized] = ResolvedDistribution(
            normalized, "1.0", f"https://host/{filename}", (f"sha256:{name}",)
        )
