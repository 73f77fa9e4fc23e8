"""Wording for shared libraries that are missing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from python_buildpack.environment.linkage.check import (
    MissingLibraries,
    MissingLibrariesError,
    MissingLibrary,
)
from python_buildpack.messages.message import text_for
from python_buildpack.messages.system_packages import debian_package, how_to_add, wheel_alternative
from python_buildpack.system.text import printable

_HEADING = "Missing shared libraries"


@text_for.register
def _(error: MissingLibrariesError) -> str:
    return f"""\
{_HEADING}
{_body(error.libraries)}

Without BP_STRICT_LINKAGE, this is a warning."""


@text_for.register
def _missing_libraries(warning: MissingLibraries) -> str:
    return f"""\
{_HEADING}
{_body(warning.libraries)}

With BP_STRICT_LINKAGE=true, this is an error."""


def _body(libraries: tuple[MissingLibrary, ...]) -> str:
    found = "\n".join(_listed(libraries))
    packages = {package for each in libraries if (package := debian_package(each.name))}
    cures = "\n".join((*_wheels(libraries), how_to_add(packages)))
    return f"""\
Neither the app's environment nor the build image has these:
{found}

The files listed can't be loaded, unless the run image has these libraries.

{cures}"""


def _listed(libraries: Iterable[MissingLibrary]) -> Iterable[str]:
    for distribution, missing in groupby(libraries, key=lambda each: each.distribution):
        yield f"  {printable(distribution or 'of no known distribution')}"
        for each in missing:
            package = debian_package(each.name)
            of_package = f" (Debian and Ubuntu: {package})" if package else ""
            rest = f" and {len(each.files) - 1} more" if len(each.files) > 1 else ""
            yield f"    {printable(each.name)}{of_package}"
            yield f"      for {printable(each.files[0])}{rest}"


def _wheels(libraries: tuple[MissingLibrary, ...]) -> Iterable[str]:
    for distribution in sorted({each.distribution or "" for each in libraries}):
        if other := wheel_alternative(distribution):
            yield f"Require {other} instead of {distribution}: it doesn't need them. Or:"
