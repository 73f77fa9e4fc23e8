"""The package managers that the buildpack knows: a new one is a line here, and a directory."""

from __future__ import annotations

from python_buildpack.package_managers.conda.managers import CONDA, PIXI
from python_buildpack.package_managers.lock.managers import PDM, PYLOCK
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pipenv.manager import PIPENV
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.project.managers import PYPROJECT, SETUPTOOLS
from python_buildpack.package_managers.uv.manager import UV

# Two of these in one app are a conflict.
LOCKING = (PIP, UV, POETRY, PDM, PYLOCK, PIPENV)
# These say nothing where one above is found: environment.yml and setup.py often stand beside a
# requirements.txt. The first one counts.
SECONDARY = (PIXI, CONDA)
PROJECTS = (PYPROJECT, SETUPTOOLS)

MANAGERS = (*LOCKING, *SECONDARY, *PROJECTS)

# Each is in a layer of its own.
TOOLS = tuple(dict.fromkeys(each.tool for each in MANAGERS))
PREFIXES = tuple(each.prefix for each in MANAGERS if each.prefix)
# Of the variables that a tool reads in a build.
TOOL_PREFIXES = tuple(each.prefix for each in MANAGERS if each.has_own_tool)
URL_VARIABLES = "|".join(each.url_variables for each in MANAGERS if each.url_variables)
CONFIGURATIONS = tuple(each.configuration for each in MANAGERS if each.configuration)
