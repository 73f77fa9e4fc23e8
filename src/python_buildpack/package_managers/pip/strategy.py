"""pip: reads an app's requirements files, resolves and installs what they ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from python_buildpack.app.pip_configuration import read_pip_configuration
from python_buildpack.environment.resolution import Pinning, Resolution, ResolvedDistribution
from python_buildpack.package_managers.locks import check_names
from python_buildpack.package_managers.pinned import Pins
from python_buildpack.package_managers.pip.inputs import (
    build_settings,
    check_local_files,
    file_inputs,
    pip_inputs,
    reads_other_files,
)
from python_buildpack.package_managers.pip.old_releases import needed_requirements
from python_buildpack.package_managers.pip.pins import (
    expected,
    pinned_by,
    pins_for,
    taken_again,
    unhashed_lines,
)
from python_buildpack.package_managers.pip.requirements_tree import (
    RequirementFiles,
    read_requirement_closure,
)
from python_buildpack.package_managers.pip.run import PipInput, install, resolve
from python_buildpack.package_managers.pip.uninstallable_lines import check_lines, unset_variables
from python_buildpack.package_managers.protocol import App, Dependencies, ToolRun, Unhashed
from python_buildpack.system.text import joined

_REQUIRE_HASHES = "--require-hashes"


@dataclass(frozen=True)
class PipRequirements(Dependencies):
    """What an app asks pip for.

    Attributes:
        files: the requirements files that are given to pip, relative to the app; () for an app
            that declares no dependencies.
        closure: these and all that they include.
    """

    files: tuple[str, ...]
    closure: RequirementFiles
    more: tuple[str, ...] = ()

    @property
    def display_name(self) -> str:
        """The files, for the log."""
        return ", ".join(self.files)

    @property
    def input_files(self) -> frozenset[str]:
        """The files, and those that they include."""
        return frozenset(file.path for file in self.closure.files)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is required."""
        return self.closure.is_empty

    def check_local_files(self) -> None:
        """Check what the requirements name, by line where it is a line of the app's."""
        check_local_files(self.app_dir, self.closure, with_lines=True)

    def check(self, python_version: str, environment: Mapping[str, str]) -> tuple[str, ...]:
        """Refuse lines that certainly can't be installed; return the variables that aren't set.

        Raises:
            UninstallableLinesError: there are such lines.
        """
        check_lines(self.app_dir, self.closure, python_version, environment)
        return unset_variables(self.closure, environment)

    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what pip reads: files, settings, configuration; name → digest."""
        return pip_inputs(self.closure, environment)

    def settings_files(self, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Return pip's."""
        return read_pip_configuration(environment)

    def build_settings(self, environment: Mapping[str, str]) -> str:
        """Return a digest of what decides what is built from a source distribution."""
        return build_settings(self.closure.lines, environment)

    def taken_again(
        self,
        known: Iterable[ResolvedDistribution],
        changed: Collection[str],
        python_version: str,
    ) -> tuple[ResolvedDistribution, ...] | None:
        """Return what is pinned, where nothing but requirements has changed."""
        files = dict(file_inputs(self.closure))
        # Others ask for more than is in the files.
        is_all = {_REQUIRE_HASHES}.issuperset(self.pip_input.more) and self.closure.is_provable
        if not is_all or not files.keys() >= {*changed}:
            return None
        return taken_again(self.closure, known, python_version)

    def resolve(self, run: ToolRun) -> Resolution:
        """Return what pip would install into an empty environment; see ``resolve``."""
        return resolve(self.pip_input, run)

    def install(self, run: ToolRun) -> Resolution:
        """Install; see ``install``."""
        return install(self.pip_input, run)

    @property
    def pip_input(self) -> PipInput:
        """The requirements and options for pip."""
        return PipInput(
            self.app_dir,
            self.display_name,
            files=self.files,
            more=self.more,
        )

    def pinning(
        self, resolution: Resolution, python_version: str, environment: Mapping[str, str]
    ) -> Pinning:
        """Tell how much of what was installed the requirements determine."""
        if reads_other_files(environment):
            return Pinning.UNPROVEN
        return pinning(resolution, self.closure, python_version)

    def advice(self, resolution: Resolution, python_version: str) -> str | None:
        """Return which distributions aren't pinned."""
        # Of the app's own directories and files, there are no versions to choose from.
        local = {each.name for each in resolution.distributions if each.is_direct and each.is_local}
        free = unpinned(resolution, self.closure, python_version)
        names = [name for name in free if name not in local]
        if not names:
            return None
        shown = joined(names, 3)
        return f"Not pinned: {shown}. Pin everything (pip freeze), and rebuilds skip resolving."

    def pinned(self) -> Pins:
        """Return what the requirements pin."""
        return pinned_by(self.closure)

    def expected(self, python_version: str) -> dict[str, str]:
        """Return what the requirements ask for."""
        return expected(self.closure, python_version)

    @property
    def lists_all(self) -> bool:
        """Return False: only pip knows whether the requirements have all that they depend on."""
        return False

    @property
    def index_options(self) -> RequirementFiles:
        """The requirements, which have no files' names."""
        return self.closure

    @property
    def made_files(self) -> tuple[str, ...]:
        """The files."""
        return self.files

    def unhashed(self) -> tuple[Unhashed, ...] | None:
        """Return the lines that pip can't check by hash."""
        return tuple(unhashed_lines(self.closure))

    def with_required_hashes(self) -> PipRequirements:
        """Return these such that pip checks what they require in turn, too."""
        return replace(self, more=(*self.more, _REQUIRE_HASHES))


def read(app: App, file: str | None) -> PipRequirements:
    """Read the app's requirements files; none for an app that declares nothing.

    Raises:
        UnknownNamesError: groups or extras are requested, which such files don't have.
    """
    settings = app.settings
    files = settings.pip_requirements or ((file,) if file else ())
    shown = files[0] if files else "pyproject.toml"
    check_names("BP_GROUPS", settings.groups, (), shown)
    check_names("BP_EXTRAS", settings.extras, (), shown)
    return read_pip_requirements(app, files)


def read_pip_requirements(app: App, files: tuple[str, ...]) -> PipRequirements:
    """Read the app's requirements files before anything is downloaded."""
    closure = read_requirement_closure(app.directory, files, app.environment)
    needed = needed_requirements(closure)
    return PipRequirements(
        app_dir=app.directory,
        manager=app.manager,
        files=files,
        closure=closure,
        notices=tuple(reason for _, reason in needed),
        more=tuple(requirement for requirement, _ in needed),
    )


def pinning(resolution: Resolution, closure: RequirementFiles, python_version: str) -> Pinning:
    """Tell how much of what was installed for a Python ``closure`` determines."""
    if resolution.unproven:
        return Pinning.UNPROVEN
    free = unpinned(resolution, closure, python_version)
    is_locked = closure.is_provable and not any(free)
    return Pinning.LOCKED if is_locked else Pinning.RESOLVED


def unpinned(
    resolution: Resolution, closure: RequirementFiles, python_version: str
) -> Iterator[NormalizedName]:
    """Yield the names of the installed distributions that no requirement pins."""
    pinned = pins_for(closure, python_version)
    for distribution in resolution.distributions:
        if not any(pin.is_of(distribution) for pin in pinned.get(distribution.name, ())):
            yield distribution.name
