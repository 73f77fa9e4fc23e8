"""What a lock of conda or pixi has, or environment.yml is solved to, installed by py-rattler.

https://pixi.sh/latest/workspace/lockfile/
https://conda.github.io/conda-lock/output/
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.environment.record import dist_infos
from python_buildpack.environment.resolution import (
    Pinning,
    Resolution,
    ResolvedDistribution,
    strip_url,
)
from python_buildpack.package_managers.locked_packages import file_digests
from python_buildpack.package_managers.locks import LockReader, MissingLockError, ToolFailedError
from python_buildpack.package_managers.pinned import Pins
from python_buildpack.package_managers.pip.run import PipInput, install
from python_buildpack.package_managers.protocol import App, Dependencies, ToolRun, Unhashed
from python_buildpack.programs import CONDA_ENVIRONMENT
from python_buildpack.system.command import CommandResult, run_command
from python_buildpack.system.digests import digest_of
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.redaction import redact_urls

_LOCK = re.compile(r".*\.lock|conda-lock\.yml")
_NEED_LOCKS = ("pixi.toml",)
_EXPLICIT = "@EXPLICIT"
_DEFAULT = "default"
# Of the virtual packages, by which a solver knows the system.
_OVERRIDES = "CONDA_OVERRIDE_"
_ANSWER = "answer.json"
_POST_LINK = re.compile(r"\.(?P<package>.+)-post-link\.sh")


@dataclass(frozen=True, kw_only=True)
class CondaDependencies(Dependencies):
    """What an environment has, Python too.

    Attributes:
        file: that declares it, relative to the app: a lock, or one that is solved.
        files: its digest, by its name.
        environment: of pixi.lock, by its name.
        alias: where channels are that are named without a URL; None for the public place.
        without_hash: the lines of an explicit file that have none.
    """

    file: str
    files: Mapping[str, str]
    environment: str
    alias: str | None
    without_hash: tuple[Unhashed, ...]

    @property
    def display_name(self) -> str:
        """The lock."""
        return self.file

    @property
    def input_files(self) -> tuple[str, ...]:
        """The lock."""
        return (self.file,)

    def check_local_files(self) -> None:
        """Check nothing: what a lock has of the app is looked at by py-rattler."""

    @property
    def is_lock(self) -> bool:
        """Whether the file leaves nothing to be solved."""
        return _LOCK.fullmatch(self.file) is not None

    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the digest of the file, and what else decides what is installed."""
        overrides = (name for name in environment if name.startswith(_OVERRIDES))
        return {
            **self.files,
            "BP_PIXI_ENVIRONMENT": digest_of(self.environment),
            "BP_CONDA_CHANNEL_ALIAS": digest_of(self.alias and strip_url(self.alias)),
            **{name: digest_of(environment[name]) for name in overrides if not self.is_lock},
        }

    def settings_files(self, environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:  # noqa: ARG002
        """Return nothing: a lock leaves nothing to be set."""
        return ()

    def build_settings(self, environment: Mapping[str, str]) -> str:  # noqa: ARG002
        """Return a constant: nothing is built."""
        return ""

    def resolve(self, run: ToolRun) -> Resolution:
        """Return what is to be installed on this platform from channels and by hash."""
        return self._run(run, installs=False)[0]

    def install(self, run: ToolRun) -> Resolution:
        """Install it, without bytecode; then what pip is to add."""
        resolution, requirements = self._run(run, installs=True)
        run = replace(run, python_version=resolution.versions["python"])
        wheels = wheels_of(resolution)
        if wheels.distributions:
            self._install_wheels(wheels, run)
        if requirements:
            options = (
                each.split(None, 1) if each.startswith("-") else (each,) for each in requirements
            )
            asked = PipInput(
                self.app_dir, self.file, more=tuple(word for each in options for word in each)
            )
            added = install(asked, run)
            resolution = Resolution((*resolution.distributions, *added.distributions))
        for script in sorted((run.venv_dir / "bin").glob(".*")):
            if match := _POST_LINK.fullmatch(script.name):
                run.output.line(f"Not run: the script after the installation of {match['package']}")
        return resolution

    def pinning(
        self,
        resolution: Resolution,
        python_version: str,  # noqa: ARG002 - of the protocol
        environment: Mapping[str, str],  # noqa: ARG002
    ) -> Pinning:
        """Return LOCKED for a lock in which every package has a hash."""
        if not self.is_lock:
            files = (each.filename for each in resolution.distributions)
            is_whole = all(file.endswith((".conda", ".tar.bz2")) for file in files)
            return Pinning.RESOLVED if is_whole else Pinning.ADDED_TO
        is_hashed = all(each.hashes for each in resolution.distributions)
        return Pinning.LOCKED if is_hashed else Pinning.UNPROVEN

    def unhashed(self) -> tuple[Unhashed, ...] | None:
        """Return the lines of an explicit file that have no hash; other locks have them all."""
        return self.without_hash if self.is_lock else None

    def expected(self, python_version: str) -> dict[str, str]:  # noqa: ARG002
        """Return nothing: only py-rattler reads the lock."""
        return {}

    @property
    def lists_all(self) -> bool:
        """Whether that is all: it isn't."""
        return False

    def pinned(self) -> Pins:
        """Return nothing: no Python is chosen for what has one."""
        return Pins((), are_most=False)

    def _install_wheels(self, wheels: Resolution, run: ToolRun) -> None:
        """Install what is locked from the package index, by the environment's Python and pip."""
        lines = [
            f"{each.name} @ {each.url}" + "".join(f" --hash={digest}" for digest in each.hashes)
            for each in wheels.distributions
        ]
        options = ("--no-deps", "--require-hashes", "--only-binary=:all:")
        asked = PipInput(self.app_dir, self.file, text="\n".join([*lines, ""]), more=options)
        install(asked, run)
        for dist_info in dist_infos(run.venv_dir):
            name = canonicalize_name(dist_info.stem.rpartition("-")[0])
            if name in wheels.versions:
                # By its URL, but from an index: what pixi installs, doesn't have it either.
                (dist_info / "direct_url.json").unlink(missing_ok=True)

    def _run(self, run: ToolRun, *, installs: bool) -> tuple[Resolution, list[str]]:
        request, answer = run.cache_dir / "request.json", run.cache_dir / _ANSWER
        asked = {
            "site_packages": str(run.executable),
            "file": str(self.app_dir / self.file),
            "is_solved": not self.is_lock,
            "solved": str(run.cache_dir / "solved.lock"),
            "alias": self.alias,
            "environment": self.environment,
            "answer": str(answer),
            "prefix": str(run.venv_dir) if installs else None,
            "cache": str(run.cache_dir / "packages"),
        }
        request.write_text(json.dumps(asked), encoding="utf-8")
        result = run_command(
            [run.python, "-I", "-S", "-B", CONDA_ENVIRONMENT, request],
            environment=run.environment,
            working_dir=self.app_dir,
            on_line=run.output.command_line,
        )
        if result.exit_status != 0:
            raise self._failure(result, answer)
        told = json.loads(answer.read_text(encoding="utf-8"))
        found = tuple(map(_resolved, (*told["packages"], *told["wheels"])))
        return Resolution(found), told["requirements"]

    def _failure(self, result: CommandResult, answer: Path) -> BuildpackError:
        from python_buildpack.package_managers.conda.diagnosis import (
            diagnose_output,
            diagnose_problem,
        )

        try:
            told = json.loads(answer.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = {}
        found = diagnose_problem(told, self.file, self.manager) if told else None
        found = found or diagnose_output(result.output, result.exit_status, self.manager)
        return found or ToolFailedError("py-rattler", self.file, result.exit_status)


def read(app: App, file: str | None) -> CondaDependencies:
    """Read the file, as far as that is possible without py-rattler.

    Raises:
        MissingLockError: there is none.
        UnreadableFileError, NotUtf8Error: it can't be read.
    """
    found = file or app.manager.files[0]
    if found in _NEED_LOCKS:
        raise MissingLockError(found, app.manager.files[0], app.manager.lock_command)
    text = LockReader(found, app.manager.lock_command).read_text(app.directory)
    return CondaDependencies(
        app_dir=app.directory,
        manager=app.manager,
        file=found,
        files=file_digests(app.directory, (found,)),
        environment=app.settings.pixi_environment or _DEFAULT,
        alias=app.settings.conda_channel_alias,
        without_hash=tuple(_without_hash(text, found)),
    )


def _without_hash(text: str, file: str) -> Iterator[Unhashed]:
    """Yield the lines with a URL and no hash, if this is an explicit file."""
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines if _EXPLICIT in lines else (), start=1):
        if "://" in line and "#" not in line:
            yield Unhashed(file, number, redact_urls(line))


def wheels_of(resolution: Resolution) -> Resolution:
    """Return what is from a package index, rather than from a channel."""
    found = (each for each in resolution.distributions if each.filename.endswith(".whl"))
    return Resolution(tuple(found))


def _resolved(package: Mapping[str, Any]) -> ResolvedDistribution:
    """Return a package of a channel by its own name, which may begin with an underscore; or a wheel."""
    is_wheel = package["url"].endswith(".whl")
    name = canonicalize_name(package["name"]) if is_wheel else NormalizedName(package["name"])
    hashes = (f"{name}:{package[name]}" for name in ("sha256", "md5") if package[name])
    return ResolvedDistribution(
        name=name,
        version=package["version"],
        url=strip_url(package["url"]),
        hashes=tuple(hashes),
    )
