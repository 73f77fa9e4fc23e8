from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration.apps import write_app
from tests.integration.direct_build import DirectBuild
from tests.integration.failed_builds import (
    assert_explained,
    assert_nothing_left,
    temporary_files_env,
)
from tests.integration.refused_builds import assert_refused, prepared_build
from tools.lifecycle_build import Workspace

# No encoding has all of these, in this order.
JUNK = b"\x8f\x02\xff\xfe\x00\xd8\n\xc3(\x80=\x1b[31m\r\n" + bytes(range(255, 0, -7))
BREAKING = [
    "PIP_DRY_RUN",
    "PIP_PREFIX",
    "PIP_PYTHON",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONHOME",
    "PYTHONNOUSERSITE",
    "PYTHONPATH",
    "PYTHONPLATLIBDIR",
    "PYTHONPYCACHEPREFIX",
    "PYTHONUSERBASE",
    "VIRTUAL_ENV",
]


class Link(NamedTuple):
    """A symbolic link instead of a file."""

    target: str


class Directory(NamedTuple):
    """A directory instead of a file."""


Content = str | bytes | Link | Directory


class Mistake(NamedTuple):
    """What a user may do wrong, the beginning of the heading, and what the message says."""

    name: str
    files: Mapping[str, Content]
    heading: str
    mentioned: tuple[str, ...] = ()
    env: Mapping[str, str] = {}


VERSION_MISTAKES = (
    Mistake(
        "prefix",
        {".python-version": "# ours\nv3.13\n"},
        "Invalid Python version in .python-version",
        (".python-version:2: v3.13", "without a prefix"),
    ),
    Mistake(
        "several",
        {"app.py": "", "runtime.txt": "3.12\n3.13\n"},
        "Several Python versions in runtime.txt",
        ("runtime.txt:1: 3.12", "runtime.txt:2: 3.13"),
    ),
    Mistake("none", {".python-version": "# nothing\n\n"}, "No Python version in .python-version"),
    Mistake(
        "setting",
        {"app.py": ""},
        "Invalid Python version in BP_PYTHON_VERSION",
        ("BP_PYTHON_VERSION: banana",),
        {"BP_PYTHON_VERSION": "banana"},
    ),
    Mistake(
        "control characters in a setting",
        {"app.py": ""},
        "Invalid Python version in BP_PYTHON_VERSION",
        (r"\x1b[31m3.13",),
        {"BP_PYTHON_VERSION": "\x1b[31m3.13"},
    ),
    Mistake(
        "setting of another builder",
        {"app.py": ""},
        "Invalid Python version in BP_PYTHON_VERSION",
        ("BP_PYTHON_VERSION: banana",),
        {"BP_CPYTHON_VERSION": "banana"},
    ),
    Mistake(
        "no directory of the repository",
        {"app.py": "", "backend/requirements.txt": "-r ../missing.txt\n"},
        "Invalid BP_PYTHON_PROJECT_PATH",
        ("Found: ../backend", "It isn't in the app's repository."),
        {"BP_PYTHON_PROJECT_PATH": "../backend"},
    ),
    Mistake(
        "missing file above the app",
        {"app.py": "", "backend/requirements.txt": "-r ../missing.txt\n"},
        "../missing.txt doesn't exist",
        ("requirements.txt, line 1, includes it",),
        {"BP_PYTHON_PROJECT_PATH": "backend"},
    ),
    Mistake(
        "requires-python",
        {"pyproject.toml": '[project]\nname = "app"\nrequires-python = "^3.13"\n'},
        "Invalid Python version in pyproject.toml (requires-python)",
        ("pyproject.toml:3 (requires-python): ^3.13",),
    ),
    Mistake(
        "runtime.txt",
        {"runtime.txt": "pypy-3.10\n"},
        "Invalid Python version in runtime.txt",
        ("runtime.txt:1: pypy-3.10", ".python-version"),
    ),
    Mistake(
        "unknown",
        {".python-version": "3.10.99\n"},
        "Python 3.10.99 is not available",
        (".python-version:1: 3.10.99", "Available for"),
    ),
    Mistake(
        "too old",
        {".python-version": "3.8\n"},
        "Python 3.8 is too old",
        (".python-version:1: 3.8", "3.10", "Available for"),
    ),
    Mistake(
        "runtime.txt beside .python-version",
        {"runtime.txt": "python-2.7.18\n", ".python-version": "3.13\n"},
        "runtime.txt conflicts with .python-version",
        ("runtime.txt:1: python-2.7.18", ".python-version:1: 3.13", "Delete runtime.txt"),
    ),
    Mistake(
        "mise.toml",
        {"app.py": "", "mise.toml": '[tools]\npython = "pypy3.10"\n'},
        "Invalid Python version in mise.toml (python)",
        ("mise.toml:2 (python): pypy3.10", 'python = "3.10"', "BP_PYTHON_VERSION"),
    ),
    Mistake(
        "number in mise.toml",
        {"app.py": "", ".mise.toml": "[tools]\npython = 3.13\n"},
        "Invalid Python version in .mise.toml",
        (".mise.toml:2", "must be a string"),
    ),
    Mistake(
        ".tool-versions",
        {"app.py": "", ".tool-versions": "nodejs 22\npython 3.8.10\n"},
        "Python 3.8.10 is too old",
        (".tool-versions:2: 3.8.10", "BP_PYTHON_VERSION"),
    ),
    Mistake(
        "too old runtime.txt",
        {"runtime.txt": "python-2.7.18\n"},
        "Python 2.7.18 is too old",
        ("runtime.txt:1: python-2.7.18", "Available for"),
    ),
    Mistake(
        "not yet released",
        {".python-version": "3.99\n"},
        "Python 3.99 is not available yet",
        (".python-version:1: 3.99", "Available for"),
    ),
    Mistake(
        "contradiction",
        {
            ".python-version": "3.10\n",
            "pyproject.toml": '[project]\nname = "app"\nrequires-python = ">=3.11"\n',
        },
        "The app's Python versions conflict",
        (".python-version:1", "pyproject.toml:3 (requires-python)", "Available for"),
    ),
    Mistake(
        "invalid TOML",
        {"pyproject.toml": '[project]\nname = "app\n'},
        "pyproject.toml is not valid TOML",
        ("pyproject.toml:2:",),
    ),
    Mistake(
        "wrong type",
        {"pyproject.toml": "[project]\nrequires-python = 3.13\n"},
        "Invalid value in pyproject.toml",
        ("pyproject.toml:2: project.requires-python must be a string",),
    ),
)

PACKAGE_MANAGER_MISTAKES = (
    Mistake(
        "two managers",
        {"requirements.txt": "", "uv.lock": "version = 1\n"},
        "Files of several package managers",
        ("requirements.txt (pip)", "uv.lock (uv)", "BP_PACKAGE_MANAGER=pip"),
    ),
    Mistake(
        "unknown choice",
        {"requirements.txt": ""},
        "Invalid BP_PACKAGE_MANAGER",
        ("BP_PACKAGE_MANAGER=npm", "Set it to one of pip, "),
        {"BP_PACKAGE_MANAGER": "npm"},
    ),
    Mistake(
        "choice without its file",
        {"app.py": ""},
        "Invalid BP_PACKAGE_MANAGER",
        ("BP_PACKAGE_MANAGER=pip", "requirements.txt"),
        {"BP_PACKAGE_MANAGER": "pip"},
    ),
)

REQUIREMENTS_MISTAKES = (
    Mistake(
        "no requirement",
        {"requirements.txt": "flask\nrequests=2.32\n"},
        "Invalid requirement in requirements.txt",
        ("requirements.txt, line 2", "requests=2.32"),
    ),
    Mistake(
        "merge conflict",
        {"requirements.txt": "flask\n<<<<<<< HEAD\n"},
        "Invalid requirement in requirements.txt",
        ("requirements.txt, line 2", "merge conflict"),
    ),
    Mistake(
        "wrong line in an included file",
        {"requirements.txt": "-r requirements/base.txt\n", "requirements/base.txt": "\n\na b c\n"},
        "Invalid requirement in requirements/base.txt",
        ("requirements/base.txt, line 3", "a b c"),
    ),
    Mistake(
        "unknown option",
        {"requirements.txt": "--bogus\n"},
        "Unknown option in requirements.txt",
        ("requirements.txt, line 1", "--bogus"),
    ),
    Mistake(
        "option without its value",
        {"requirements.txt": "flask\n--index-url\n"},
        "Invalid option in requirements.txt",
        ("requirements.txt, line 2", "--index-url"),
    ),
    Mistake(
        "missing include",
        {"requirements.txt": "flask\n-r missing.txt\n"},
        "missing.txt doesn't exist",
        ("requirements.txt, line 2",),
    ),
    Mistake(
        "missing constraints",
        {"requirements.txt": "flask\n-c constraints/missing.txt\n"},
        "constraints/missing.txt doesn't exist",
        ("requirements.txt, line 2",),
    ),
    Mistake(
        "missing file of a setting",
        {"app.py": ""},
        "requirements/prod.txt doesn't exist",
        ("BP_PIP_REQUIREMENT",),
        {"BP_PIP_REQUIREMENT": "requirements/prod.txt"},
    ),
    Mistake(
        "recursion",
        {"requirements.txt": "-r other.txt\n", "other.txt": "# and back\n-r requirements.txt\n"},
        "requirements.txt includes itself",
        ("other.txt", "line 2"),
    ),
    Mistake(
        "password in a wrong line",
        {"requirements.txt": "--extra-index-url https://me:hunter2@example.com/ --bogus\n"},
        "Unknown option in requirements.txt",
        ("requirements.txt, line 1", "--bogus"),
    ),
)

MISTAKES = VERSION_MISTAKES + PACKAGE_MANAGER_MISTAKES + REQUIREMENTS_MISTAKES
READ_FILES: Mapping[str, Mapping[str, Content]] = {
    ".python-version": {},
    "pyproject.toml": {},
    "runtime.txt": {},
    "requirements.txt": {},
    "base.txt": {"requirements.txt": "-r base.txt\n"},
    "constraints.txt": {"requirements.txt": "-c constraints.txt\n"},
}


def texts_of(files: Mapping[str, Content]) -> dict[str, str | bytes]:
    return {name: text for name, text in files.items() if isinstance(text, (str, bytes))}


def prepare(direct: DirectBuild, files: Mapping[str, Content]) -> DirectBuild:
    build = prepared_build(direct, texts_of(files))
    for name, content in files.items():
        if isinstance(content, Link):
            (build.app_dir / name).symlink_to(content.target)
        elif isinstance(content, Directory):
            (build.app_dir / name).mkdir()
    return build


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.name for mistake in MISTAKES])
def test_mistake_is_explained(direct: DirectBuild, mistake: Mistake) -> None:
    build = prepare(direct, mistake.files)
    log = assert_refused(build, mistake.env, mistake.heading, *mistake.mentioned)
    assert "hunter2" not in log
    # Before anything was downloaded.
    assert "Downloading" not in log


@pytest.mark.parametrize("name", READ_FILES)
def test_binary_junk_is_explained(direct: DirectBuild, name: str) -> None:
    build = prepare(direct, {"app.py": "", **READ_FILES[name], name: JUNK})
    assert_refused(build, None, f"{name} is not UTF-8 text", "line 1")


@pytest.mark.parametrize("name", READ_FILES)
def test_directory_instead_of_a_file_is_explained(direct: DirectBuild, name: str) -> None:
    build = prepare(direct, {"app.py": "", **READ_FILES[name], name: Directory()})
    assert_refused(build, None, f"{name} can't be read", "It is a directory")


@pytest.mark.parametrize("name", READ_FILES)
def test_dangling_link_is_explained(direct: DirectBuild, name: str) -> None:
    build = prepare(direct, {"app.py": "", **READ_FILES[name], name: Link("gone")})
    assert_refused(build, None, f"{name} can't be read", "symbolic link")


def test_breaking_variables_are_named_all_at_once(direct: DirectBuild) -> None:
    build = prepare(direct, {"requirements.txt": "", "logging.py": "raise SystemExit(3)"})
    broken = dict.fromkeys(BREAKING, str(build.app_dir))
    heading = "Environment variables that would break the build"
    assert_refused(build, broken, heading, *(f"  {name}: " for name in BREAKING))


def test_invalid_settings_are_named_all_at_once(direct: DirectBuild) -> None:
    build = prepare(direct, {"requirements.txt": ""})
    wrong = {
        "BP_PIP_AT_LAUNCH": "perhaps",
        "BP_PIP_VERSION": "newest",
        "BP_DEPENDENCY_MIRROR": "ftp://u:hunter2@mirror.example",
    }
    log = assert_refused(build, wrong, "Invalid settings", *wrong, "perhaps")
    assert "hunter2" not in log


@pytest.mark.parametrize("name", ["contradiction", "merge conflict"])
def test_mistake_is_explained_through_the_lifecycle(
    workspace: Workspace, buildpack_env: dict[str, str], tmp_path: Path, name: str
) -> None:
    (mistake,) = (each for each in VERSION_MISTAKES + REQUIREMENTS_MISTAKES if each.name == name)
    app = write_app(tmp_path / "app", texts_of(mistake.files))
    result = workspace.detect_and_build(app, {**buildpack_env, **temporary_files_env(workspace)})
    assert_explained(result, mistake.heading, *mistake.mentioned)
    assert_nothing_left(workspace)


def test_directory_without_a_python_project_is_not_built(
    workspace: Workspace, buildpack_env: dict[str, str], tmp_path: Path
) -> None:
    app = write_app(tmp_path / "app", {"index.js": ""})
    result = workspace.detect_and_build(app, {**buildpack_env, **temporary_files_env(workspace)})
    assert result.exit_code == 20
    assert "Traceback" not in result.log
    assert_nothing_left(workspace)
