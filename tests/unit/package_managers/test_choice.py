from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import InvalidPyprojectError
from python_buildpack.package_managers.choice import (
    FoundManager,
    SeveralPackageManagersError,
    UnknownPackageManagerError,
    determine_package_manager,
)
from python_buildpack.package_managers.conda.managers import CONDA, PIXI
from python_buildpack.package_managers.lock.managers import PDM, PYLOCK
from python_buildpack.package_managers.manager import Manager
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pipenv.manager import PIPENV
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.project.managers import PYPROJECT, SETUPTOOLS
from python_buildpack.package_managers.uv.manager import UV
from python_buildpack.system.text_file import InvalidTomlError

DEPENDENCIES = '[project]\nname = "app"\nversion = "1"\ndependencies = ["flask"]\n'
DYNAMIC = '[project]\nname = "app"\nversion = "1"\ndynamic = ["dependencies"]\n'
PACKAGE = '[project]\nname = "app"\nversion = "1"\n[build-system]\nrequires = []\n'
TOOLS_ONLY = "[tool.ruff]\nline-length = 100\n"
NO_DEPENDENCIES = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.12"\n'
GROUPS = "[dependency-groups]\nmain = ['flask']\n"
EXTRAS = "[project.optional-dependencies]\nfast = ['flask']\n"


def write(app_dir: Path, *files: str | tuple[str, str]) -> None:
    for item in files:
        name, contents = item if isinstance(item, tuple) else (item, "")
        (app_dir / name).write_text(contents)


def determine(
    app_dir: Path,
    chosen: str | None = None,
    requirements: tuple[str, ...] = (),
    pylock: str | None = None,
) -> FoundManager | None:
    return determine_package_manager(
        AppFiles(app_dir), chosen=chosen, requirements=requirements, pylock=pylock
    )


@pytest.mark.parametrize(
    ("pylock", "file"),
    [("deploy/pylock.toml", "deploy/pylock.toml"), ("prod", "pylock.prod.toml")],
)
@pytest.mark.parametrize("files", [[], ["pylock.toml", "pylock.dev.toml"]])
def test_determine_package_manager_by_a_lock_that_is_named(
    tmp_path: Path, files: list[str], pylock: str, file: str
) -> None:
    write(tmp_path, *files)
    assert determine(tmp_path, pylock=pylock) == FoundManager(PYLOCK, file)


def test_determine_package_manager_by_a_lock_that_is_named_beside_others(tmp_path: Path) -> None:
    write(tmp_path, "requirements.txt")
    lock = FoundManager(PYLOCK, "deploy/pylock.toml")
    requirements = FoundManager(PIP, "requirements.txt")
    with pytest.raises(SeveralPackageManagersError) as caught:
        determine(tmp_path, pylock="deploy/pylock.toml")
    assert caught.value.found == (lock, requirements)
    assert determine(tmp_path, "pylock", pylock="deploy/pylock.toml") == lock
    assert determine(tmp_path, "pip", pylock="deploy/pylock.toml") == requirements


@pytest.mark.parametrize(
    "files",
    [
        ["requirements.txt"],
        ["requirements.txt", "setup.py"],
        ["requirements.txt", "setup.cfg", "environment.yml"],
        ["requirements.txt", "pixi.toml"],
        ["requirements.txt", ("pyproject.toml", TOOLS_ONLY)],
        ["requirements.txt", ("pyproject.toml", DEPENDENCIES)],
        ["requirements.txt", ("pyproject.toml", "not TOML")],
        ["requirements.txt", "requirements-dev.txt", "main.py"],
    ],
)
def test_determine_package_manager_pip(tmp_path: Path, files: list[str | tuple[str, str]]) -> None:
    write(tmp_path, *files)
    assert determine(tmp_path) == FoundManager(PIP, "requirements.txt")


@pytest.mark.parametrize(
    "files",
    [
        [],
        ["main.py"],
        [".python-version", "manage.py"],
        ["requirements-dev.txt"],
        [("pyproject.toml", TOOLS_ONLY)],
        [("pyproject.toml", NO_DEPENDENCIES)],
        [("pyproject.toml", "")],
        ["package.json"],
    ],
)
def test_determine_package_manager_no_dependencies(
    tmp_path: Path, files: list[str | tuple[str, str]]
) -> None:
    write(tmp_path, *files)
    assert determine(tmp_path) is None


@pytest.mark.parametrize(
    ("files", "manager", "file"),
    [
        (["uv.lock", ("pyproject.toml", DEPENDENCIES)], UV, "uv.lock"),
        (["poetry.lock", ("pyproject.toml", TOOLS_ONLY)], POETRY, "poetry.lock"),
        (["pdm.lock"], PDM, "pdm.lock"),
        (["pylock.toml"], PYLOCK, "pylock.toml"),
        (["pylock.prod.toml"], PYLOCK, "pylock.prod.toml"),
        (["pylock.dev.toml", "pylock.toml"], PYLOCK, "pylock.toml"),
        (["Pipfile", "Pipfile.lock"], PIPENV, "Pipfile.lock"),
        (["Pipfile"], PIPENV, "Pipfile"),
        ([("pyproject.toml", "[tool.poetry]\n")], PYPROJECT, "pyproject.toml"),
        ([("pyproject.toml", f"{DEPENDENCIES}[tool.pdm]\n")], PYPROJECT, "pyproject.toml"),
        (["setup.py"], SETUPTOOLS, "setup.py"),
        ([("setup.cfg", "[options]\ninstall_requires = x\n")], SETUPTOOLS, "setup.cfg"),
        (["setup.cfg", ("pyproject.toml", DEPENDENCIES)], PYPROJECT, "pyproject.toml"),
        (["uv.lock", "environment.yml", "setup.py"], UV, "uv.lock"),
        ([("pyproject.toml", DEPENDENCIES)], PYPROJECT, "pyproject.toml"),
        ([("pyproject.toml", DYNAMIC)], PYPROJECT, "pyproject.toml"),
        ([("pyproject.toml", PACKAGE)], PYPROJECT, "pyproject.toml"),
        ([("pyproject.toml", GROUPS)], PYPROJECT, "pyproject.toml"),
        (["setup.py", ("pyproject.toml", GROUPS)], SETUPTOOLS, "setup.py"),
        ([("pyproject.toml", NO_DEPENDENCIES + GROUPS)], PYPROJECT, "pyproject.toml"),
        ([("pyproject.toml", NO_DEPENDENCIES + EXTRAS)], PYPROJECT, "pyproject.toml"),
        (["setup.py", ("pyproject.toml", DEPENDENCIES)], PYPROJECT, "pyproject.toml"),
        (["setup.py", ("pyproject.toml", TOOLS_ONLY)], SETUPTOOLS, "setup.py"),
    ],
)
def test_determine_package_manager_others(
    tmp_path: Path, files: list[str | tuple[str, str]], manager: Manager, file: str
) -> None:
    write(tmp_path, *files)
    assert determine(tmp_path) == FoundManager(manager, file)


@pytest.mark.parametrize(
    ("files", "manager", "file"),
    [
        (["environment.yml"], CONDA, "environment.yml"),
        (["environment.yaml", "setup.py"], CONDA, "environment.yaml"),
        (["conda.yaml", "app.py"], CONDA, "conda.yaml"),
        (["conda.yml"], CONDA, "conda.yml"),
        (["pixi.toml"], PIXI, "pixi.toml"),
        (["pixi.toml", "pixi.lock", "environment.yml"], PIXI, "pixi.lock"),
    ],
)
def test_determine_package_manager_with_its_own_python(
    tmp_path: Path, files: list[str | tuple[str, str]], manager: Manager, file: str
) -> None:
    write(tmp_path, *files)
    assert determine(tmp_path) == FoundManager(manager, file)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["requirements.txt", "uv.lock"], ["requirements.txt", "uv.lock"]),
        (["Pipfile", "requirements.txt"], ["requirements.txt", "Pipfile"]),
        (["Pipfile", "Pipfile.lock", "poetry.lock"], ["poetry.lock", "Pipfile.lock"]),
        (["uv.lock", "poetry.lock", "pdm.lock"], ["uv.lock", "poetry.lock", "pdm.lock"]),
        (["requirements.txt", "pylock.a.toml"], ["requirements.txt", "pylock.a.toml"]),
    ],
)
def test_determine_package_manager_several(
    tmp_path: Path, files: list[str], found: list[str]
) -> None:
    write(tmp_path, *files)
    with pytest.raises(SeveralPackageManagersError) as caught:
        determine(tmp_path)
    assert [other.file for other in caught.value.found] == found


UV_EXPORT = """\
# This file was autogenerated by uv via the following command:
#    uv export --no-hashes -o requirements.txt
flask==3.1.0
"""
UV_PYLOCK = """\
# This file was autogenerated by uv via the following command:
#    uv export --format pylock.toml
lock-version = "1.0"
"""


@pytest.mark.parametrize(
    ("copies", "lock"),
    [
        ({"requirements.txt": UV_EXPORT}, "uv.lock"),
        ({"requirements.txt": UV_EXPORT, "pylock.toml": UV_PYLOCK}, "uv.lock"),
        ({"pylock.prod.toml": UV_PYLOCK}, "uv.lock"),
        ({"requirements.txt": "# This file is @generated by PDM.\nflask\n"}, "pdm.lock"),
        ({"requirements.txt": "\n# poetry export -o requirements.txt\nflask\n"}, "poetry.lock"),
        (
            {"requirements.txt": "-i https://index.example/simple\n# pipenv requirements\n"},
            "Pipfile.lock",
        ),
    ],
)
def test_determine_package_manager_leaves_out_what_was_exported_from_the_lock(
    tmp_path: Path, copies: dict[str, str], lock: str
) -> None:
    write(tmp_path, lock, *copies.items())
    found = determine(tmp_path)
    assert found is not None
    assert found.file == lock
    assert len(found.notices) == len(copies)
    for notice, file in zip(found.notices, copies, strict=True):
        manager = "pip" if file == "requirements.txt" else "pylock"
        assert notice.startswith(f"Using {lock}: {file} was exported from it")
        assert f"BP_PACKAGE_MANAGER={manager})" in notice


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ([("requirements.txt", UV_EXPORT), "poetry.lock"], ()),
        ([("requirements.txt", UV_EXPORT), "uv.lock", "poetry.lock"], ()),
        ([("requirements.txt", UV_EXPORT.replace("uv export", "uv pip compile")), "uv.lock"], ()),
        ([("requirements.txt", f"flask\n{UV_EXPORT}"), "uv.lock"], ()),
        ([("requirements.txt", "# pipenv requirements\n"), "Pipfile"], ()),
        ([("requirements.txt", UV_EXPORT), "uv.lock"], ("requirements.txt",)),
    ],
)
def test_determine_package_manager_keeps_what_is_not_known_to_be_a_copy(
    tmp_path: Path, files: list[str | tuple[str, str]], named: tuple[str, ...]
) -> None:
    write(tmp_path, *files)
    with pytest.raises(SeveralPackageManagersError):
        determine(tmp_path, requirements=named)


def test_determine_package_manager_chosen_though_it_is_a_copy(tmp_path: Path) -> None:
    write(tmp_path, ("requirements.txt", UV_EXPORT), "uv.lock")
    assert determine(tmp_path, "pip") == FoundManager(PIP, "requirements.txt")


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ("pip", FoundManager(PIP, "requirements.txt")),
        ("PIP", FoundManager(PIP, "requirements.txt")),
        ("uv", FoundManager(UV, "uv.lock")),
        ("Poetry", FoundManager(POETRY, "poetry.lock")),
        ("pyproject", FoundManager(PYPROJECT, "pyproject.toml")),
        ("setuptools", FoundManager(SETUPTOOLS, "setup.py")),
    ],
)
def test_determine_package_manager_chosen(tmp_path: Path, chosen: str, found: FoundManager) -> None:
    write(tmp_path, "requirements.txt", "poetry.lock", "uv.lock", "setup.py")
    write(tmp_path, ("pyproject.toml", DEPENDENCIES))
    assert determine(tmp_path, chosen) == found


@pytest.mark.parametrize("tool", [POETRY, PDM])
def test_determine_package_manager_chosen_by_the_table_of_a_tool(
    tmp_path: Path, tool: Manager
) -> None:
    write(tmp_path, ("pyproject.toml", f"[tool.{tool.name}]\n"))
    assert determine(tmp_path, tool.name) == FoundManager(tool, "pyproject.toml")
    assert determine(tmp_path, "pyproject") == FoundManager(PYPROJECT, "pyproject.toml")


def test_determine_package_manager_chosen_with_a_file_that_has_nothing(tmp_path: Path) -> None:
    write(tmp_path, ("pyproject.toml", TOOLS_ONLY))
    with pytest.raises(UnknownPackageManagerError) as caught:
        determine(tmp_path, "pyproject")
    assert (caught.value.file, caught.value.declares_nothing) == ("pyproject.toml", True)


def test_determine_package_manager_chosen_with_its_own_python(tmp_path: Path) -> None:
    write(tmp_path, "requirements.txt", "environment.yml")
    assert determine(tmp_path, "conda") == FoundManager(CONDA, "environment.yml")


@pytest.mark.parametrize(
    ("chosen", "file"),
    [
        ("pip", "requirements.txt"),
        ("uv", "uv.lock"),
        ("pdm", "pdm.lock"),
        ("pylock", "pylock.toml"),
        ("pipenv", "Pipfile.lock"),
        ("pyproject", "pyproject.toml"),
        ("setuptools", "setup.py"),
        ("conda", "conda-lock.yml"),
        ("pixi", "pixi.lock"),
        ("pip3", None),
    ],
)
def test_determine_package_manager_chosen_without_its_file(
    tmp_path: Path, chosen: str, file: str | None
) -> None:
    write(tmp_path, "poetry.lock")
    with pytest.raises(UnknownPackageManagerError) as caught:
        determine(tmp_path, chosen)
    assert (caught.value.name, caught.value.file) == (chosen, file)


def test_determine_package_manager_requirements_stand_for_requirements_txt(
    tmp_path: Path,
) -> None:
    write(tmp_path, "requirements.txt", "setup.py")
    found = determine(tmp_path, requirements=("prod.txt", "more.txt"))
    assert found == FoundManager(PIP, "prod.txt")


def test_determine_package_manager_requirements_and_a_lock_file(tmp_path: Path) -> None:
    write(tmp_path, "requirements.txt", "uv.lock")
    with pytest.raises(SeveralPackageManagersError) as caught:
        determine(tmp_path, requirements=("prod.txt",))
    assert [other.file for other in caught.value.found] == ["prod.txt", "uv.lock"]
    assert determine(tmp_path, "pip", ("prod.txt",)) == FoundManager(PIP, "prod.txt")


def test_determine_package_manager_of_a_broken_pyproject(tmp_path: Path) -> None:
    write(tmp_path, ("pyproject.toml", "[project"))
    with pytest.raises(InvalidTomlError):
        determine(tmp_path)
    write(tmp_path, ("pyproject.toml", "[project]\ndependencies = 3\n"))
    with pytest.raises(InvalidPyprojectError):
        determine(tmp_path)


def test_determine_package_manager_of_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").symlink_to("missing.txt")
    assert determine(tmp_path) == FoundManager(PIP, "requirements.txt")


TOML_LOCK = """\
[[package]]
name = "flask"
version = "3.0.0"

[[package]]
name = "click"
version = "8.1.7"
"""
JSON_LOCK = '{"_meta": {}, "default": {"flask": {"version": "==3.0.0"}, "click": "==8.1.7"}}'
SAME = f"""\
-i https://index.example/simple
# all of it
Flask[async]==3.0.0 ; python_version >= "3.10" \\
    --hash=sha256:{"0" * 64}
"""


@pytest.mark.parametrize(
    ("lock", "text"),
    [("poetry.lock", TOML_LOCK), ("uv.lock", TOML_LOCK), ("Pipfile.lock", JSON_LOCK)],
)
def test_requirements_with_the_versions_of_the_lock_are_a_copy(
    tmp_path: Path, lock: str, text: str
) -> None:
    write(tmp_path, (lock, text), ("requirements.txt", SAME))
    found = determine(tmp_path)
    assert found is not None
    assert found.file == lock
    (notice,) = found.notices
    assert notice.startswith(f"Using {lock}: requirements.txt has the same versions (to use")


@pytest.mark.parametrize(
    "text",
    [
        "flask==3.0.1\n",
        "flask==3.0.0\nother==1.0\n",
        "flask>=3.0.0\n",
        "flask==3.*\n",
        "flask==3.0.0\n-r more.txt\n",
        "flask==3.0.0\n-e .\n",
        "flask==3.0.0,>3\n",
        "flask @ https://files.example/flask-3.0.0-py3-none-any.whl\n",
        "",
    ],
)
def test_requirements_that_differ_from_the_lock_are_no_copy(tmp_path: Path, text: str) -> None:
    write(tmp_path, ("poetry.lock", TOML_LOCK), ("requirements.txt", text))
    with pytest.raises(SeveralPackageManagersError):
        determine(tmp_path)


@pytest.mark.parametrize("lock", ["not = [toml", "package = 1", "", "{", "[]"])
def test_requirements_beside_a_lock_that_cannot_be_read_are_no_copy(
    tmp_path: Path, lock: str
) -> None:
    write(tmp_path, ("poetry.lock", lock), ("requirements.txt", SAME))
    with pytest.raises(SeveralPackageManagersError):
        determine(tmp_path)
