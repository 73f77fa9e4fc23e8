"""What releases that are pinned need beside what their metadata says.

gunicorn before 21 imports pkg_resources. It requires setuptools of any release, before 20 none at all,
and from 82 on setuptools doesn't have that module any more: the app would never start.
https://setuptools.pypa.io/en/latest/history.html#v82-0-0
"""

from __future__ import annotations

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from python_buildpack.package_managers.pip.pins import pins
from python_buildpack.package_managers.pip.requirements_file import NamedRequirement
from python_buildpack.package_managers.pip.requirements_tree import RequirementFiles

_GUNICORN, _SETUPTOOLS = canonicalize_name("gunicorn"), canonicalize_name("setuptools")
_FIRST_WITHOUT = Version("21")
_REQUIREMENT = "setuptools<82"


def needed_requirements(closure: RequirementFiles) -> tuple[tuple[str, str], ...]:
    """Return requirements without which the app can't start, each with its reason for the log.

    None if the requirements say something of setuptools themselves, or have hashes: then all
    that is installed is written down.
    """
    names = {
        canonicalize_name(located.line.requirement.name)
        for located in closure.lines
        if isinstance(located.line, NamedRequirement)
    }
    has_hashes = any(located.line.hashes for located in closure.lines)
    if _SETUPTOOLS in names or has_hashes:
        return ()
    found = [pin.specifier.version for pin in pins(closure).get(_GUNICORN, ()) if pin.specifier]
    old = [version for version in found if _is_old(version)]
    return tuple((_REQUIREMENT, _reason(version)) for version in old[:1])


def _reason(version: str) -> str:
    return (
        f"Installing {_REQUIREMENT}: gunicorn {version} imports pkg_resources, which newer releases"
        " lack (to choose another, require setuptools)"
    )


def _is_old(version: str) -> bool:
    try:
        return Version(version) < _FIRST_WITHOUT
    except InvalidVersion:
        return False
