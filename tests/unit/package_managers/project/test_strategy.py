from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.package_managers.locks import MissingLockError, UnknownNamesError
from python_buildpack.package_managers.project.managers import PYPROJECT, SETUPTOOLS
from python_buildpack.package_managers.project.strategy import ProjectRequirements, read
from python_buildpack.package_managers.protocol import App
from tests.unit.package_managers.pip.reports import report

PROJECT = """\
[build-system]
requires = ["setuptools"]
[project]
name = "app"
dependencies = ["flask"]
[project.optional-dependencies]
Fast_Json = ["orjson"]
[dependency-groups]
dev = ["pytest"]
"""
DYNAMIC = '[project]\nname = "app"\ndynamic = ["dependencies", "optional-dependencies"]\n'


def requirements(
    app_dir: Path,
    pyproject: str | None,
    file: str = "pyproject.toml",
    *,
    groups: tuple[str, ...] = (),
    extras: tuple[str, ...] = (),
) -> ProjectRequirements:
    if pyproject is not None:
        (app_dir / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    return read(
        App(
            AppFiles(app_dir),
            Settings(groups=groups, extras=extras),
            {},
            PYPROJECT if file == "pyproject.toml" else SETUPTOOLS,
        ),
        file,
    )


def test_read_project(tmp_path: Path) -> None:
    found = requirements(tmp_path, PROJECT)
    assert (found.manager, found.display_name) == (PYPROJECT, "pyproject.toml")
    assert (found.text, found.groups) == (".\n", ())
    assert not found.is_empty


def test_read_project_with_extras_and_groups(tmp_path: Path) -> None:
    found = requirements(tmp_path, PROJECT, extras=("fast-json",), groups=("dev",))
    assert (found.text, found.groups) == (".[fast-json]\n", ("dev",))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    file = str(temporary / "requirements.txt")
    assert found.pip_input.more == ("--group", "dev")
    assert [*found.pip_input.arguments(temporary)] == ["--requirement", file]


APPLICATION = PROJECT.replace('[build-system]\nrequires = ["setuptools"]\n', "")


def test_read_an_application_installs_what_it_needs(tmp_path: Path) -> None:
    assert requirements(tmp_path, APPLICATION).text == "flask\n"
    assert requirements(tmp_path, APPLICATION, extras=("fast-json",)).text == "flask\norjson\n"


@pytest.mark.parametrize(
    "more",
    [
        "[project.scripts]\n",
        "[tool.setuptools]\n",
        "[project.entry-points.x]\n",
    ],
)
def test_read_a_project_that_is_used_as_a_package(tmp_path: Path, more: str) -> None:
    assert requirements(tmp_path, APPLICATION + more).text == ".\n"


@pytest.mark.parametrize("name", ["setup.py", "setup.cfg", "src"])
def test_read_a_project_with_files_of_a_package(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert requirements(tmp_path, APPLICATION).text == ".\n"


@pytest.mark.parametrize("item", ["1", '"flask", 1'])
def test_read_an_application_with_a_wrong_requirement(tmp_path: Path, item: str) -> None:
    assert requirements(tmp_path, APPLICATION.replace('"flask"', item)).text == ".\n"


def test_read_project_with_unknown_extra(tmp_path: Path) -> None:
    with pytest.raises(UnknownNamesError) as error:
        requirements(tmp_path, PROJECT, extras=("fast-json", "nope"))
    assert (error.value.setting, error.value.unknown) == ("BP_EXTRAS", ("nope",))
    assert (error.value.known, error.value.file) == (("Fast_Json",), "pyproject.toml")


def test_read_project_with_unknown_group(tmp_path: Path) -> None:
    with pytest.raises(UnknownNamesError) as error:
        requirements(tmp_path, PROJECT, groups=("nope",))
    assert (error.value.setting, error.value.known) == ("BP_GROUPS", ("dev",))


@pytest.mark.parametrize("pyproject", [DYNAMIC, '[build-system]\nrequires = ["setuptools"]\n'])
def test_read_extras_that_only_the_build_knows(tmp_path: Path, pyproject: str) -> None:
    assert requirements(tmp_path, pyproject, extras=("a", "b")).text == ".[a,b]\n"


@pytest.mark.parametrize("file", ["setup.py", "setup.cfg"])
def test_read_setuptools(tmp_path: Path, file: str) -> None:
    found = requirements(tmp_path, None, file, extras=("a",))
    assert (found.manager, found.display_name, found.text) == (SETUPTOOLS, file, ".[a]\n")


def test_read_setuptools_with_groups(tmp_path: Path) -> None:
    groups = "[dependency-groups]\nmain = []\n"
    assert requirements(tmp_path, groups, "setup.py", groups=("main",)).groups == ("main",)
    with pytest.raises(UnknownNamesError):
        requirements(tmp_path, groups, "setup.py", groups=("nope",))


def test_read_groups_alone(tmp_path: Path) -> None:
    pyproject = "[dependency-groups]\nmain = ['flask']\n"
    found = requirements(tmp_path, pyproject, groups=("main",))
    assert (found.text, found.groups, found.is_empty) == ("", ("main",), False)
    assert found.notices == ()
    with pytest.raises(UnknownNamesError):
        requirements(tmp_path, pyproject, extras=("a",))


def test_read_the_group_main_that_nobody_chose(tmp_path: Path) -> None:
    found = requirements(tmp_path, "[dependency-groups]\nMain = ['flask']\ndev = ['pytest']\n")
    assert (found.text, found.groups) == ("", ("main",))
    assert found.notices == ("Using the dependency group main (to choose others, set BP_GROUPS)",)


@pytest.mark.parametrize(
    ("pyproject", "groups"),
    [
        ("[dependency-groups]\nmain = []\nother = []\n", ("other",)),
        ("[dependency-groups]\nbase = ['flask']\n", ()),
        (PROJECT.replace("dev =", "main ="), ()),
    ],
)
def test_read_the_group_main_where_it_is_not_certain(
    tmp_path: Path, pyproject: str, groups: tuple[str, ...]
) -> None:
    found = requirements(tmp_path, pyproject, groups=groups)
    assert (found.groups, found.notices) == (groups, ())


@pytest.mark.parametrize("more", ["", "[project.scripts]\nx = 'x:x'\n"])
def test_read_a_project_with_groups_and_extras_alone(tmp_path: Path, more: str) -> None:
    pyproject = APPLICATION.replace('dependencies = ["flask"]\n', "") + more
    found = requirements(tmp_path, pyproject)
    assert (found.text, found.is_empty) == ("", True)
    assert found.advice(Resolution(()), "3.13.1") == (
        "To install groups or extras, set BP_GROUPS or BP_EXTRAS: Fast_Json, dev"
    )
    chosen = requirements(tmp_path, pyproject, groups=("dev",))
    assert (chosen.text, chosen.groups) == ("", ("dev",))
    with_extra = requirements(tmp_path, pyproject, extras=("fast-json",))
    assert with_extra.text == (".[fast-json]\n" if more else "orjson\n")
    with pytest.raises(UnknownNamesError):
        requirements(tmp_path, pyproject, extras=("nope",))


def test_read_groups_beside_setup_py(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    assert requirements(tmp_path, "[dependency-groups]\nmain = []\n").text == ".\n"


def test_kind_of_is_unproven(tmp_path: Path) -> None:
    found = requirements(tmp_path, PROJECT)
    assert found.pinning(report("local_directory"), "3.13.1", {}) is Pinning.UNPROVEN


@pytest.mark.parametrize(
    ("file", "advice"),
    [
        (
            "pyproject.toml",
            (
                "No lock, so builds may differ. To lock: "
                "uv lock, poetry lock or pip lock -o pylock.toml ."
            ),
        ),
        ("setup.py", "No lock, so builds may differ. To lock: pip lock -o pylock.toml ."),
    ],
)
def test_advice(tmp_path: Path, file: str, advice: str) -> None:
    assert requirements(tmp_path, PROJECT, file).advice(report("wheels"), "3.13.1") == advice


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ('[tool.uv.sources]\nFlask = { path = "../flask" }\n', "tool.uv.sources.flask"),
        ('[[tool.uv.index]]\nurl = "https://host.invalid/simple"\n', "tool.uv.index"),
        ('[tool.uv]\nfind-links = ["wheels"]\n', "tool.uv.find-links"),
    ],
    ids=("source", "index", "find-links"),
)
def test_require_a_lock_where_uv_alone_knows_from_where(
    tmp_path: Path, tables: str, reason: str
) -> None:
    with pytest.raises(MissingLockError) as raised:
        requirements(tmp_path, PROJECT + tables)
    error = raised.value
    assert (error.lock, error.command, error.reason) == ("uv.lock", "uv lock", reason)


@pytest.mark.parametrize(
    "tables",
    [
        '[tool.uv.sources]\npytest = { path = "../pytest" }\n',
        "[tool.uv]\npackage = false\n",
    ],
    ids=("source of another", "no source"),
)
def test_advise_a_lock_of_uv(tmp_path: Path, tables: str) -> None:
    found = requirements(tmp_path, PROJECT + tables)
    assert found.advice(report("wheels"), "3.13.1") == (
        "No lock, so builds may differ. To lock: uv lock"
    )


def test_advice_for_groups_alone(tmp_path: Path) -> None:
    found = requirements(tmp_path, "[dependency-groups]\na = []\nb = []\n", groups=("a", "b"))
    assert found.advice(report("wheels"), "3.13.1") == (
        "No lock, so builds may differ. To lock: pip lock -o pylock.toml --group a --group b"
    )


@pytest.mark.parametrize("resolution", [Resolution(()), report("local_directory")])
def test_advice_where_there_is_nothing_to_lock(tmp_path: Path, resolution: Resolution) -> None:
    assert requirements(tmp_path, PROJECT).advice(resolution, "3.13.1") is None


@pytest.mark.parametrize(
    ("pyproject", "expected"),
    [
        (PROJECT, {"app": "", "flask": "", "orjson": "", "pytest": ""}),
        (DYNAMIC, {"app": ""}),
        ('[project]\nname = "not a name"\nversion = "1"\ndependencies = ["flask==3.1"]\n', {}),
    ],
)
def test_expected(tmp_path: Path, pyproject: str, expected: dict[str, str]) -> None:
    groups, extras = (("dev",), ("fast-json",)) if pyproject == PROJECT else ((), ())
    found = requirements(tmp_path, pyproject, groups=groups, extras=extras)
    assert found.expected("3.13.0") == (expected or {"flask": "3.1"})
