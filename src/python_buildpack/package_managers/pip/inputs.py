"""All that a pip install depends on beside the package index, by names that the log can use.

Values are digests of what is written, after credentials were taken out: they tell that something
changed, and give no secret away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from python_buildpack.app.find_links import check_archive, check_find_links, local_path
from python_buildpack.app.pip_configuration import read_pip_configuration
from python_buildpack.package_managers.pip.requirements_file import (
    EditableRequirement,
    Inclusion,
    Line,
    LinkRequirement,
    NamedRequirement,
)
from python_buildpack.package_managers.pip.requirements_tree import LocatedLine, RequirementFiles
from python_buildpack.system.digests import digest_of, sha256_of
from python_buildpack.system.redaction import redact_url_credentials

_BUILD_OPTIONS = frozenset({"--config-settings", "--global-option"})
_NO_SETTINGS = ("--constraint", "--editable", "--hash", "--requirement")
# How pip behaves, not what it installs.
_HARMLESS_SETTINGS = frozenset(
    {
        *(
            "PIP_CACHE_DIR",
            "PIP_CERT",
            "PIP_CLIENT_CERT",
            "PIP_DEFAULT_TIMEOUT",
            "PIP_KEYRING_PROVIDER",
        ),
        *("PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR", "PIP_NO_COLOR", "PIP_NO_INPUT"),
        *("PIP_PROGRESS_BAR", "PIP_PROXY", "PIP_QUIET", "PIP_RETRIES", "PIP_ROOT_USER_ACTION"),
        *("PIP_TIMEOUT", "PIP_TRUSTED_HOST", "PIP_VERBOSE"),
    }
)
_SETTINGS_WITH_FILES = (
    "PIP_BUILD_CONSTRAINT",
    "PIP_CONSTRAINT",
    "PIP_EDITABLE",
    "PIP_GROUP",
    "PIP_REQUIREMENT",
)
_SETTINGS_WITH_LINKS = ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL")
_EXTRAS = re.compile(r"\[[^\]]*\]$")
_REMOTE_LINK = re.compile(r"https?:", re.IGNORECASE)
_LINES_WITH_FILES = re.compile(
    r"^\s*(?:build-constraint|constraint|editable|find-links|group|requirement)s?\s*[=:]"
    r"|^\s*(?:extra-)?index-url\s*[=:]\s*(?!\s|https?:)|file:",
    re.MULTILINE | re.IGNORECASE,
)


def pip_inputs(closure: RequirementFiles, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs of an installation of ``closure``: name → digest."""
    return {
        **dict(file_inputs(closure)),
        **option_inputs(closure),
        **setting_inputs(environment),
    }


def option_inputs(closure: RequirementFiles) -> dict[str, str]:
    """Return what decides which of an index's files is taken for a release; name → digest."""
    options = [
        (option.name, redact_url_credentials(option.value))
        for located in closure.lines
        for option in located.line.options
        if option.name not in _NO_SETTINGS
    ]
    return {"the options of requirements": digest_of(options)} if options else {}


def setting_inputs(environment: Mapping[str, str]) -> dict[str, str]:
    """Return pip's settings, those of its files too, and what these let it take: name → digest."""
    return {
        **dict(_variable_inputs(environment)),
        **{
            path: digest_of(redact_url_credentials(text))
            for path, text in read_pip_configuration(environment)
        },
        **dict(_directory_inputs(environment)),
    }


def build_settings(lines: Iterable[LocatedLine], environment: Mapping[str, str]) -> str:
    """Return a digest of what decides, beside a source distribution, what is built from it.

    pip's cache of built wheels takes no notice of any of it.
    """
    options = [option for located in lines for option in located.line.options]
    settings = [option.value for option in options if option.name in _BUILD_OPTIONS]
    return digest_of([settings, sorted(setting_inputs(environment).items())])


def reads_other_files(environment: Mapping[str, str]) -> bool:
    """Return whether pip's settings name local files, whose contents no closure has then."""
    links = " ".join(environment.get(name, "") for name in _SETTINGS_WITH_LINKS).split()
    directories = _directories(environment)
    if not all(_REMOTE_LINK.match(link) or link in directories for link in links):
        return True
    if any(environment.get(name) for name in _SETTINGS_WITH_FILES):
        return True
    return any(_LINES_WITH_FILES.search(text) for _, text in read_pip_configuration(environment))


def check_local_files(app_dir: Path, closure: RequirementFiles, *, with_lines: bool) -> None:
    """Check the wheels, and the directories of wheels, that requirements name.

    Args:
        with_lines: whether its lines are those of its files.

    Raises:
        NoArchiveError: one isn't a file, which pip would fail at, or wait for forever.
        UnreadableWheelsError: one can't be read.
    """
    # Each is looked into once, however often it is named.
    directories: dict[str, str] = {}
    for located in closure.lines:
        line = f", line {located.line.number}" if with_lines else ""
        named_by = f"{located.file.path}{line}"
        for link in _found_links(app_dir, located):
            directories.setdefault(link, named_by)
        if (target := link_of(located.line)) is not None:
            check_archive(app_dir, target, named_by)
    for link, named_by in directories.items():
        check_find_links(app_dir, [link], named_by)


def link_of(line: Line) -> str | None:
    """Return the path or URL that a line requires something from, without extras; None for none."""
    if isinstance(line, LinkRequirement | EditableRequirement):
        return _EXTRAS.sub("", line.target)
    return line.requirement.url if isinstance(line, NamedRequirement) else None


def _found_links(app_dir: Path, located: LocatedLine) -> Iterator[str]:
    """Yield directories of wheels and indexes: relative to the file, or else to the app."""
    directory = (app_dir / located.file.path).parent
    for option in located.line.options:
        if option.name in ("--extra-index-url", "--find-links", "--index-url"):
            path = local_path(directory, option.value)
            yield str(path) if path is not None and path.exists() else option.value


def file_inputs(closure: RequirementFiles) -> Iterator[tuple[str, str]]:
    """Yield the files of a closure, each with a digest of what its lines mean."""
    # By the file and the way that it was included, each of which is there once.
    lines_of = {(file.path, file.is_constraint): list[Line]() for file in closure.files}
    for located in closure.lines:
        lines_of[located.file.path, located.file.is_constraint].append(located.line)
    for file in closure.files:
        lines = lines_of[file.path, file.is_constraint]
        name = f"{file.path} (constraints)" if file.is_constraint else file.path
        yield name, digest_of([_line_identity(line) for line in lines])


def _directory_inputs(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield a digest of all that pip may take from directories of wheels."""
    for directory in _directories(environment):
        # A digest of names and contents; pip looks into no directory below.
        files = sorted(path for path in Path(directory).iterdir() if path.is_file())
        yield directory, digest_of([(path.name, sha256_of(path)) for path in files])


def _directories(environment: Mapping[str, str]) -> list[str]:
    links = dict.fromkeys(environment.get("PIP_FIND_LINKS", "").split())
    return [link for link in links if Path(link).is_absolute() and _has_files_only(Path(link))]


def _has_files_only(directory: Path) -> bool:
    """Return whether there is no page in a directory, whose links pip would follow."""
    return directory.is_dir() and not any(
        path.suffix.lower() in (".html", ".htm") for path in directory.iterdir()
    )


def _line_identity(line: Line) -> list[object]:
    """Return what a line means: comments, spaces and line breaks don't count."""
    # Each of several hashes is as good as the others; the order of other options may matter.
    options = [("--hash", value) for value in sorted(line.hashes)]
    others = (option for option in line.options if option.name != "--hash")
    options += [(option.name, redact_url_credentials(option.value)) for option in others]
    match line:
        case NamedRequirement(requirement=requirement):
            meaning = str(requirement)
        case LinkRequirement(target=target, marker=marker):
            meaning = f"{target} ; {marker}"
        case EditableRequirement(target=target):
            meaning = f"-e {target}"
        case Inclusion(target=target, is_constraint=is_constraint):
            meaning = f"{'-c' if is_constraint else '-r'} {target}"
        case _:
            meaning = ""
    return [redact_url_credentials(meaning), options]


def _variable_inputs(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in environment.items():
        is_setting = name.startswith("PIP_") and name not in _HARMLESS_SETTINGS
        if is_setting and value:
            yield name, digest_of(redact_url_credentials(value))
