"""What a lock file of PEP 751 has, as lines of a requirements file for pip."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
)
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from python_buildpack.package_managers.locks import MAX_HASHES
from python_buildpack.package_managers.pip.requirements_file import LinkKind, link_kind

Artifact = PackageVcs | PackageDirectory | PackageArchive | PackageWheel | PackageSdist
_File = PackageArchive | PackageWheel | PackageSdist

# Those that pip accepts, the one that every index has first.
_HASHES = ("sha256", "sha512", "sha384")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# "git@host:path", as Git writes it for ssh.
_SSH_PLACE = re.compile(r"(?P<host>[^/:]+):(?P<path>(?!//).+)")
# What is special in URLs stays; what is special in requirements files (spaces, ";", "\" and the
# braces of variables) is not.
_URL_CHARACTERS = ":/?#[]@!$&'()*+,=%~"


def requirement_line(
    package: Package, artifact: Artifact, directory: Path, index: str | None
) -> str:
    """Return the requirement that makes pip install ``artifact`` and nothing else.

    Files have ``--hash``, repositories and directories don't.
    """
    name = package.name
    if isinstance(artifact, PackageDirectory):
        url = _file_url(directory, f"{artifact.path}/{artifact.subdirectory or ''}")
        return f"--editable {url}" if artifact.editable else f"{name} @ {url}"
    if isinstance(artifact, PackageVcs):
        return f"{name} @ {vcs_url(artifact, directory)}"
    if _is_by_name(package, artifact, index):
        # All files' hashes, not the selected one's alone: it is pip's settings (--no-binary) that
        # say whether to build from source.
        return f"{name}{_pin(package)}{_hash_options(*files_of(package))}"
    url = _url(artifact.url) if artifact.url else _file_url(directory, artifact.path or "")
    fragment = _fragment(getattr(artifact, "subdirectory", None))
    return f"{name} @ {url}{fragment}{_hash_options(artifact)}"


def main_index(packages: Sequence[Package]) -> str | None:
    """Return the index that most packages are from, by its URL or the host of its files."""
    counts = Counter(index for package in packages if (index := _index(package)) is not None)
    return counts.most_common(1)[0][0] if counts else None


def has_full_commit(artifact: PackageVcs) -> bool:
    """Return whether a commit is a digest of what it holds."""
    return artifact.type in ("git", "hg") and bool(_FULL_COMMIT.fullmatch(artifact.commit_id))


def local_paths(package: Package) -> Iterator[str]:
    """Yield the paths of a package's files, where they have no URL."""
    yield from (file.path for file in files_of(package) if file.path and not file.url)


def problem_with(package: Package) -> str | None:
    """Return why pip can't install a package of a valid lock; None if it can."""
    if package.vcs is not None:
        return _problem_with_vcs(package.vcs)
    if package.directory is not None:
        return _problem_with_path(package.directory.path + (package.directory.subdirectory or ""))
    files = tuple(files_of(package))
    if len(files) > MAX_HASHES:
        return f"it has {len(files)} files; there can be {MAX_HASHES}"
    for file in files:
        if file.hashes and _strong_hash(file.hashes) is None:
            return f"a file has no hash that pip knows ({', '.join(_HASHES)})"
        problem = _problem_with_url(file.url) if file.url else _problem_with_path(file.path or "")
        if problem:
            return problem
    return None


def _problem_with_vcs(vcs: PackageVcs) -> str | None:
    if vcs.url is None:
        return _problem_with_path(vcs.path or "")
    if not _is_url(vcs_url(vcs, Path("/")), (LinkKind.VCS,)):
        return f"pip knows no {vcs.type} repositories at {vcs.url}"
    return None


def _problem_with_url(url: str) -> str | None:
    return None if _is_url(url, (LinkKind.URL, LinkKind.PATH)) else f"{url} is not a URL"


def _is_url(url: str, kinds: tuple[LinkKind, ...]) -> bool:
    try:
        # Read for the error that it raises.
        _ = urlsplit(url).port
    except ValueError:
        return False
    return link_kind(url) in kinds


def _problem_with_path(path: str) -> str | None:
    return "a path has a NUL character" if "\0" in path else None


def _is_by_name(package: Package, artifact: _File, index: str | None) -> bool:
    """Return whether a file is looked up by name in the index that pip is set to.

    Those of the index that most are from are: the index of the build may be a mirror of it, which
    is all that there is in a closed network, and the hash tells that the file is the same. Other
    files (of a second index, or of builds such as 2.5.1+cpu, which public indexes don't take) are
    nowhere but at their URL. Those that were found in a directory (--find-links) are likely not
    in it here.
    """
    if isinstance(artifact, PackageArchive) or artifact.path:
        return False
    if not artifact.url:
        return True
    if link_kind(artifact.url) is LinkKind.PATH:
        return True
    return _version(package).local is None and _index(package) == index


def _index(package: Package) -> str | None:
    if package.index:
        return package.index.rstrip("/")
    url = next((file.url for file in files_of(package) if file.url), None)
    return urlsplit(url).hostname if url and package.archive is None else None


def files_of(package: Package) -> Iterator[_File]:
    """Yield the wheels, the source distribution or the archive of a package."""
    yield from package.wheels or ()
    for file in (package.sdist, package.archive):
        if file is not None:
            yield file


def _version(package: Package) -> Version:
    if package.version is not None:
        return package.version
    if package.wheels:
        return parse_wheel_filename(package.wheels[0].filename)[1]
    assert package.sdist is not None  # noqa: S101 - a package without wheels has it
    return parse_sdist_filename(package.sdist.filename)[1]


def has_file_names(package: Package) -> bool:
    """Return whether a lock names a package's files; some have nothing but their hashes."""
    files = (*(package.wheels or ()), *((package.sdist,) if package.sdist else ()))
    return all(each.name or each.url or each.path for each in files)


def _pin(package: Package) -> str:
    if package.version is None and not has_file_names(package):
        return ""
    return f"=={_version(package)}"


def _hash_options(*files: _File) -> str:
    hashes = (_strong_hash(file.hashes) for file in files)
    return "".join(f" --hash={each}" for each in sorted(filter(None, hashes)))


def _strong_hash(hashes: Mapping[str, str]) -> str | None:
    return next(
        (
            f"{name}:{hashes[name].lower()}"
            for name in _HASHES
            if name in hashes and _HEXADECIMAL.fullmatch(hashes[name])
        ),
        None,
    )


def _url(url: str) -> str:
    return quote(url.partition("#")[0], safe=_URL_CHARACTERS)


def _file_url(directory: Path, path: str) -> str:
    return Path(os.path.normpath(directory / path)).as_uri()


def vcs_url(vcs: PackageVcs, directory: Path) -> str:
    """Return the URL with its commit as pip wants it: ``git+https://…@…``."""
    if vcs.url is None:
        url = _file_url(directory, vcs.path or "")
    else:
        url = _url(vcs.url).removeprefix(f"{vcs.type}+")
        if "://" not in url and (place := _SSH_PLACE.fullmatch(url)):
            url = f"ssh://{place['host']}/{place['path']}"
    commit = f"@{quote(vcs.commit_id)}" if vcs.commit_id else ""
    return f"{vcs.type}+{url}{commit}{_fragment(vcs.subdirectory)}"


def _fragment(subdirectory: str | None) -> str:
    return f"#subdirectory={quote(subdirectory)}" if subdirectory else ""


# What ends a word in a line of a requirements file isn't in it.
_URL = re.compile(r"[^\s\"'\\;]+")


def index_lines(option: str, url: str, *, verify_ssl: bool) -> tuple[str, ...]:
    """Return lines of options for an index; none for what isn't a URL.

    Args:
        url: of the index; ``${NAME}`` in it is replaced by pip.
    """
    if not _URL.fullmatch(url) or not url.isprintable():
        return ()
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return ()
    trusted = (f"--trusted-host {host}",) if host and not verify_ssl else ()
    return (f"{option} {url}", *trusted)
