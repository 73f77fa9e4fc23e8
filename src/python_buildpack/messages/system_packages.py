"""Where Debian and Ubuntu have what an image lacks, and which distributions don't need it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from textwrap import TextWrapper
from types import MappingProxyType

import tomli
from packaging.utils import canonicalize_name

from python_buildpack.messages.links import SYSTEM_PACKAGES

_INSTALL_LINES = TextWrapper(
    100, initial_indent="    ", subsequent_indent="        ", break_on_hyphens=False
)
# The same under another name, with wheels that need nothing of the system.
_WITH_WHEELS = MappingProxyType(
    {
        "mysqlclient": "PyMySQL (with another module name)",
        "opencv-contrib-python": "opencv-contrib-python-headless",
        "opencv-python": "opencv-python-headless",
        "psycopg-c": "psycopg[binary]",
        "psycopg2": "psycopg2-binary (or psycopg[binary], of the next generation)",
        "pysqlite3": "pysqlite3-binary",
    }
)


def debian_package(missing: str) -> str | None:
    """Return the package that has a header, library or program; None if it isn't known.

    Args:
        missing: such as ``libpq-fe.h``, ``-lpq``, ``libpq.so.5``, ``pg_config`` or ``gcc``.
    """
    packages, name = _packages(), missing.lower()
    # Compilers have the target and version in their names: x86_64-linux-gnu-gcc-12.
    short = name.rpartition("-linux-gnu-")[2].rstrip("0123456789").rstrip("-")
    known = packages.get(missing) or packages.get(name) or packages.get(short)
    library, _, number = missing.rpartition(".")
    if known is None and number.isdecimal() and f"{library}.*" in packages:
        return packages[f"{library}.*"].replace("*", number)
    return known


def how_to_add(packages: Collection[str]) -> str:
    """Return how to get libraries into both images, as a paragraph with the lines of a file.

    Args:
        packages: of Debian and Ubuntu, that have them; () where they aren't known.
    """
    names = ", ".join(f'"{each}"' for each in sorted(packages) or ["PACKAGE"])
    return f"""\
Use a builder that has the library in both the build image and the run image, or have
heroku/deb-packages, a buildpack for Ubuntu, add the package before this one. In project.toml:
    [com.heroku.buildpacks.deb-packages]
{_INSTALL_LINES.fill(f"install = [{names}]")}
See {SYSTEM_PACKAGES}"""


def wheel_alternative(distribution: str) -> str | None:
    """Return a distribution that does the same and has wheels; None if none is known."""
    return _WITH_WHEELS.get(canonicalize_name(distribution))


@cache
def _packages() -> dict[str, str]:
    text = Path(__file__).with_name("debian_packages.toml").read_text(encoding="utf-8")
    return {name: package for package, names in tomli.loads(text).items() for name in names}
