"""Reads or solves an environment of conda or pixi, and installs it; run by path, never imported.

usage: python -I -S -B conda_environment.py REQUEST

REQUEST is a file of JSON: ``site_packages`` has py-rattler; ``file`` is pixi.lock, conda-lock.yml or
an explicit file, or one such as environment.yml, which is solved with channels at ``alias``, once:
``solved`` is a lock of the solution. Of the lock, ``environment`` is installed into ``prefix``, by way of ``cache``, a directory.
Without a prefix, nothing is installed. The file ``answer`` gets JSON: the ``packages``, the
``wheels`` and further ``requirements`` that pip is to install; or a ``problem``, with its ``detail``. What py-rattler itself says goes to the output.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

with Path(sys.argv[1]).open(encoding="utf-8") as _opened:
    _REQUEST = json.load(_opened)
sys.path.insert(0, _REQUEST["site_packages"])

import asyncio
import hashlib
import os
import re
from collections.abc import Coroutine, Iterator
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from rattler import (
    Channel,
    ChannelConfig,
    Gateway,
    LockFile,
    LockPlatform,
    MatchSpec,
    PackageRecord,
    RepoDataRecord,
    Subdir,
    VirtualPackage,
    VirtualPackageOverrides,
    install,
    solve,
)
from rattler.exceptions import (
    InvalidMatchSpecError,
    ParseCondaLockError,
    ParseExplicitEnvironmentSpecError,
    SolverError,
)
from rattler.explicit_environment import ExplicitEnvironmentSpec
from rattler.lock.package import CondaLockedBinaryPackage, LockedPackage, PypiLockedPackage
from rattler.networking import Client
from rattler.package.build_string import BuildString

_EXPLICIT = "@EXPLICIT"
_EXTENSIONS = (".conda", ".tar.bz2")
_HASH = re.compile(r"(?:md5:|sha256:)?([0-9a-f]{32}|[0-9a-f]{64})", re.IGNORECASE)
_HEX = 16
_MD5_LENGTH = 32
_CHUNK_BYTES = 1024 * 1024
# Free-threaded Pythons have these in their build strings.
_FREE_THREADED = re.compile(r"_cp(\d)(\d+)t$")
# What conda means by "defaults", by the names that these have beside all others.
_DEFAULTS = ("main", "r")
# Of conda-meta: where the cache was, by which packages were linked.
_PASSING = frozenset({"extracted_package_dir", "link", "package_tarball_full_path"})
_TOKEN = re.compile(r"(?<=/t/)[^/]+")


class _ProblemError(Exception):
    """What is wrong, of a kind that the buildpack knows."""

    def __init__(self, problem: str, detail: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.told = {"problem": problem, "detail": detail, "known": known}


def solved_file(file: Path, solved: Path, cache: Path) -> tuple[list[str], dict[str, str]]:
    """Write a lock of what a file of conda's asks for; return what pip is to install, and variables."""
    import yaml  # type: ignore[import-untyped]

    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        items = list(document.get("dependencies") or [])
        names = [str(each) for each in document.get("channels") or ["defaults"]]
        variables = {str(key): str(of) for key, of in (document.get("variables") or {}).items()}
        asked = [MatchSpec(each) for each in items if isinstance(each, str)]
        requirements = [
            str(line) for each in items if isinstance(each, dict) for line in each.get("pip") or ()
        ]
    except (yaml.YAMLError, InvalidMatchSpecError, AttributeError, TypeError, ValueError) as error:
        raise _ProblemError("file", " ".join(str(error).split())) from None
    if not solved.exists():
        _solve(names, asked, solved, cache)
    return requirements, variables


def _solve(names: list[str], asked: list[MatchSpec], solved: Path, cache: Path) -> None:
    config = ChannelConfig(_REQUEST["alias"]) if _REQUEST["alias"] else ChannelConfig()
    places = [
        place
        for name in names
        if name != "nodefaults"
        for place in (_DEFAULTS if name == "defaults" else (name,))
    ]
    channels = [Channel(place, config) for place in places]
    own = Subdir.current()
    found = VirtualPackage.detect(VirtualPackageOverrides.from_env())
    solving = solve(
        channels,
        asked,
        gateway=Gateway(cache_dir=cache, client=Client.default_client()),
        platforms=[own, Subdir("noarch")],
        virtual_packages=[each.into_generic() for each in found],
    )
    try:
        records = asyncio.run(_awaited(solving))
    except SolverError as error:
        raise _ProblemError("conflict", str(error)) from None
    platform = LockPlatform(str(own))
    lock = LockFile([platform])
    lock.set_channels("default", [channel.to_lock_channel() for channel in channels])
    for record in records:
        lock.add_conda_package("default", platform, record)
    lock.to_path(solved)


async def _awaited(solving: Coroutine[Any, Any, list[RepoDataRecord]]) -> list[RepoDataRecord]:
    return await solving


def read_lock(lock: Path, environment: str) -> tuple[list[RepoDataRecord], list[dict[str, Any]]]:
    """Return the packages that a lock has for this platform, and the wheels."""
    text = lock.read_text(encoding="utf-8")
    if any(line.strip() == _EXPLICIT for line in text.splitlines()):
        return list(_read_explicit(text)), []
    try:
        document = LockFile.from_path(lock)
    except ParseCondaLockError as error:
        raise _ProblemError("lock", str(error)) from None
    found = document.environment(environment)
    if found is None:
        known = sorted(name for name, _ in document.environments())
        raise _ProblemError("environment", environment, tuple(known))
    own = str(Subdir.current())
    platforms = {str(each.subdir): each for each in found.platforms()}
    if own not in platforms:
        raise _ProblemError("platform", own, tuple(sorted(platforms)))
    packages = found.packages(platforms[own]) or []
    records = [each for each in packages if isinstance(each, CondaLockedBinaryPackage)]
    others = [_wheel(each) for each in packages if each not in records]
    return [each.repo_data_record() for each in records], others


def _wheel(package: LockedPackage) -> dict[str, Any]:
    # None for a directory, which py-rattler's own ``hashes`` doesn't expect.
    hashes = getattr(package._package, "hashes", None)
    url, _, _ = package.location.partition("#")
    is_wheel = isinstance(package, PypiLockedPackage) and url.endswith(".whl")
    if not is_wheel or "://" not in url or hashes is None or not hashes.sha256:
        raise _ProblemError("source", package.name)
    sha256 = hashes.sha256.hex()
    named = {"name": package.name, "version": str(package.version)}
    return {**named, "url": url, "sha256": sha256, "md5": None}


def _read_explicit(text: str) -> Iterator[RepoDataRecord]:
    try:
        spec = ExplicitEnvironmentSpec.from_str(text)
    except ParseExplicitEnvironmentSpecError as error:
        raise _ProblemError("lock", str(error)) from None
    own = str(Subdir.current())
    if spec.platform is not None and str(spec.platform) != own:
        raise _ProblemError("platform", own, (str(spec.platform),))
    for entry in spec.packages:
        yield _explicit_record(entry.url)


def _explicit_record(named: str) -> RepoDataRecord:
    url, _, fragment = named.partition("#")
    channel, subdir, file = url.rsplit("/", 2)
    extension = next((each for each in _EXTENSIONS if file.endswith(each)), None)
    parts = file.removesuffix(extension or "").rsplit("-", 2)
    digest = _HASH.fullmatch(fragment)
    if extension is None or len(parts) != 3 or (fragment and digest is None):
        raise _ProblemError("lock", f"not the URL of a package: {file}")
    name, version, build = parts
    record = PackageRecord(name, version, BuildString(build), 0, subdir)
    if digest:
        is_md5 = len(digest[1]) == _MD5_LENGTH
        setattr(record, "md5" if is_md5 else "sha256", bytes.fromhex(digest[1]))
    if name == "python" and (free := _FREE_THREADED.search(build)):
        record.python_site_packages_path = f"lib/python{free[1]}.{free[2]}t/site-packages"
    return RepoDataRecord(record, file, url, f"{channel}/")


def described(record: RepoDataRecord) -> dict[str, Any]:
    """Return what the buildpack is told of a package."""
    return {
        "name": record.name.normalized,
        "version": str(record.version),
        "build": str(record.build),
        "subdir": record.subdir,
        "url": record.url,
        "sha256": record.sha256.hex() if record.sha256 else None,
        "md5": record.md5.hex() if record.md5 else None,
    }


def check_file(record: RepoDataRecord) -> None:
    """Check the hash of a package in a directory, which py-rattler does for those of servers alone."""
    parts = urlsplit(record.url)
    if parts.scheme != "file":
        return
    expected = record.sha256 or record.md5
    digest = hashlib.sha256() if record.sha256 else hashlib.md5(usedforsecurity=False)
    try:
        with Path(unquote(parts.path)).open("rb") as opened:
            while chunk := opened.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError:
        raise _ProblemError("missing", record.url) from None
    if expected and digest.digest() != expected:
        raise _ProblemError("hash", record.file_name)


def normalize(prefix: Path) -> None:
    """Give the records of what is installed the same bytes every time, without credentials.

    What a lock doesn't tell, such as the licence, is added from the packages themselves.
    """
    (prefix / "CACHEDIR.TAG").unlink(missing_ok=True)
    for file in (prefix / "conda-meta").glob("*.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        index = Path(record["extracted_package_dir"], "info", "index.json")
        own = json.loads(index.read_text(encoding="utf-8"))
        known = {**own, **{name: value for name, value in record.items() if value}}
        kept = {name: known[name] for name in known if name not in _PASSING}
        kept["url"] = _public(str(known["url"]))
        # Not in every lock; it has the directory of the platform, which has the file.
        channel = known.get("channel") or f"{kept['url'].rsplit('/', 2)[0]}/"
        kept["channel"] = _public(str(channel))
        file.unlink()
        file.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _public(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return _TOKEN.sub("****", f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}")


def main() -> None:
    """Do what was requested."""
    lock, solved = Path(_REQUEST["file"]), Path(_REQUEST["solved"])
    requirements: list[str] = []
    variables: dict[str, str] = {}
    if _REQUEST["is_solved"]:
        requirements, variables = solved_file(lock, solved, Path(_REQUEST["cache"], "repodata"))
        lock = solved
    records, wheels = read_lock(lock, _REQUEST["environment"])
    records.sort(key=lambda record: record.name.normalized)
    if _REQUEST["prefix"]:
        for record in records:
            check_file(record)
        prefix = Path(_REQUEST["prefix"])
        installed = install(
            records,
            prefix,
            cache_dir=Path(_REQUEST["cache"]),
            show_progress=False,
            execute_link_scripts=False,
            client=Client.default_client(),
        )
        asyncio.run(installed)
        normalize(prefix)
        if variables:
            # As conda keeps them: https://docs.conda.io/projects/conda/en/stable/dev-guide/deep-dives/activation.html
            state = json.dumps({"env_vars": variables}, sort_keys=True)
            (prefix / "conda-meta" / "state").write_text(state, encoding="utf-8")
    wheels.sort(key=lambda wheel: str(wheel["name"]))
    _answer(
        {
            "packages": [described(record) for record in records],
            "wheels": wheels,
            "requirements": requirements,
        }
    )


def _answer(told: dict[str, Any]) -> None:
    Path(_REQUEST["answer"]).write_text(json.dumps(told), encoding="utf-8")


def _end(status: int) -> NoReturn:
    """End the process: some of py-rattler's threads may crash an interpreter that ends otherwise."""
    sys.stdout.flush()
    os._exit(status)


def _end_without_traceback(_kind: object, error: BaseException, _traceback: object) -> None:
    sys.stdout.write(f"{error}\n")
    _end(1)


if __name__ == "__main__":
    sys.excepthook = _end_without_traceback
    # The modes of what py-rattler writes.
    os.umask(0o022)
    try:
        main()
    except _ProblemError as problem:
        _answer(problem.told)
        _end(1)
    _end(0)
