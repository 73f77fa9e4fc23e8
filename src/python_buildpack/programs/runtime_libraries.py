"""Print the libraries that are linked into this interpreter: a line "name version" for each.

usage: python -I -S -B runtime_libraries.py

A library is the interpreter's own where it has the module and has loaded no file of that name.
"""

import importlib
import sys
from pathlib import Path


def _version(module: str, attribute: str) -> str:
    try:
        return str(getattr(importlib.import_module(module), attribute))
    except (ImportError, AttributeError):
        return ""


LIBRARIES = {
    "expat": ("libexpat.so", _version("pyexpat", "EXPAT_VERSION").removeprefix("expat_")),
    "mpdecimal": ("libmpdec.so", _version("_decimal", "__libmpdec_version__")),
    "openssl": ("libssl.so", " ".join(_version("_ssl", "OPENSSL_VERSION").split()[1:2])),
    "sqlite": ("libsqlite3.so", _version("_sqlite3", "sqlite_version")),
    "zlib": ("libz.so", _version("zlib", "ZLIB_RUNTIME_VERSION")),
    "zstd": ("libzstd.so", _version("_zstd", "zstd_version")),
}
LOADED = Path("/proc/self/maps").read_text(encoding="utf-8")
OWN = {name: number for name, (file, number) in LIBRARIES.items() if number and file not in LOADED}

if __name__ == "__main__":
    sys.stdout.writelines(f"{name} {number}\n" for name, number in OWN.items())
