"""Runs pip as if another CPython of this machine ran it; run by the buildpack's own, never imported.

usage: python pip_for_python.py PIP_DIR [VERSION ABI [DIGEST ARGUMENT...]]

As long as nothing is built, pip's resolution depends on its interpreter by the markers, the tags of wheels, what
Requires-Python is compared with, and the reader of metadata. The digest of them is printed: this interpreter's, or
the other's if VERSION (X.Y.Z) and ABI (cp313) are given. With DIGEST, pip runs; the exit status is 64 if the
digest is another, or if pip chose what has to be built.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sys
from importlib import import_module
from typing import Any

_NOT_CERTAIN = 64
# Of the kernel: this process's own are right.
_KERNEL = frozenset({"platform_release", "platform_version"})


def imitate(version: str, abi: str) -> None:
    """Have pip see the markers and tags of another Python; before anything of pip is imported."""
    markers: Any = import_module("pip._vendor.packaging.markers")
    own, series = markers.default_environment(), re.findall(r"\d+", version)[:2]
    versions = dict.fromkeys(("implementation_version", "python_full_version"), version)
    other = {**own, **versions, "python_version": ".".join(series)}
    markers.default_environment = lambda: dict(other)
    tags: Any = import_module("pip._internal.utils.compatibility_tags")
    supported = tags.get_supported(version="".join(series), abis=[abi])
    tags.get_supported = lambda *_, **__: list(supported)


def digest() -> str:
    """Return the SHA-256 of all that pip's resolution takes from its interpreter."""
    markers: Any = import_module("pip._vendor.packaging.markers")
    tags: Any = import_module("pip._internal.utils.compatibility_tags")
    metadata: Any = import_module("pip._internal.metadata")
    environment = sorted(markers.default_environment().items())
    values = [f"{name}={value}" for name, value in environment if name not in _KERNEL]
    values += [str(tag) for tag in tags.get_supported()]
    values.append(metadata.select_backend().NAME)
    return hashlib.sha256("\n".join(values).encode()).hexdigest()


def run_pip(version: str, arguments: list[str]) -> int:
    """Run pip, with wheels and source distributions to choose from; return its exit status."""
    options: Any = import_module("pip._internal.cli.cmdoptions")
    source: Any = import_module("pip._internal.distributions.sdist").SourceDistribution
    error: Any = import_module("pip._internal.exceptions").InstallationError
    refused = []

    def refuse(*_: object, **__: object) -> None:
        logging.disable()
        refused.append(True)
        raise error

    # With --only-binary, as this wants it, a newer release without wheels would be missed.
    options.check_dist_restriction = lambda *_, **__: None
    source.prepare_distribution_metadata = refuse
    # Without the letters of a pre-release, as Requires-Python is compared.
    release = ".".join(re.findall(r"\d+", version)[:3])
    pip: Any = import_module("pip._internal.cli.main")
    status = pip.main([*arguments, "--python-version", release])
    return _NOT_CERTAIN if refused else int(status)


def main(pip_dir: str, other: list[str]) -> int:
    """Print a digest, or run pip; return the exit status."""
    sys.path.insert(0, pip_dir)
    if other:
        imitate(*other[:2])
    found, expected = digest(), other[2:3]
    if not expected:
        sys.stdout.write(found)
        return 0
    return run_pip(other[0], other[3:]) if [found] == expected else _NOT_CERTAIN


if __name__ == "__main__":
    status = main(sys.argv[1], sys.argv[2:])
    sys.stdout.flush()
    sys.stderr.flush()
    # As run_and_exit.py does.
    os._exit(status)
