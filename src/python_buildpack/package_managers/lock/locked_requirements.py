"""Requirements, in the format of pip's files, that are made from the packages of a lock file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from packaging.version import Version

from python_buildpack.environment.requirement import parse_requirement
from python_buildpack.package_managers.locks import MAX_HASHES, LockReader
from python_buildpack.package_managers.pip.requirements_file import LinkKind, link_kind

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_HASH = re.compile(r"(?:sha256|sha384|sha512):[0-9a-fA-F]+")
# What ends a word, or the URL, in a line of a requirements file.
_URL = re.compile(r"[^\s\"'\\;]+")
_PATH = re.compile(r"[^\s\"'\\;#\[\]]+")
# user@host:path, which git takes for SSH, and URLs can't say.
_SCP_LIKE = re.compile(r"(?P<host>[\w.-]+@[\w.-]+):(?!/)(?P<path>.+)")

# Before, a requirement with a hash made pip want one for all.
# https://pip.pypa.io/en/stable/news/#v26-2
_MIXED_HASHES_SINCE = Version("26.2")


@dataclass(frozen=True)
class LockedRequirement:
    """One package of a lock file, as pip is asked for it.

    Attributes:
        name: as the lock has it.
        extras: of the package.
        specifier: such as ``==1.0``; empty where ``link`` is set.
        link: a URL, a VCS URL with its commit, or a path that begins with ``.`` or ``/``.
        marker: the environments that need it; empty for all.
        hashes: allowed digests, each as ``sha256:…``; of no meaning for paths and repositories.
        is_editable: installed so that changes of its source take effect.
    """

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    link: str = ""
    marker: str = ""
    hashes: tuple[str, ...] = ()
    is_editable: bool = False

    @property
    def usable_hashes(self) -> tuple[str, ...]:
        """The hashes that pip can check; sorted."""
        is_file = not self.link or link_kind(self.link) is LinkKind.URL
        return tuple(sorted(set(self.hashes))) if is_file and not self.is_editable else ()

    @property
    def requirement(self) -> str:
        """The requirement without its options, on one line."""
        # pip would install what is editable whatever its marker says.
        if self.is_editable and not self.marker:
            return f"-e {self._editable_target}"
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        marker = f" ; {self.marker}" if self.marker else ""
        if _is_path(self.link):
            return f"{self.link}{extras}{marker}"
        target = f" @ {self.link}" if self.link else self.specifier
        return f"{self.name}{extras}{target}{marker}"

    @property
    def _editable_target(self) -> str:
        # Without the extras, which not every pip takes here: the lock has what they need.
        if _is_path(self.link):
            return self.link
        url, _, fragment = self.link.partition("#")
        return f"{url}#egg={self.name}{'&' if fragment else ''}{fragment}"


def requirements_text(
    requirements: Sequence[LockedRequirement], options: Sequence[str], pip_version: str | None
) -> str:
    """Return the text of a requirements file.

    Args:
        requirements: in the order of their lines.
        options: lines of options, such as ``--index-url …``.
        pip_version: that will read it; None for the buildpack's own.
    """
    are_hashed = [bool(requirement.usable_hashes) for requirement in requirements]
    is_mixed = any(are_hashed) and not all(are_hashed)
    lines = list(options)
    with_hashes = True
    if is_mixed:
        # Directories and repositories can't have hashes. With this option, pip checks those that
        # there are, and wants no others; an older one would refuse all, and gets none.
        with_hashes = pip_version is None or Version(pip_version) >= _MIXED_HASHES_SINCE
        lines += ["--no-require-hashes"] if with_hashes else []
    for requirement in requirements:
        hashes = requirement.usable_hashes if with_hashes else ()
        lines.append(" ".join((requirement.requirement, *(f"--hash={each}" for each in hashes))))
    return "".join(f"{line}\n" for line in lines)


def checked_requirement(
    reader: LockReader, requirement: LockedRequirement, where: str
) -> LockedRequirement:
    """Return ``requirement`` if pip can understand it: nothing in it breaks its line.

    Raises:
        InvalidLockError: it can't.
    """
    problem = _problem(requirement)
    if problem:
        raise reader.invalid(f"{where} {problem}")
    return requirement


def _problem(requirement: LockedRequirement) -> str | None:
    """Return what is wrong with a requirement; None where nothing is."""
    for name in (requirement.name, *requirement.extras):
        if not _NAME.fullmatch(name):
            return f"has the name {name!r}, which no package can have"
    if len(requirement.hashes) > MAX_HASHES:
        return f"has {len(requirement.hashes)} hashes; there can be {MAX_HASHES}"
    for each in requirement.hashes:
        if not _HASH.fullmatch(each):
            return f"has the hash {each!r}, which isn't of the form sha256:DIGEST"
    return _link_problem(requirement.link) or _specifier_problem(requirement)


def _link_problem(link: str) -> str | None:
    if not link:
        return None
    is_path = _is_path(link)
    if not (_PATH if is_path else _URL).fullmatch(link) or not link.isprintable():
        return "has a URL or path with characters that pip doesn't understand"
    if not is_path and link_kind(link) is LinkKind.UNKNOWN:
        return "has a URL of an unknown kind"
    return None


def _specifier_problem(requirement: LockedRequirement) -> str | None:
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    text = f"{requirement.name}{requirement.specifier}{marker}"
    parsed = parse_requirement(text) if text.isprintable() else None
    # Nothing but a specifier stands between name and marker.
    if parsed is None or parsed.url or parsed.extras:
        return f"is no requirement: {text!r}"
    return None


def _is_path(link: str) -> bool:
    return link.startswith((".", "/"))


def vcs_link(vcs: str, url: str, revision: str | None, subdirectory: str | None) -> str:
    """Return a VCS URL as pip wants it; ``url`` may have the form ``user@host:path``."""
    if match := _SCP_LIKE.fullmatch(url):
        url = f"ssh://{match['host']}/{match['path']}"
    at = f"@{revision}" if revision else ""
    fragment = f"#subdirectory={subdirectory}" if subdirectory else ""
    prefix = "" if url.startswith(f"{vcs}+") else f"{vcs}+"
    return f"{prefix}{url}{at}{fragment}"


def path_link(path: str) -> str:
    """Return a path such that pip takes it for one."""
    return path if _is_path(path) else f"./{path}"


def index_lines(option: str, url: str, *, verify_ssl: bool) -> tuple[str, ...]:
    """Return lines of options for an index; none for what is no URL.

    Args:
        option: such as ``--extra-index-url``.
        url: of the index; ``${NAME}`` in it is replaced by pip.
        verify_ssl: whether its certificate is verified.
    """
    if not _URL.fullmatch(url) or not url.isprintable():
        return ()
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return ()
    trusted = (f"--trusted-host {host}",) if host and not verify_ssl else ()
    return (f"{option} {url}", *trusted)
