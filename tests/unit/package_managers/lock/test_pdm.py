from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import parse_settings
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.package_managers.lock import pdm
from python_buildpack.package_managers.lock.dependencies import LockDependencies
from python_buildpack.package_managers.lock.managers import PDM
from python_buildpack.package_managers.lock.pdm_declared import InvalidDependencyGroupError
from python_buildpack.package_managers.lock.pdm_walk import MissingLockMetadataError
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    MissingLockError,
    OutdatedLockError,
    UnknownNamesError,
    UnsupportedLockVersionError,
)
from python_buildpack.package_managers.protocol import App
from python_buildpack.system.text_file import InvalidTomlError
from tests.unit.outcome import outcome_of
from tests.unit.package_managers.lock.pdm_locks import LOCK, METADATA, A, B, package

COMMIT = "c" * 40
PYTHON = "3.13.1"
PYPROJECT = """\
[project]
name = "my-app"
dependencies = [
    "Flask[async]>=3",
    "tomli; python_version < '3.11'",
    "pywin32; sys_platform == 'win32'",
]
[project.optional-dependencies]
pg = ["psycopg", "my-app[more]"]
more = []
[dependency-groups]
test = ["pytest>=8", {include-group = "lint_it"}]
lint_it = []
[tool.pdm]
distribution = false
[tool.pdm.dev-dependencies]
old = []
"""
DEFAULT_LINES = f"flask==3.1.3 --hash={A} --hash={B}\n"


def read_all(
    app_dir: Path,
    lock: str | bytes = LOCK,
    environment: dict[str, str] | None = None,
    pyproject: str = PYPROJECT,
) -> LockDependencies:
    (app_dir / "pdm.lock").write_bytes(lock.encode() if isinstance(lock, str) else lock)
    (app_dir / "pyproject.toml").write_text(pyproject)
    environment = environment or {}
    return pdm.read(
        App(AppFiles(app_dir), parse_settings(environment), environment, PDM), "pdm.lock"
    )


def read(
    app_dir: Path,
    lock: str | bytes = LOCK,
    environment: dict[str, str] | None = None,
    pyproject: str = PYPROJECT,
    python_version: str = PYTHON,
) -> str:
    return read_all(app_dir, lock, environment, pyproject).requirements(python_version)


def test_read_makes_hashed_requirements_of_the_default_group(tmp_path: Path) -> None:
    requirements = read_all(tmp_path)
    assert requirements.requirements(PYTHON) == DEFAULT_LINES
    tomli = f"tomli==2.0 --hash={A}\n"
    assert requirements.requirements("3.10.1") == DEFAULT_LINES + tomli
    assert requirements.manager is PDM
    assert requirements.display_name == "pdm.lock"
    assert requirements.pinning(Resolution(()), PYTHON, {}) is Pinning.LOCKED


def test_read_of_an_empty_lock(tmp_path: Path) -> None:
    requirements = read_all(tmp_path, METADATA, pyproject="")
    assert requirements.is_empty
    assert requirements.requirements(PYTHON) == ""


@pytest.mark.parametrize(
    ("environment", "more"),
    [
        ({"BP_GROUPS": "test"}, f"pytest==9.2.0 --hash={B}\n"),
        ({"BP_EXTRAS": "pg"}, f"psycopg==3.2 --hash={B}\n"),
        ({"BP_GROUPS": "lint_it"}, ""),
        (
            {"BP_GROUPS": "Test", "BP_EXTRAS": "pg"},
            f"pytest==9.2.0 --hash={B}\npsycopg==3.2 --hash={B}\n",
        ),
    ],
)
def test_read_of_groups_and_extras(tmp_path: Path, environment: dict[str, str], more: str) -> None:
    assert read(tmp_path, environment=environment) == DEFAULT_LINES + more


@pytest.mark.parametrize(
    ("setting", "known"),
    [("BP_GROUPS", ("lint_it", "old", "test")), ("BP_EXTRAS", ("more", "pg"))],
)
def test_read_of_unknown_names(tmp_path: Path, setting: str, known: tuple[str, ...]) -> None:
    with pytest.raises(UnknownNamesError) as raised:
        read(tmp_path, environment={setting: "other"})
    assert raised.value.unknown == ("other",)
    assert raised.value.known == known


def test_read_of_a_group_that_is_not_locked(tmp_path: Path) -> None:
    with pytest.raises(OutdatedLockError) as raised:
        read(tmp_path, environment={"BP_EXTRAS": "more"})
    assert raised.value.command == "pdm lock -G :all"
    assert raised.value.detail == "It has no group more"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            f'git = "https://git.example/x"\nref = "main"\nrevision = "{COMMIT}"',
            f"name @ git+https://git.example/x@{COMMIT}\n",
        ),
        (
            'git = "git@git.example:x.git"\nrevision = "abc"\nsubdirectory = "sub"',
            "name @ git+ssh://git@git.example/x.git@abc#subdirectory=sub\n",
        ),
        (
            'version = "1"\ngit = "https://git.example/x"\nref = "main"\neditable = true',
            "name @ git+https://git.example/x@main\n",
        ),
        ('version = "1"\npath = "./sub"', "name @ {app}/sub\n"),
        ('path = "./sub"\neditable = true', "--editable {app}/sub\n"),
        (
            f'version = "1"\nurl = "https://files.example/x.whl"\nfiles = [{{hash = "{A}"}}]',
            f"name @ https://files.example/x.whl --hash={A}\n",
        ),
    ],
)
def test_read_of_one_package(tmp_path: Path, text: str, lines: str) -> None:
    found = read(tmp_path, package(text), pyproject="")
    assert found == lines.replace("{app}", tmp_path.as_uri())


def test_read_of_several_versions_of_one_package(tmp_path: Path) -> None:
    lock = package('version = "1"\nmarker = "python_version < \'3.11\'"')
    lock += package('version = "2"\nmarker = "python_version >= \'3.11\'"').removeprefix(METADATA)
    pyproject = '[project]\ndependencies = ["name>=2"]'
    assert read(tmp_path, lock, pyproject=pyproject, python_version="3.10.1") == "name==1\n"
    assert read(tmp_path, lock, pyproject=pyproject) == "name==2\n"


@pytest.mark.parametrize(
    ("pyproject", "is_installed"),
    [
        ('[project]\nname = "a"', True),
        ('[project]\nname = "a"\n[tool.pdm]\ndistribution = true', True),
        ('[project]\nname = "a"\n[tool.pdm]\ndistribution = false', False),
        ('[project]\nname = "a"\n[tool.pdm]\npackage-type = "library"', True),
        ('[project]\nname = "a"\n[tool.pdm]\npackage-type = "application"', False),
        ("[project]\ndependencies = []", False),
    ],
)
def test_read_of_a_project_that_is_installed_itself(
    tmp_path: Path, pyproject: str, is_installed: bool
) -> None:
    text = read(tmp_path, pyproject=pyproject)
    editable = f"--no-require-hashes\n{DEFAULT_LINES}--editable {tmp_path.as_uri()}\n"
    own = editable if is_installed else DEFAULT_LINES
    assert text == own


def test_read_of_sources(tmp_path: Path) -> None:
    pyproject = """
[[tool.pdm.source]]
name = "other"
url = "https://u:${TOKEN}@other.example/simple"
verify_ssl = false
[[tool.pdm.source]]
name = "pypi"
url = "https://mirror.example/simple"
[[tool.pdm.source]]
type = "find_links"
name = "links"
url = "https://links.example/x.html"
[[tool.pdm.source]]
name = "without"
"""
    assert read(tmp_path, pyproject=pyproject) == (
        "--extra-index-url https://u:${TOKEN}@other.example/simple\n"
        "--trusted-host other.example\n"
        "--index-url https://mirror.example/simple\n"
        "--find-links https://links.example/x.html\n"
        f"{DEFAULT_LINES}"
    )


@pytest.mark.parametrize(
    ("before", "after", "detail"),
    [
        ("Flask[async]>=3", "Flask[async]>=4", "Asked for: flask>=4; locked: 3.1.3"),
        ("Flask[async]>=3", "django", "It has no django"),
        ("Flask[async]>=3", "x; python_version > '3.5'", "It has no x"),
        ("Flask[async]>=3", "pytest", "It has no pytest"),
    ],
)
def test_read_of_a_lock_that_is_out_of_date(
    tmp_path: Path, before: str, after: str, detail: str
) -> None:
    with pytest.raises(OutdatedLockError) as raised:
        read(tmp_path, pyproject=PYPROJECT.replace(before, after))
    error = raised.value
    assert (error.lock, error.declared_in) == ("pdm.lock", "pyproject.toml")
    assert (error.command, error.detail) == ("pdm lock", detail)


def test_read_checks_the_chosen_groups_only(tmp_path: Path) -> None:
    pyproject = PYPROJECT.replace("pytest>=8", "pytest>=10")
    assert read(tmp_path, pyproject=pyproject) == DEFAULT_LINES
    with pytest.raises(OutdatedLockError):
        read(tmp_path, environment={"BP_GROUPS": "test"}, pyproject=pyproject)


def test_read_of_a_version_that_is_overridden(tmp_path: Path) -> None:
    pyproject = PYPROJECT.replace(">=3", ">=4") + '[tool.pdm.resolution.overrides]\nflask = "3.1"'
    assert read(tmp_path, pyproject=pyproject) == DEFAULT_LINES


def test_read_without_a_lock(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    with pytest.raises(MissingLockError) as raised:
        pdm.read(App(AppFiles(tmp_path), parse_settings({}), {}, PDM), "pyproject.toml")
    error = raised.value
    assert (error.file, error.lock, error.command) == ("pyproject.toml", "pdm.lock", "pdm lock")


PLAIN_METADATA = """\
[metadata]
groups = ["default", "docs", "pg", "test"]
strategy = ["cross_platform"]
lock_version = "4.5.0"
"""
PLAIN_PYPROJECT = """\
[project]
name = "my-app"
dependencies = ["web[fast]>=3", "pywin; sys_platform == 'win32'", "my-app[pg]; python_version < '3.14'"]
[project.optional-dependencies]
pg = ["driver", "My.App[more]"]
more = ["extra-driver"]
[dependency-groups]
test = ["tester", {include-group = "Docs"}]
docs = ["writer"]
"""


def plain_lock(*packages: str) -> str:
    """Return a lock without groups and markers: "name[extra] version: dependency, dependency"."""
    lines = [PLAIN_METADATA]
    for locked in packages:
        head, _, dependencies = locked.partition(": ")
        name, _, version = head.partition(" ")
        name, _, extra = name.rstrip("]").partition("[")
        lines += ["[[package]]", f'name = "{name}"', f'version = "{version}"']
        lines += [f"dependencies = {[each for each in dependencies.split(', ') if each]}"]
        lines += [f'extras = ["{extra}"]'] if extra else []
    return "\n".join(lines)


PLAIN_LOCK = plain_lock(
    'base 1: old ; python_version < "3.11"',
    "colors 1",
    "driver 4: base>=1",
    "extra-driver 1",
    "old 1: older",
    "older 1: base, old",
    "pywin 3",
    'speed 1: typing; python_full_version < "3.11.3", pywin; sys_platform == "win32"',
    "tester 9: base",
    "typing 4",
    'web 3.1: base, colors; sys_platform == "linux"',
    "web[fast] 3.1: speed, web==3.1",
    "writer 1",
)


# Conditions of which none is a part of another.
MANY = [f"b{number}; python_version != '3.{number}'" for number in range(17)]


@pytest.mark.parametrize("strategy", ["", 'strategy = ["cross_platform"]'])
@pytest.mark.parametrize("version", ["4.3", "4.4.1", "4.5.0"])
def test_read_of_a_lock_without_metadata_walks_its_dependencies(
    tmp_path: Path, strategy: str, version: str
) -> None:
    lock = PLAIN_LOCK.replace('strategy = ["cross_platform"]', strategy).replace("4.5.0", version)
    pyproject = PLAIN_PYPROJECT + "[tool.pdm]\ndistribution = false"
    always = ["base==1", "colors==1", "speed==1", "web==3.1"]
    drivers = ["driver==4", "extra-driver==1"]
    more: dict[str, list[str]] = {
        "3.14.0": [],
        "3.13.1": drivers,
        "3.11.2": [*drivers, "typing==4"],
        "3.10.1": [*drivers, "typing==4", "old==1", "older==1"],
    }
    for python_version, lines in more.items():
        text = read(tmp_path, lock, pyproject=pyproject, python_version=python_version)
        assert text.splitlines() == sorted([*always, *lines])


@pytest.mark.parametrize(
    ("environment", "more"),
    [
        ({"BP_GROUPS": "docs"}, {"writer"}),
        ({"BP_GROUPS": "test"}, {"tester", "writer"}),
        ({"BP_EXTRAS": "pg"}, {"driver", "extra-driver"}),
    ],
)
def test_read_of_groups_and_extras_of_a_lock_without_metadata(
    tmp_path: Path, environment: dict[str, str], more: set[str]
) -> None:
    pyproject = PLAIN_PYPROJECT.replace(", \"my-app[pg]; python_version < '3.14'\"", "")
    before = read(tmp_path, PLAIN_LOCK, pyproject=pyproject)
    after = read(tmp_path, PLAIN_LOCK, environment, pyproject)
    added = {*after.splitlines()} - {*before.splitlines()}
    assert {line.partition("==")[0] for line in added} == more


def test_read_joins_the_conditions_of_all_ways_to_a_package(tmp_path: Path) -> None:
    lock = plain_lock(
        'a 1: c; python_version < "3.12"', "b 1: c", 'c 1: d; python_version > "3.10"', "d 1"
    )
    dependencies = ["a", "b; python_version < '3.11'"]
    pyproject = f"[project]\ndependencies = {dependencies}"
    packages = read_all(tmp_path, lock, pyproject=pyproject).lock.packages
    assert {each.name: str(each.marker) for each in packages} == {
        "a": "None",
        "b": 'python_version < "3.11"',
        "c": 'python_version < "3.11" or python_version < "3.12"',
        "d": 'python_version < "3.11" and python_version > "3.10"'
        ' or python_version < "3.12" and python_version > "3.10"',
    }


def test_read_of_an_editable_directory_in_a_lock_without_metadata(tmp_path: Path) -> None:
    lock = plain_lock("a 1", "sub 1: a").replace(
        'name = "sub"', 'name = "sub"\npath = "./sub"\neditable = true'
    )
    pyproject = "[tool.pdm.dev-dependencies]\ntest = ['-e file:///${PROJECT_ROOT}/sub#egg=sub']"
    text = read(tmp_path, lock, {"BP_GROUPS": "test"}, pyproject)
    assert text == f"a==1\n--editable {tmp_path.as_uri()}/sub\n"


def test_read_takes_the_version_that_is_asked_for_of_several(tmp_path: Path) -> None:
    pyproject = "[project]\ndependencies = ['a<2']"
    assert read(tmp_path, plain_lock("a 1", "a 2"), pyproject=pyproject) == "a==1\n"


@pytest.mark.parametrize(
    "lock",
    [
        plain_lock("a 1", "a 2"),
        plain_lock(
            f"a 1: {', '.join(MANY)}",
            *(f"b{i} 1: c" for i in range(17)),
            "c 1",
        ),
    ],
)
def test_read_of_a_lock_that_does_not_tell_what_is_needed(tmp_path: Path, lock: str) -> None:
    with pytest.raises(MissingLockMetadataError):
        read(tmp_path, lock, pyproject="[project]\ndependencies = ['a']")


def test_read_of_a_lock_without_metadata_and_without_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pdm.lock").write_text(PLAIN_LOCK)
    with pytest.raises(MissingLockMetadataError) as raised:
        pdm.read(App(AppFiles(tmp_path), parse_settings({}), {}, PDM), "pdm.lock")
    assert raised.value.package is None
    (tmp_path / "pdm.lock").write_text(LOCK)
    found = pdm.read(App(AppFiles(tmp_path), parse_settings({}), {}, PDM), "pdm.lock")
    assert found.requirements(PYTHON) == DEFAULT_LINES


@pytest.mark.parametrize("lock", [LOCK, PLAIN_LOCK])
def test_read_checks_the_groups_that_a_group_includes(tmp_path: Path, lock: str) -> None:
    pyproject = """
[dependency-groups]
test = [{include-group = "docs"}]
docs = [{include-group = "base"}]
base = ["missing"]
"""
    with pytest.raises(OutdatedLockError) as raised:
        read(tmp_path, lock, {"BP_GROUPS": "test"}, pyproject)
    assert raised.value.detail == "It has no missing"


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        ('test = [{include-group = "other"}]', "Dependency group 'other' not found"),
        ('test = [{include-group = "docs"}]\ndocs = [{include-group = "test"}]', "Cyclic"),
        ("test = [{include = 'docs'}]\ndocs = []", "Invalid dependency group item"),
    ],
)
def test_read_of_a_group_that_cannot_be_resolved(tmp_path: Path, groups: str, problem: str) -> None:
    with pytest.raises(InvalidDependencyGroupError) as raised:
        read(tmp_path, LOCK, {"BP_GROUPS": "test"}, f"[dependency-groups]\n{groups}\n")
    assert (raised.value.file, raised.value.group) == ("pyproject.toml", "test")
    assert problem in raised.value.problem


@pytest.mark.parametrize("version", ["5.0", "4.6", "3.1"])
def test_read_of_a_lock_of_another_version(tmp_path: Path, version: str) -> None:
    with pytest.raises(UnsupportedLockVersionError) as raised:
        read(tmp_path, LOCK.replace("4.5.1", version))
    assert raised.value.version == version


@pytest.mark.parametrize(
    "lock",
    [
        "",
        "metadata = 1",
        LOCK.replace("4.5.1", "new"),
        LOCK.replace('["default"]', '"default"'),
        package('version = "new"'),
        package('version = "1"\nmarker = "nothing"'),
        package('version = "1"\nmarker = "os_name == \'\\n\'"'),
        package('version = "1"\nfiles = [{hash = "md5:0"}]'),
        package('version = "1"\nextras = ["a b"]'),
        package('path = "a\\n--index-url https://evil.example"'),
        package('url = "nowhere"'),
    ],
)
def test_read_of_an_invalid_lock(tmp_path: Path, lock: str) -> None:
    with pytest.raises(InvalidLockError) as raised:
        read(tmp_path, lock, pyproject="")
    assert raised.value.command == "pdm lock"


def test_read_of_a_lock_that_is_cut_off(tmp_path: Path) -> None:
    with pytest.raises(InvalidTomlError):
        read(tmp_path, LOCK[:-10])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, len(PYPROJECT) - 1), character=st.text(max_size=1))
def test_read_of_an_altered_pyproject_ends_in_a_result_or_a_message(
    tmp_path: Path, position: int, character: str
) -> None:
    pyproject = PYPROJECT[:position] + character + PYPROJECT[position + 1 :]
    assert outcome_of(lambda: read_all(tmp_path, pyproject=pyproject)) is not None
