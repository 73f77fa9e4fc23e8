"""Variables and files that would break a build, or make it another one than the user thinks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.app.malformed_urls import has_malformed_url
from python_buildpack.system.errors import UserError

# Why each one breaks a build.
FORBIDDEN_VARIABLES = {
    "PIP_DRY_RUN": "pip would install nothing",
    "PIP_PREFIX": "pip would install outside of the virtual environment",
    "PIP_PYTHON": "pip would install into another environment",
    "PIP_ROOT": "pip would install outside of the virtual environment",
    "PIP_SRC": "pip would put the repositories of editable requirements where the image lacks them",
    "PIP_TARGET": "pip would install outside of the virtual environment",
    "PIP_USER": "pip would install outside of the virtual environment",
    "PYTHONEXECUTABLE": "Python would take itself for another program",
    "PYTHONHOME": "Python would look for its standard library elsewhere",
    "PYTHONNOUSERSITE": "pip, which lives in user site-packages, would not be found",
    "PYTHONPATH": "its directories would shadow the standard library",
    "PYTHONPLATLIBDIR": "Python would look for its extension modules elsewhere",
    "PYTHONPYCACHEPREFIX": "Python would look for bytecode elsewhere",
    "PYTHONUSERBASE": "pip, which lives there, would not be found",
    "VIRTUAL_ENV": "tools would act on another virtual environment",
}

_PROXY_VARIABLES = ("PIP_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

_VENV_NAMES = ("venv", ".venv", "env", ".env")


@dataclass(eq=False)
class BreakingVariablesError(UserError):
    """Variables are set that would break the build; in alphabetical order."""

    names: tuple[str, ...]


@dataclass(eq=False)
class MalformedUrlVariablesError(UserError):
    """Variables hold a URL whose password isn't percent-encoded; in alphabetical order."""

    names: tuple[str, ...]


def check_environment(environment: Mapping[str, str], url_variables: str) -> None:
    """Refuse an environment in which the build could not do what it should.

    Empty variables count as not set, as they do for Python and for pip.

    Raises:
        BreakingVariablesError: names every such variable at once.
        MalformedUrlVariablesError: likewise.
    """
    names = tuple(name for name in sorted(FORBIDDEN_VARIABLES) if environment.get(name))
    if names:
        raise BreakingVariablesError(names)
    urls = re.compile(f"{url_variables}|BP_DEPENDENCY_MIRROR")
    malformed = tuple(
        name for name in sorted(environment) if _is_malformed(name, environment[name], urls)
    )
    if malformed:
        raise MalformedUrlVariablesError(malformed)


def _is_malformed(name: str, value: str, urls: re.Pattern[str]) -> bool:
    if name.upper() in _PROXY_VARIABLES:
        # A proxy may be given without a scheme.
        return has_malformed_url(value if "://" in value else f"http://{value}")
    return urls.fullmatch(name) is not None and has_malformed_url(value)


@dataclass(frozen=True)
class CommittedEnvironments:
    """Installed packages are part of the app; ``directories`` are relative to it."""

    directories: tuple[str, ...]


def find_committed_environments(app_dir: Path) -> tuple[str, ...]:
    """Return the directories of the app that hold installed packages, relative to it.

    They were made on another machine, are of no use in the image, and make it larger.
    """
    environments = [name for name in _VENV_NAMES if (app_dir / name / "pyvenv.cfg").is_file()]
    if (app_dir / "site-packages").is_dir():
        environments.append("site-packages")
    return tuple(environments)
