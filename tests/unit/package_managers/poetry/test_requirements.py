from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.locks import MissingLockError, UnknownNamesError
from python_buildpack.package_managers.project.managers import PYPROJECT
from python_buildpack.package_managers.project.strategy import ProjectRequirements, read
from python_buildpack.package_managers.protocol import App
from tests.unit.package_managers.pip.reports import report

BUILD = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
POETRY = """\
[tool.poetry]
name = "shop"
version = "1"
[tool.poetry.dependencies]
python = "^3.10"
flask = "^3.0"
psycopg = { version = "~3.2", optional = true }
[tool.poetry.extras]
pg = ["psycopg"]
[tool.poetry.group.docs.dependencies]
sphinx = "*"
[tool.poetry.dev-dependencies]
pytest = "*"
"""


def requirements(app_dir: Path, pyproject: str, **chosen: tuple[str, ...]) -> ProjectRequirements:
    (app_dir / "pyproject.toml").write_text(pyproject)
    settings = Settings(groups=chosen.get("groups", ()), extras=chosen.get("extras", ()))
    return read(App(AppFiles(app_dir), settings, {}, PYPROJECT), "pyproject.toml")


@pytest.mark.parametrize(
    "pyproject",
    [
        POETRY,
        POETRY + BUILD,
        POETRY.replace('"1"\n', '"1"\npackage-mode = false\n') + BUILD,
        POETRY.replace('[tool.poetry]\nname = "shop"\nversion = "1"\n', "")
        + BUILD
        + '[project]\nname = "shop"\nversion = "1"\ndynamic = ["dependencies"]\n',
    ],
)
def test_read_a_project_without_a_lock_installs_what_it_needs(
    tmp_path: Path, pyproject: str
) -> None:
    found = requirements(tmp_path, pyproject)
    assert found.text == "flask<4,>=3.0\n"
    (source,) = found.version_sources
    assert (source.name, source.text) == ("pyproject.toml (python)", "^3.10")


def test_read_a_package_without_a_lock(tmp_path: Path) -> None:
    (tmp_path / "shop.py").touch()
    found = requirements(tmp_path, POETRY + BUILD, groups=("docs",), extras=("pg",))
    assert (found.text, found.groups) == (".[pg]\nsphinx\n", ())
    assert found.notices == ()


def test_read_a_package_without_its_code_tells_so(tmp_path: Path) -> None:
    (notice,) = requirements(tmp_path, POETRY + BUILD).notices
    assert notice.startswith("Not installing the project: it has no package shop (set")


def test_read_the_standards_dependencies_first(tmp_path: Path) -> None:
    project = '[project]\nname = "shop"\ndependencies = ["django"]\n[project.scripts]\nx = "x:y"\n'
    assert requirements(tmp_path, f"{POETRY}{BUILD}{project}").text == "django\n"


def test_read_groups_and_extras_without_a_lock(tmp_path: Path) -> None:
    pyproject = POETRY + "[dependency-groups]\nlint = ['ruff']\n"
    found = requirements(tmp_path, pyproject, groups=("dev", "docs", "lint"), extras=("pg",))
    assert found.text == "flask<4,>=3.0\npsycopg<3.3,>=3.2\npytest\nsphinx\n"
    assert found.groups == ("lint",)
    with pytest.raises(UnknownNamesError) as raised:
        requirements(tmp_path, pyproject, extras=("other",))
    assert raised.value.known == ("pg",)


@pytest.mark.parametrize(
    ("dependency", "lines"),
    [
        ('x = "*"', "x\n"),
        ('x = "1.2.3"', "x==1.2.3\n"),
        ('x = ">=1.0b2,!=1.1"', "x!=1.1,>=1.0b2\n"),
        ('x = { version = "^0.2", extras = ["b", "a"] }', "x[a,b]<0.3,>=0.2\n"),
        ('x = { version = "*", python = "<3.11" }', 'x ; python_version < "3.11"\n'),
        ('x = { version = "*", python = "<3.11.3" }', 'x ; python_full_version < "3.11.3"\n'),
        (
            "x = { version = '*', markers = \"os_name == 'a' or os_name == 'b'\", platform = 'linux' }",
            "x ; (os_name == 'a' or os_name == 'b') and sys_platform == \"linux\"\n",
        ),
        ('x = "^1.4 || ^2.0"', "x<3,>=1.4\n"),
        (
            'x = { version = "*", python = ">=3.9,<3.11 || >=3.12" }',
            'x ; python_version != "3.11.*" and python_version >= "3.9"\n',
        ),
        (
            'x = [{ version = "1", python = "<3.12" }, { version = "2", python = ">=3.12" }]',
            'x==1 ; python_version < "3.12"\nx==2 ; python_version >= "3.12"\n',
        ),
        (
            'x = { git = "https://git.example/x.git", tag = "v1", subdirectory = "sub" }',
            "x @ git+https://git.example/x.git@v1#subdirectory=sub\n",
        ),
        ('x = { path = "libs/x", develop = true }', "-e ./libs/x\n"),
        ('x = { path = "libs/x" }', "./libs/x\n"),
        ('x = { url = "https://files.example/x.whl" }', "x @ https://files.example/x.whl\n"),
    ],
)
def test_read_a_dependency_as_poetry_writes_it(tmp_path: Path, dependency: str, lines: str) -> None:
    assert requirements(tmp_path, f"[tool.poetry.dependencies]\n{dependency}\n").text == lines


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('x = ">=1,<2 || >=3"', 'x: pip has no words for ">=1,<2 || >=3"'),
        ('x = "latest"', 'x: pip has no words for "latest"'),
        ("x = 1", "x = 1"),
        ("x = { version = 1 }", "x: version is not a string"),
        ("x = { version = '1', markers = 'nothing' }", "x: it isn't a requirement"),
        ("x = { url = 'nowhere' }", "x: it isn't a requirement"),
        (
            'x = "1"\n[[tool.poetry.source]]\nname = "own"\nurl = "https://x.example"\npriority = "explicit"',
            "the source own: it is for some packages alone",
        ),
    ],
)
def test_read_what_only_a_lock_can_say(tmp_path: Path, more: str, reason: str) -> None:
    with pytest.raises(MissingLockError) as raised:
        requirements(tmp_path, f"[tool.poetry.dependencies]\n{more}\n")
    assert (raised.value.lock, raised.value.command) == ("poetry.lock", "poetry lock")
    assert raised.value.reason == reason
    assert f"  {reason}\n" in message_for(raised.value).body


def test_read_sources_without_a_lock(tmp_path: Path) -> None:
    pyproject = (
        POETRY
        + """
[[tool.poetry.source]]
name = "PyPI"
priority = "primary"
[[tool.poetry.source]]
name = "more"
url = "https://more.example/simple"
priority = "supplemental"
[[tool.poetry.source]]
name = "mirror"
url = "https://mirror.example/simple"
[[tool.poetry.source]]
name = "other"
url = "https://other.example/simple"
"""
    )
    assert requirements(tmp_path, pyproject).text == (
        "--extra-index-url https://more.example/simple\n"
        "--index-url https://mirror.example/simple\n"
        "--extra-index-url https://other.example/simple\n"
        "flask<4,>=3.0\n"
    )


@pytest.mark.parametrize(
    ("pyproject", "command"),
    [
        (POETRY, "poetry lock"),
        ('[project]\nname = "a"\ndependencies = ["flask"]\n[tool.pdm]\n', "pdm lock"),
    ],
)
def test_advice_names_the_command_of_the_tool(tmp_path: Path, pyproject: str, command: str) -> None:
    advice = requirements(tmp_path, pyproject).advice(report("wheels"), "3.13.0")
    assert advice == f"No lock, so builds may differ. To lock: {command}"


def test_read_an_application_of_pdm(tmp_path: Path) -> None:
    build = '[build-system]\nrequires = ["pdm-backend"]\n[tool.pdm]\ndistribution = false\n'
    project = '[project]\nname = "a"\ndependencies = ["flask"]\n'
    assert requirements(tmp_path, build + project).text == "flask\n"
