"""BP_REQUIRE_HASHES: that everything which is installed has a hash that the app commits to.

A full commit hash of a repository counts in a lock file: it is a digest of what is in the commit.
pip checks neither repositories nor directories by hash, so that requirements files can't have them.
The app's own projects, which a lock lists by their directory, come with the app.
"""

from __future__ import annotations

from dataclasses import dataclass

from python_buildpack.package_managers.protocol import Dependencies, Unhashed
from python_buildpack.system.errors import UserError


@dataclass(eq=False)
class HashesRequiredError(UserError):
    """BP_REQUIRE_HASHES is set, and some of what would be installed has no hash.

    Args:
        names: the files that the app declares its dependencies in.
        unhashed: empty where nothing at all has a hash, for there is no lock.
        command: that makes hashes.
    """

    names: str
    unhashed: tuple[Unhashed, ...]
    command: str


def require_hashes(dependencies: Dependencies) -> Dependencies:
    """Return ``dependencies`` such that nothing without a hash is installed.

    Raises:
        HashesRequiredError: something has none.
    """
    if dependencies.is_empty:
        return dependencies
    unhashed = dependencies.unhashed()
    if unhashed is None or unhashed:
        command = dependencies.manager.hash_command
        raise HashesRequiredError(dependencies.display_name, unhashed or (), command)
    return dependencies.with_required_hashes()
