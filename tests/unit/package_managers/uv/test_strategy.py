from __future__ import annotations

import os
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import parse_settings
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    MissingLockError,
    OutdatedLockError,
    ToolFailedError,
    UnknownNamesError,
    UnsupportedLockVersionError,
)
from python_buildpack.package_managers.protocol import App
from python_buildpack.package_managers.uv import strategy as uv
from python_buildpack.package_managers.uv.manager import UV
from python_buildpack.package_managers.uv.strategy import UvDependencies
from python_buildpack.system.errors import BuildpackError
from tests.unit.package_managers.tool_runs import tool_run
from tests.unit.package_managers.uv.uv_locks import LOCK, SHA256, URL

PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
[project.optional-dependencies]
fast = ["tiny"]
[dependency-groups]
docs = ["tiny"]
"""


@pytest.fixture
def app_dir(tmp_path: Path) -> Path:
    app = tmp_path / "app"
    (app / "libs" / "local").mkdir(parents=True)
    (app / "libs" / "local" / "local.py").write_text("x = 1\n")
    (app / "libs" / "local" / "pyproject.toml").write_text(PYPROJECT.replace("docs", "tests"))
    (app / "uv.lock").write_text(LOCK)
    (app / "pyproject.toml").write_text(PYPROJECT)
    return app


def read(app_dir: Path, **variables: str) -> UvDependencies:
    return uv.read(App(AppFiles(app_dir), parse_settings(variables), variables, UV), "uv.lock")


def test_read(app_dir: Path) -> None:
    dependencies = read(app_dir, BP_GROUPS="docs", BP_EXTRAS="Fast")
    assert (dependencies.groups, dependencies.extras) == (("docs",), ("fast",))
    assert [(each.name, each.local) for each in dependencies.packages] == [
        ("shop", None),
        ("local", "libs/local"),
        ("tiny", None),
    ]
    (source,) = dependencies.version_sources
    assert (source.name, source.line, source.text) == ("uv.lock (requires-python)", 3, ">=3.12")


@pytest.mark.parametrize(
    ("variables", "setting", "known"),
    [
        ({"BP_GROUPS": "tests"}, "BP_GROUPS", ("docs",)),
        ({"BP_EXTRAS": "slow"}, "BP_EXTRAS", ("fast",)),
        ({"BP_UV_PACKAGE": "other"}, "BP_UV_PACKAGE", ("local", "shop")),
        ({"BP_UV_PACKAGE": "local", "BP_GROUPS": "docs"}, "BP_GROUPS", ("tests",)),
    ],
)
def test_read_unknown_names(
    app_dir: Path, variables: dict[str, str], setting: str, known: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownNamesError) as caught:
        read(app_dir, **variables)
    assert (caught.value.setting, caught.value.known) == (setting, known)


WORKSPACE = """\
version = 1
requires-python = ">=3.12"
[manifest]
members = ["api", "Jobs"]
[[package]]
name = "api"
source = { editable = "services/api" }
[[package]]
name = "jobs"
source = { virtual = "services/jobs" }
[[package]]
name = "other"
source = { directory = "libs/other" }
"""


@pytest.fixture
def workspace_dir(tmp_path: Path) -> Path:
    (tmp_path / "uv.lock").write_text(WORKSPACE)
    (tmp_path / "pyproject.toml").write_text("[tool.uv.workspace]\nmembers = ['services/*']\n")
    return tmp_path


def test_read_a_workspace_whose_root_is_no_project(workspace_dir: Path) -> None:
    (notice,) = read(workspace_dir).notices
    assert "all workspace members: api, jobs (to choose one, set BP_UV_PACKAGE" in notice
    assert read(workspace_dir).start_directory == ""


def test_read_a_member_is_where_the_app_is_started(workspace_dir: Path) -> None:
    dependencies = read(workspace_dir, BP_UV_PACKAGE="Api")
    assert dependencies.notices == ()
    assert dependencies.start_directory == "services/api"


def test_read_a_project_is_started_from_anywhere(app_dir: Path) -> None:
    assert (read(app_dir).notices, read(app_dir).start_directory) == ((), "")
    assert read(app_dir, BP_UV_PACKAGE="shop").start_directory == ""


def test_a_workspace_with_many_members_names_some(workspace_dir: Path) -> None:
    names = [f"a{number}" for number in range(8)]
    packages = [f"[[package]]\nname = '{n}'\nsource = {{ virtual = '{n}' }}\n" for n in names]
    lock = f"version = 1\nmanifest = {{ members = {names} }}\n{''.join(packages)}"
    (workspace_dir / "uv.lock").write_text(lock)
    assert "a0, a1, a2, a3, a4 and 3 more (to" in read(workspace_dir).notices[0]


def test_names_of_members_that_no_terminal_should_see(workspace_dir: Path) -> None:
    lock = WORKSPACE.replace('"api"', '"a\\u001b[2J"')
    (workspace_dir / "uv.lock").write_text(lock)
    (notice,) = read(workspace_dir).notices
    assert notice.isprintable()


def require_python(app_dir: Path, specifiers: str) -> None:
    text = f'[project]\nname = "x"\nrequires-python = "{specifiers}"\n'
    (app_dir / "pyproject.toml").write_text(text)


@pytest.mark.parametrize("specifiers", [">=3.12", ">= 3.12.0", "~=3.12, !=3.13.1", "nonsense"])
def test_read_a_lock_for_the_pythons_of_the_project(app_dir: Path, specifiers: str) -> None:
    lock = LOCK.replace(">=3.12", ">=3.12, <4") if "~" in specifiers else LOCK
    (app_dir / "uv.lock").write_text(lock)
    require_python(app_dir, specifiers)
    assert read(app_dir).outdated is None


@pytest.mark.parametrize("specifiers", [">=3.10", ">=3.12.1", ">=3.13", ">=3.12,<3.15"])
def test_read_a_lock_for_other_pythons_than_the_project(app_dir: Path, specifiers: str) -> None:
    require_python(app_dir, specifiers)
    outdated = read(app_dir).outdated
    assert outdated is not None
    assert outdated.command == "uv lock"
    assert outdated.detail == (
        f"requires-python: {specifiers} in pyproject.toml; >=3.12 in uv.lock"
    )


VERSIONED = WORKSPACE.replace('name = "api"\n', 'name = "api"\nversion = "1.0"\n')


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.1", None])
def test_read_a_lock_of_another_version_of_a_project(
    workspace_dir: Path, version: str | None
) -> None:
    (workspace_dir / "uv.lock").write_text(VERSIONED)
    api = workspace_dir / "services" / "api"
    api.mkdir(parents=True)
    written = f'version = "{version}"\n' if version else 'dynamic = ["version"]\n'
    (api / "pyproject.toml").write_text(f'[project]\nname = "api"\n{written}')
    outdated = read(workspace_dir).outdated
    if version != "1.1":
        assert outdated is None
        return
    assert outdated is not None
    assert outdated.detail == ("version of api: 1.1 in services/api/pyproject.toml; 1.0 in uv.lock")


# uv 0.13 refuses it as it does one of a member's.
def test_read_a_lock_of_another_version_of_a_dependency_in_the_app(workspace_dir: Path) -> None:
    lock = WORKSPACE.replace('"libs/other" }', '"libs/other" }\nversion = "2.0"')
    (workspace_dir / "uv.lock").write_text(lock)
    (workspace_dir / "libs" / "other").mkdir(parents=True)
    (workspace_dir / "libs" / "other" / "pyproject.toml").write_text(PYPROJECT)
    outdated = read(workspace_dir).outdated
    assert outdated is not None
    detail = "version of other: 1.0 in libs/other/pyproject.toml; 2.0 in uv.lock"
    assert outdated.detail == detail


def test_read_a_lock_for_the_pythons_of_all_members(workspace_dir: Path) -> None:
    for name, text in (("api", ">=3.10"), ("jobs", ">=3.12")):
        (workspace_dir / "services" / name).mkdir(parents=True)
        require_python(workspace_dir / "services" / name, text)
    (workspace_dir / "libs" / "other").mkdir(parents=True)
    require_python(workspace_dir / "libs" / "other", ">=3.14")
    assert read(workspace_dir).outdated is None


def test_read_a_member_with_a_group_of_its_own(app_dir: Path) -> None:
    dependencies = read(app_dir, BP_UV_PACKAGE="local", BP_GROUPS="tests")
    assert (dependencies.package, dependencies.groups) == ("local", ("tests",))
    assert {"pyproject.toml", "uv.lock", "libs/local/pyproject.toml"} <= {*dependencies.input_files}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (LOCK.replace("version = 1\n", "version = 2\n"), UnsupportedLockVersionError),
        ("", UnsupportedLockVersionError),
        ("version = 1\npackage = 1\n", InvalidLockError),
        ("version = 1\n[[package]]\nname = 1\n", InvalidLockError),
        ("version = 1\n[[package]]\nname = 'a'\nsource = 1\n", InvalidLockError),
        ("version = 1\n[[package]]\nname = 'a'\nwheels = [1]\n", InvalidLockError),
        (LOCK[:-10], BuildpackError),
    ],
)
def test_read_a_lock_of_another_form(app_dir: Path, text: str, error: type[BuildpackError]) -> None:
    (app_dir / "uv.lock").write_text(text)
    with pytest.raises(error):
        read(app_dir)


def test_read_a_lock_that_is_gone(app_dir: Path) -> None:
    (app_dir / "uv.lock").unlink()
    with pytest.raises(MissingLockError):
        read(app_dir)


def test_inputs_change_with_what_uv_reads(app_dir: Path, tmp_path: Path) -> None:
    before = read(app_dir).fingerprint({})
    assert {"uv.lock", "pyproject.toml", "the contents of the app"} < set(before)
    assert read(app_dir).fingerprint({"UV_HTTP_TIMEOUT": "3", "UV_PYTHON": "3.9"}) == before
    home = tmp_path / "home"
    (home / ".config" / "uv").mkdir(parents=True)
    (home / ".config" / "uv" / "uv.toml").write_text("no-binary = true\n")
    changes = [
        read(app_dir).fingerprint({"UV_NO_BINARY": "1"}),
        read(app_dir).fingerprint({"HOME": str(home)}),
        read(app_dir, BP_GROUPS="docs").fingerprint({}),
        read(app_dir, BP_EXTRAS="fast").fingerprint({}),
        read(app_dir, BP_UV_PACKAGE="local").fingerprint({}),
    ]
    (app_dir / "libs" / "local" / "local.py").write_text("x = 2\n")
    changes.append(read(app_dir).fingerprint({}))
    assert all(each != before for each in changes)


def test_inputs_have_nothing_of_secrets(app_dir: Path) -> None:
    plain = read(app_dir).fingerprint({"UV_DEFAULT_INDEX": "https://****@index.example/simple"})
    secret = {
        "UV_DEFAULT_INDEX": "https://user:pa55@index.example/simple",
        "UV_INDEX_PRIVATE_PASSWORD": "pa55",
        "UV_INDEX_PRIVATE_USERNAME": "user",
        "UV_PUBLISH_TOKEN": "pa55",
    }
    assert read(app_dir).fingerprint(secret) == plain


def test_kind_of(app_dir: Path) -> None:
    assert read(app_dir).pinning(Resolution(()), "3.13.0", {}) is Pinning.LOCKED
    (app_dir / "libs" / "local" / "local.py").unlink()
    os.mkfifo(app_dir / "libs" / "local" / "pipe")
    assert read(app_dir).pinning(Resolution(()), "3.13.0", {}) is Pinning.LOCKED
    (app_dir / "uv.lock").write_text(LOCK.replace("libs/local", "../gone"))
    assert read(app_dir).pinning(Resolution(()), "3.13.0", {}) is Pinning.UNPROVEN


@pytest.mark.parametrize("required", ["==0.9.1", ">=0.9"])
def test_tool_requirement(app_dir: Path, required: str) -> None:
    assert read(app_dir).tool_requirement is None
    with (app_dir / "pyproject.toml").open("a") as file:
        file.write(f'[tool.uv]\nrequired-version = "{required}"\n')
    assert read(app_dir).tool_requirement == required
    (app_dir / "uv.toml").write_text('required-version = "==1"\n')
    assert read(app_dir).tool_requirement == "==1"


_INSTALL = """\
dist_info = Path(os.environ["UV_PROJECT_ENVIRONMENT"], "lib/python3.13/site-packages/tiny-1.0.dist-info")
dist_info.mkdir(parents=True)
(dist_info / "METADATA").write_text("Name: tiny\\nVersion: 1.0\\n")
(dist_info / "WHEEL").write_text("Tag: py3-none-any\\n")
"""


def test_install(app_dir: Path, tmp_path: Path) -> None:
    settings = {"UV_PYTHON": "3.9", "UV_FROZEN": "1", "UV_NO_BINARY": "1"}
    program, run = tool_run(tmp_path, "uv", _INSTALL, **settings)
    resolution = read(app_dir, BP_GROUPS="docs", BP_EXTRAS="fast").install(run)
    (call,) = program.calls
    assert call.arguments == (
        *("sync", "--locked", "--no-default-groups", "--no-progress", "--no-python-downloads"),
        *("--group", "docs", "--extra", "fast"),
    )
    assert call.directory == app_dir
    assert "UV_FROZEN" not in call.environment
    assert call.environment["UV_NO_BINARY"] == "1"
    assert call.environment["UV_PYTHON"] == str(tmp_path / "venv" / "bin" / "python")
    (tiny,) = resolution.distributions
    assert (tiny.name, tiny.url, tiny.hashes) == ("tiny", URL, (f"sha256:{SHA256}",))


_INSTALL_MISSING = """\
site_packages = Path(os.environ["UV_PROJECT_ENVIRONMENT"], "lib/python3.13/site-packages")
for name in ("clash_b", "clash_a", "tiny"):
    dist_info = site_packages / f"{name}-1.0.dist-info"
    if not dist_info.exists():
        dist_info.mkdir(parents=True)
        file = "tiny.py" if name == "tiny" else "clash.py"
        (dist_info / "RECORD").write_text(f"{file},sha256={name},1")
        (site_packages / file).write_text(name)
"""


def test_install_one_after_the_other_what_has_the_same_files(app_dir: Path, tmp_path: Path) -> None:
    program, run = tool_run(tmp_path, "uv", _INSTALL_MISSING)
    # An environment in which the first one came last.
    site_packages = run.venv_dir / "lib/python3.13/site-packages"
    (site_packages / "clash_a-1.0.dist-info").mkdir(parents=True)
    (site_packages / "clash_a-1.0.dist-info" / "RECORD").write_text("clash.py,sha256=clash_a,1")
    read(app_dir).install(run)
    assert len(program.calls) == 3
    assert (site_packages / "clash.py").read_text() == "clash_a"


@pytest.mark.parametrize(
    ("output", "error"),
    [
        (
            "The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.",
            OutdatedLockError,
        ),
        ("error: Failed to download", ToolFailedError),
    ],
)
def test_install_that_fails(
    app_dir: Path, tmp_path: Path, output: str, error: type[BuildpackError]
) -> None:
    _, run = tool_run(tmp_path, "uv", f"print({output!r})\nsys.exit(2)")
    with pytest.raises(error):
        read(app_dir).install(run)


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"UV_DEFAULT_INDEX": "https://u:secret@mirror.example/simple"}, "UV_DEFAULT_INDEX"),
        ({"UV_INDEX_URL": "https://mirror.example/simple"}, "UV_INDEX_URL"),
        ({"UV_DEFAULT_INDEX": "own=https://u:secret@index.example/simple/"}, None),
        ({"UV_DEFAULT_INDEX": "https://index.example/simple"}, None),
        ({"UV_INDEX": "https://mirror.example/simple"}, None),
        ({"UV_DEFAULT_INDEX": "https://[bad/simple"}, "UV_DEFAULT_INDEX"),
    ],
)
def test_a_lock_of_another_index(
    app_dir: Path, tmp_path: Path, variables: dict[str, str], name: str | None
) -> None:
    output = "The lockfile at `uv.lock` needs to be updated, but `--locked` was provided."
    _, run = tool_run(tmp_path, "uv", f"print({output!r})\nsys.exit(2)")
    with pytest.raises(OutdatedLockError) as raised:
        read(app_dir, **variables).install(run)
    expected = (
        f"{name} is set to another index than those of uv.lock: https://index.example/simple."
    )
    assert (raised.value.detail or "").startswith(expected if name else "")
    assert bool(raised.value.detail) is (name is not None)
    assert "secret" not in str(vars(raised.value))


def test_a_directory_of_wheels_that_the_lock_has_no_hashes_of(app_dir: Path) -> None:
    lock = LOCK.replace("https://index.example/simple", "vendor").replace("url = ", "path = ")
    (app_dir / "uv.lock").write_text(lock)
    (app_dir / "vendor").mkdir()
    wheel = app_dir / "vendor" / "tiny-1.0-py3-none-any.whl"
    seen = []
    for contents in ("1", "2"):
        wheel.write_text(contents)
        seen.append(read(app_dir).fingerprint({})["the contents of vendor"])
    assert "" not in seen
    assert seen[0] != seen[1]


def test_expected(app_dir: Path) -> None:
    found = read(app_dir)
    assert found.expected("3.13.0")["tiny"] == "1.0"
    assert found.lists_all
