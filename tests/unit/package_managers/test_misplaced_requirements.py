from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.choice import (
    FoundManager,
    SeveralPackageManagersError,
    determine_package_manager,
)
from python_buildpack.package_managers.misplaced_requirements import (
    MisplacedRequirementsError,
    MisspelledFileError,
    ProjectBelowError,
    check_directories,
)
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.project.managers import PYPROJECT


def write(app_dir: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (app_dir / name).parent.mkdir(exist_ok=True)
        (app_dir / name).write_text(text)


def determine(app_dir: Path, chosen: str | None = None) -> FoundManager | None:
    return determine_package_manager(AppFiles(app_dir), chosen=chosen, requirements=())


@pytest.mark.parametrize("name", ["prod", "production", "base", "main"])
@pytest.mark.parametrize("chosen", [None, "pip"])
def test_one_file_of_a_directory_of_requirements_is_taken(
    tmp_path: Path, name: str, chosen: str | None
) -> None:
    file = f"requirements/{name}.txt"
    write(tmp_path, {"app.py": "", file: "flask", "requirements/dev.txt": f"-r {name}.txt"})
    found = determine(tmp_path, chosen)
    assert found is not None
    assert (found.manager, found.file) == (PIP, file)
    (notice,) = found.notices
    assert (
        notice
        == f"Using {file}: there is no requirements.txt (to choose others, set BP_PIP_REQUIREMENT)"
    )


def test_a_file_that_includes_the_other_is_taken(tmp_path: Path) -> None:
    files = {"base.txt": "flask", "local.txt": "-r base.txt", "production.txt": "-r base.txt"}
    write(tmp_path, {f"requirements/{name}": text for name, text in files.items()})
    found = determine(tmp_path)
    assert found is not None
    assert found.file == "requirements/production.txt"


def test_a_directory_of_requirements_comes_before_groups(tmp_path: Path) -> None:
    pyproject = "[dependency-groups]\ndev = ['pytest']\n"
    write(tmp_path, {"requirements/prod.txt": "", "pyproject.toml": pyproject})
    found = determine(tmp_path)
    assert found is not None
    assert found.manager is PIP
    chosen = determine(tmp_path, "pyproject")
    assert chosen == FoundManager(PYPROJECT, "pyproject.toml")


@pytest.mark.parametrize(
    "other",
    [
        ("requirements.txt", ""),
        ("pyproject.toml", "[project]\nname = 'a'\ndependencies = ['flask']\n"),
        ("setup.py", ""),
    ],
)
def test_a_directory_of_requirements_beside_what_declares_dependencies(
    tmp_path: Path, other: tuple[str, str]
) -> None:
    write(tmp_path, {"requirements/prod.txt": "", other[0]: other[1]})
    found = determine(tmp_path)
    assert found is not None
    assert found.file == other[0]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["requirement.txt"], ("requirement.txt",)),
        (["requirements-prod.txt"], ("requirements-prod.txt",)),
        (["web_requirements.txt"], ("web_requirements.txt",)),
        (["requirements.in"], ("requirements.in",)),
        (
            ["requirements/base.txt", "requirements/prod.txt", "requirements/test.txt"],
            ("requirements/base.txt", "requirements/prod.txt"),
        ),
        (["requirements/web.txt", "requirements/dev.txt"], ("requirements/web.txt",)),
        (
            ["requirements/prod.txt", "requirements-dev.txt", "requirement.txt"],
            ("requirement.txt", "requirements/prod.txt"),
        ),
    ],
)
def test_files_that_nothing_reads_are_an_error(
    tmp_path: Path, names: list[str], found: tuple[str, ...]
) -> None:
    write(tmp_path, dict.fromkeys(["app.py", *names], ""))
    with pytest.raises(MisplacedRequirementsError) as raised:
        determine(tmp_path)
    assert raised.value.files == found
    body = message_for(raised.value).body
    assert all(f"  {file}\n" in body for file in found)
    assert f"BP_PIP_REQUIREMENT={found[0]}" in body


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Requirements.txt", "requirements.txt"),
        ("REQUIREMENTS.TXT", "requirements.txt"),
        ("PyProject.toml", "pyproject.toml"),
        ("pipfile", "Pipfile"),
    ],
)
def test_names_in_other_letters_are_an_error(tmp_path: Path, file: str, name: str) -> None:
    write(tmp_path, {"app.py": "", file: ""})
    with pytest.raises(MisspelledFileError) as raised:
        determine(tmp_path)
    assert (raised.value.file, raised.value.name) == (file, name)
    message = message_for(raised.value)
    assert message.heading == f"{file} isn't read: it must be named {name}"
    assert ("BP_PIP_REQUIREMENT" in message.body) == (name == "requirements.txt")


@pytest.mark.parametrize(
    "names",
    [
        ["requirements-dev.txt", "requirements_test.txt", "dev-requirements.txt"],
        ["requirements/dev.txt", "requirements/ci.txt", "requirements/README.md"],
        ["requirements/prod.txt/x"],
        ["requirements"],
        ["notes.txt", "my-requirements.md"],
    ],
)
def test_other_files_are_no_mistake(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert determine(tmp_path) is None


def test_several_managers_stay_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"requirements/prod.txt": "", "uv.lock": "", "poetry.lock": ""})
    with pytest.raises(SeveralPackageManagersError):
        determine(tmp_path)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            ["pyproject.toml", "backend/requirements.txt", "backend/main.py"],
            ("backend/requirements.txt",),
        ),
        (["setup.cfg", "services/api/uv.lock"], ("services/api/uv.lock",)),
        # Its own code needs nothing.
        (["main.py", "backend/requirements.txt"], ()),
        (["tests/requirements.txt", ".github/requirements.txt", "docs/Pipfile"], ()),
        (["pyproject.toml"], ()),
    ],
)
def test_an_app_in_a_directory_below(
    tmp_path: Path, files: list[str], found: tuple[str, ...]
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
    if not found:
        check_directories(tmp_path)
        return
    with pytest.raises(ProjectBelowError) as raised:
        check_directories(tmp_path)
    assert raised.value.files == found
    body = message_for(raised.value).body
    assert f"BP_PYTHON_PROJECT_PATH={found[0].rpartition('/')[0]} " in body
    assert (f"BP_PIP_REQUIREMENT={found[0]}" in body) is found[0].endswith(".txt")
