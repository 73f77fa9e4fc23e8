"""The detect phase: is this a Python project, and what does the build provide?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from python_buildpack.app.files import BP_PYTHON_PROJECT_PATH
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.build_plan import PlanAlternative, write_build_plan
from python_buildpack.cnb.contexts import DetectContext
from python_buildpack.cnb.exit_codes import ExitCode
from python_buildpack.layers.provisions import PIP, PYTHON, SITE_PACKAGES
from python_buildpack.package_managers.project_files import (
    PRODUCTION_FILES,
    PROJECT_FILES,
    is_python_project,
)
from python_buildpack.system.output import Output

# A provision that nobody requires fails detection, so that there is an alternative for each
# combination that later buildpacks may require; the lifecycle takes the first that fits.
# https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#phase-1-detection
PYTHON_PROJECT_PLAN = tuple(
    PlanAlternative(provides=(PYTHON, *others), requires=(PYTHON,))
    for others in ((PIP, SITE_PACKAGES), (SITE_PACKAGES,), (PIP,), ())
)
PYTHON_ALONE_PLAN = (PlanAlternative(provides=(PYTHON,)),)
_MOST_HINTS = 3


def detect(context: DetectContext, settings: Settings, output: Output) -> ExitCode:
    """Write the build plan of a Python project, or of Python alone for other buildpacks.

    Anything that looks like a Python project passes, so that mistakes in it are explained by the
    build. Where there is none, a later buildpack may still require Python, if there is any: then
    detection passes too, and the lifecycle drops this buildpack again, or fails as it would
    have, where none does.

    Args:
        settings: name the app's directory, or further files of dependencies.

    Raises:
        ProjectBelowError: nothing at all can be built here, and there is one project below.
    """
    # What is in the directory that the user names, the build explains.
    if settings.project_path or is_python_project(context.app_dir, settings.dependency_files):
        write_build_plan(context.build_plan_path, PYTHON_PROJECT_PLAN)
        return ExitCode.PASS
    from python_buildpack.package_managers.misplaced_requirements import (
        ProjectBelowError,
        find_projects_below,
    )

    below = find_projects_below(context.app_dir)
    is_alone = not _has_other_buildpacks(context.buildpack_dir)
    if is_alone and len({_directory(file) for file in below}) == 1:
        # Of an error, unlike of a failure, the lifecycle shows the output.
        raise ProjectBelowError(below)
    files = ", ".join((*PROJECT_FILES, *PRODUCTION_FILES))
    output.title(f"No Python project found. Looked for: {files}")
    for hint in _hints(context.app_dir, below):
        output.title(hint)
    if not is_alone:
        write_build_plan(context.build_plan_path, PYTHON_ALONE_PLAN)
        return ExitCode.PASS
    return ExitCode.FAIL


def _hints(app_dir: Path, below: Sequence[str]) -> Iterator[str]:
    """Yield what may be meant where there is no Python project at the top."""
    from python_buildpack.system.text import printable

    for file in below[:_MOST_HINTS]:
        setting = f"{BP_PYTHON_PROJECT_PATH}={_directory(file)}"
        yield printable(f"Found {file}: to build that directory, set {setting}")
    notebook = min((path.name for path in app_dir.glob("*.ipynb")), default=None)
    if notebook is not None:
        name = printable(notebook)
        yield f"Found {name}: to build it, list its dependencies in requirements.txt"


def _directory(file: str) -> str:
    return file.rpartition("/")[0]


def _has_other_buildpacks(buildpack_dir: Path) -> bool:
    """Return whether another buildpack is installed beside this one.

    https://github.com/buildpacks/spec/blob/platform/v0.12/platform.md#buildpacks-directory-layout
    """
    own, buildpacks_dir = buildpack_dir.parent, buildpack_dir.parent.parent
    others = (path for path in buildpacks_dir.glob("*/*/buildpack.toml") if path.parents[1] != own)
    return any(itertools.islice(others, 1))
