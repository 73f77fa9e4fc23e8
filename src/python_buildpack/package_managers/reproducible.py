"""The environment in which source distributions are built to the same bytes every time."""

from __future__ import annotations

from collections.abc import Mapping


def reproducible(environment: Mapping[str, str]) -> dict[str, str]:
    """Return ``environment`` with what builds need for it; what the user has set stays."""
    return {
        # Zip archives can't hold an earlier time.
        "SOURCE_DATE_EPOCH": "315532801",
        "PYTHONHASHSEED": "0",
        # Debug information names the temporary directory that is built in.
        "CFLAGS": "-g0",
        "CXXFLAGS": "-g0",
        # A version that is read from Git's tags must not refresh the index of the app's repository.
        "GIT_OPTIONAL_LOCKS": "0",
        **environment,
    }
