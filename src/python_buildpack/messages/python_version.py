"""Wording for requested and available Python versions."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from python_buildpack.app.pyproject import PYPROJECT_TOML, InvalidPyprojectError
from python_buildpack.messages.links import INVENTORY, OFFLINE
from python_buildpack.messages.message import text_for
from python_buildpack.python_version.inventory import InvalidInventoryError
from python_buildpack.python_version.resolve import (
    ConflictingPythonVersionsError,
    EndOfLife,
    NoFreeThreadedPythonError,
    NoPythonForPlatformError,
    OutdatedRuntimeTxtError,
    PythonNotYetReleasedError,
    PythonTooOldError,
    RuntimeTxtUsed,
    UnavailablePythonVersionError,
    UnknownPythonVersionError,
)
from python_buildpack.python_version.sources import (
    BP_PYTHON_VERSION,
    DEFAULT,
    DEFAULT_PYTHON_VERSION,
    EVIDENCE,
    LAST_BUILD,
    OLDEST_SUPPORTED,
    REQUIRES_PYTHON,
    RUNTIME_TXT,
    TOOL_VERSIONS,
    InvalidPythonVersionError,
    MultiplePythonVersionsError,
    NoPythonVersionError,
    VersionSource,
    WrongForm,
    abi_series_of,
    bare_version,
    is_free_threaded,
    source_name,
    version_of,
)
from python_buildpack.python_version.tool_versions import (
    MISE_FILES,
    InvalidToolVersionError,
    ToolVersion,
    UnusedToolVersion,
)
from python_buildpack.system.text import listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from packaging.version import Version

_WIDTH = 90
_SPECIFIERS_URL = "https://packaging.python.org/en/latest/specifications/version-specifiers/"

_FORMS = {
    WrongForm.PREFIX: "Write the version without a prefix.",
    WrongForm.QUOTES: "Write the version without quotes.",
    WrongForm.OTHER_IMPLEMENTATION: "Only CPython is available.",
    WrongForm.SYSTEM: "A build has no system Python: write a version.",
    WrongForm.CARET: "Only Poetry understands the caret (^).",
    WrongForm.DEVELOPMENT: "Development versions aren't available.",
    WrongForm.OTHER: "This isn't a Python version.",
}


_ACCEPTED_FORMS = """\
Accepted forms:
  3.14          the newest 3.14
  3.14.2        exactly this release
  3.14t         the newest free-threaded 3.14
  >=3.12,<3.15  version specifiers"""


@text_for.register
def _end_of_life(warning: EndOfLife) -> str:
    verb = "reached" if warning.reached else "will reach"
    there_are = "There are" if warning.reached else "Then there are"
    return f"""\
Python {warning.version} {verb} end of life on {warning.date.isoformat()}
{there_are} no more security fixes. Use a newer version: https://devguide.python.org/versions/"""


@text_for.register
def _runtime_txt(warning: RuntimeTxtUsed) -> str:
    instead = (
        ".python-version replaces it: delete runtime.txt"
        if warning.has_python_version_file
        else f"Delete it, and write {warning.version} to a file named .python-version"
    )
    return f"runtime.txt is deprecated\n{instead}."


def source_text(source: VersionSource) -> str:
    """Return the reason for a Python version, for the log and the report."""
    reasons = {
        DEFAULT: "the default",
        EVIDENCE: f"since {source.text}",
        LAST_BUILD: "as in the last build",
    }
    if source.file in reasons:
        return (
            f"{reasons[source.file]}; to choose another, set .python-version or BP_PYTHON_VERSION"
        )
    return f"from {_place(source)}: {printable(source.text)}"


def unused_version_text(unused: UnusedToolVersion) -> str:
    """Return that a version of mise or asdf is ignored, and what takes precedence."""
    written = unused.tool_version
    place = _place(written)
    return f"Ignoring {printable(written.text)} in {place}: {unused.first} takes precedence"


@text_for.register
def _(error: InvalidToolVersionError) -> str:
    return f"""\
Invalid Python version in {error.path}
{_where(error.path, error.line)}: the version must be a string, but it is {error.found}.

{_how_to_write(error.path, DEFAULT_PYTHON_VERSION)}"""


@text_for.register
def _(error: InvalidPythonVersionError) -> str:
    suggested = error.suggested_version
    if _is_requires_python(error):
        series = ".".join(suggested.split(".")[:2])
        advice = (
            f'Write ">={suggested}" for this version and newer, or "=={series}.*" for {series} only:\n'
            f"{_SPECIFIERS_URL}"
        )
        form = "These aren't valid version specifiers."
        form = _FORMS[error.form] if error.form is WrongForm.CARET else form
    else:
        advice = f"{_how_to_write(error.file, suggested, error.key)}\n\n{_ACCEPTED_FORMS}"
        form = _FORMS[error.form]
    return f"""\
Invalid Python version in {source_name(error.file, error.key)}
{_place(error)}: {printable(error.text)}
{form}

{advice}"""


@text_for.register
def _(error: MultiplePythonVersionsError) -> str:
    found = [f"{error.file}:{line}: {text}" for line, text in error.versions]
    return f"""\
Several Python versions in {error.file}
{listed(found)}

Keep one of these lines, and delete the others."""


@text_for.register
def _(error: NoPythonVersionError) -> str:
    return f"""\
No Python version in {error.file}
The file has only blank lines and comments.

{_how_to_write(error.file, DEFAULT_PYTHON_VERSION)}
Or delete the file."""


@text_for.register
def _(error: OutdatedRuntimeTxtError) -> str:
    file = error.version_file
    version = printable(file.text)
    return f"""\
runtime.txt conflicts with .python-version
{_where(RUNTIME_TXT, error.line)}: {printable(error.text) or "no version"}
{_place(file)}: {version}

Delete runtime.txt, which is deprecated, to use Python {version}."""


@text_for.register
def _(error: UnknownPythonVersionError) -> str:
    why = (
        "It has no archive"
        if _is_left_out(error)
        else "It doesn't exist, or is newer than this buildpack"
    )
    cause = f"{why}.\nAn offline package of the buildpack may lack it:\n{OFFLINE}"
    return f"""\
{_title(error.source, "is not available")}
{_unavailable(error, cause)}"""


@text_for.register
def _(error: NoFreeThreadedPythonError) -> str:
    cause = "There is no free-threaded build of it. They exist since Python 3.13."
    return f"""\
{_title(error.source, "is not available")}
{_unavailable(error, cause)}"""


@text_for.register
def _(error: PythonTooOldError) -> str:
    cause = f"The oldest supported version is {OLDEST_SUPPORTED}."
    return f"""\
{_title(error.source, "is too old")}
{_unavailable(error, cause)}"""


@text_for.register
def _(error: PythonNotYetReleasedError) -> str:
    cause = "No release in this buildpack is that new. A newer buildpack may have it."
    return f"""\
{_title(error.source, "is not available yet")}
{_unavailable(error, cause)}"""


def _title(source: VersionSource, fault: str) -> str:
    text = printable(bare_version(source.text))
    if text[:1].isdigit():
        return f"Python {text} {fault}"
    # Specifiers, not a version.
    return f"The requested Python, {text}, {fault}"


def _unavailable(error: UnavailablePythonVersionError, cause: str) -> str:
    source = error.source
    listed = _listed(error.available, (source,), f"{error.os}/{error.arch}")
    suggested = _suggested(error)
    if _is_requires_python(source):
        advice = f'Change requires-python, for example to ">={suggested}".'
    else:
        advice = _how_to_write(source.file, suggested, source.key)
    return _paragraphs(
        f"{_place(source)}: {printable(source.text)}\n{cause}",
        listed,
        advice,
        _two_part_hints((source,)),
    )


def _is_left_out(error: UnavailablePythonVersionError) -> bool:
    """Return whether the X.Y has later releases than the requested one."""
    named = [version_of(each) for each in error.source.specifiers if each.operator == "=="]
    return any(
        version is not None and version.release[:2] == other.release[:2] and version < other
        for version in named
        for other in error.available
    )


def _suggested(error: UnavailablePythonVersionError) -> str:
    """Return the requested X.Y if it exists, else the newest."""
    releases = [version for version in error.available if not version.is_prerelease]
    if not releases:
        return str(error.available[-1])
    asked = _series_named((error.source,))
    newest = max([v for v in releases if v.release[:2] in asked] or releases)
    return abi_series_of(newest)


@text_for.register
def _(error: ConflictingPythonVersionsError) -> str:
    places = [_place(source) for source in error.sources]
    width = max(map(len, places), default=0) + 2
    asked = "\n".join(
        f"  {place:{width}}{printable(source.text)}"
        for place, source in zip(places, error.sources, strict=True)
    )
    body = _paragraphs(
        f"No release satisfies all of these:\n\n{asked}",
        _listed(error.available, error.sources, f"{error.os}/{error.arch}"),
        "Change or remove some of them.",
        _two_part_hints(error.sources),
    )
    return f"The app's Python versions conflict\n{body}"


@text_for.register
def _(error: NoPythonForPlatformError) -> str:
    platform = printable(f"{error.os}/{error.arch}")
    exists = f"The inventory has archives for: {printable(', '.join(error.platforms)) or 'nothing'}"
    advice = "Build for one of these platforms, or set BP_PYTHON_INVENTORY to another inventory."
    if error.prereleases:
        kind = "free-threaded builds" if is_free_threaded(error.prereleases[-1]) else "pre-releases"
        exists = f"The inventory has only {kind}: {_join(error.prereleases)}"
        advice = f"To use one, write it to .python-version: {error.prereleases[-1]}"
    return f"""\
No Python for {platform}
{exists}

{advice}"""


@text_for.register
def _(error: InvalidInventoryError) -> str:
    return f"""\
Invalid inventory of Python archives
{printable(error.source)}:
  {printable(error.problem)}

If BP_PYTHON_INVENTORY is set, correct that file, or unset the variable:
{INVENTORY}"""


@text_for.register
def _(error: InvalidPyprojectError) -> str:
    return f"""\
Invalid value in pyproject.toml
{_where("pyproject.toml", error.line)}: {printable(error.key)} must be {error.expected}, but it is {printable(error.found)}.

Correct the value:
https://packaging.python.org/en/latest/specifications/pyproject-toml/"""


def _place(written: VersionSource | ToolVersion | InvalidPythonVersionError) -> str:
    """Return such as "pyproject.toml:4 (requires-python)", which editors link."""
    return source_name(_where(written.file, written.line), written.key)


def _where(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"


def _is_requires_python(written: VersionSource | InvalidPythonVersionError) -> bool:
    return (written.file, written.key) == (PYPROJECT_TOML, REQUIRES_PYTHON)


def _how_to_write(file: str, version: str, key: str = "") -> str:
    if file == BP_PYTHON_VERSION:
        return f"Set, for example: {file}={version}"
    if file == RUNTIME_TXT:
        return f"Delete runtime.txt, and write to .python-version: {version}"
    or_set = f"Or set {BP_PYTHON_VERSION}={version}, which takes precedence."
    if file == TOOL_VERSIONS:
        return f"Write to {file}, for example: python {version}\n{or_set}"
    if file in MISE_FILES:
        return f'Write to {file}, below [tools], for example: python = "{version}"\n{or_set}'
    return f"Write to {source_name(file, key)}, for example: {version}"


def _listed(available: Sequence[Version], sources: Iterable[VersionSource], platform: str) -> str:
    """Return the newest release of each X.Y, and all releases of the requested X.Y."""
    newest: dict[tuple[int, ...], Version] = {}
    for version in sorted(available):
        if not version.is_prerelease:
            newest[version.release[:2]] = version
    lines = [_wrapped(f"Available for {platform}, newest of each:", newest.values())]
    for series in sorted(_series_named(sources) & newest.keys()):
        releases = [v for v in available if v.release[:2] == series and not v.is_prerelease]
        lines.append(_wrapped(f"All of {series[0]}.{series[1]}:", releases))
    prereleases = [version for version in available if version.is_prerelease]
    if prereleases:
        lines.append(_wrapped("Pre-releases, if named exactly:", prereleases))
    return "\n".join(lines)


def _series_named(sources: Iterable[VersionSource]) -> set[tuple[int, ...]]:
    return {
        version.release[:2]
        for source in sources
        for specifier in source.specifiers
        if (version := version_of(specifier)) is not None
    }


def _wrapped(label: str, versions: Iterable[Version]) -> str:
    return textwrap.fill(
        f"{label} {_join(versions) or 'none'}",
        _WIDTH,
        subsequent_indent="  ",
        break_on_hyphens=False,
    )


def _join(versions: Iterable[Version]) -> str:
    return ", ".join(map(str, versions))


def _two_part_hints(sources: Iterable[VersionSource]) -> str:
    """Explain ``==3.13`` and ``<=3.13``, which mean 3.13.0 and not 3.13.*."""
    hints = []
    for source in sources:
        for specifier in source.specifiers:
            version = version_of(specifier)
            if version is None or specifier.version != f"{version.major}.{version.minor}":
                continue
            if specifier.operator == "==":
                hints.append(
                    f"{specifier} means {version}.0 only. For any {version}, write =={version}.*"
                )
            elif specifier.operator == "<=":
                hints.append(
                    f"{specifier} excludes {version}.1 and later. To include them, "
                    f"write <{version.major}.{version.minor + 1}"
                )
    return "\n".join(f"Hint: {hint}" for hint in hints)


def _paragraphs(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
