from __future__ import annotations

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
from python_buildpack.package_managers.poetry import strategy as poetry
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.poetry.strategy import (
    NoPackageToInstallError,
    PoetryDependencies,
)
from python_buildpack.package_managers.protocol import App
from python_buildpack.system.errors import BuildpackError
from tests.unit.package_managers.poetry.poetry_locks import FILE, LOCK
from tests.unit.package_managers.tool_runs import tool_run

PYPROJECT = """\
[dependency-groups]
lint = []

[tool.poetry]
package-mode = false
extras = { fast = ["tiny"] }

[tool.poetry.dependencies]
python = "^3.10"

[tool.poetry.group.docs.dependencies]
tiny = "*"
"""


@pytest.fixture
def app_dir(tmp_path: Path) -> Path:
    app = tmp_path / "app"
    (app / "libs" / "local").mkdir(parents=True)
    (app / "libs" / "local" / "local.py").write_text("x = 1\n")
    (app / "poetry.lock").write_text(LOCK)
    (app / "pyproject.toml").write_text(PYPROJECT)
    return app


def read(app_dir: Path, **variables: str) -> PoetryDependencies:
    return poetry.read(
        App(AppFiles(app_dir), parse_settings(variables), variables, POETRY), "poetry.lock"
    )


def test_read(app_dir: Path) -> None:
    dependencies = read(app_dir, BP_GROUPS="docs,lint", BP_EXTRAS="Fast")
    assert (dependencies.groups, dependencies.extras) == (("docs", "lint"), ("fast",))
    assert [(each.name, each.local) for each in dependencies.packages] == [
        ("tiny", None),
        ("local", "libs/local"),
    ]
    (source,) = dependencies.version_sources
    assert (source.name, source.line, source.text) == ("pyproject.toml (python)", 9, "^3.10")


OLD_LOCK = f"""\
[[package]]
name = "tiny"
version = "1.0"

[[package]]
name = "tiny"
version = "2.0"

[metadata]
lock-version = "1.1"
content-hash = "{"c" * 64}"

[metadata.files]
tiny = [
    {{file = "tiny-2.0-py3-none-any.whl", hash = "sha256:{"b" * 64}"}},
    {{file = "{FILE}", hash = "sha256:{"a" * 64}"}},
]
"""


def test_read_a_lock_with_all_files_at_its_end(app_dir: Path) -> None:
    (app_dir / "poetry.lock").write_text(OLD_LOCK)
    first, second = read(app_dir).packages
    assert first.artifacts == ((FILE, f"sha256:{'a' * 64}"),)
    assert second.artifacts == (("tiny-2.0-py3-none-any.whl", f"sha256:{'b' * 64}"),)
    assert first.is_hashed
    assert second.is_hashed


def test_read_a_project_that_is_a_package(app_dir: Path) -> None:
    (app_dir / "pyproject.toml").write_text(PYPROJECT.replace("package-mode = false\n", ""))
    assert read(app_dir).packages[-1].local == "."


@pytest.mark.parametrize(
    ("name", "code", "is_installed"),
    [
        ("my.Shop", None, False),
        ("my.Shop", "my_shop", True),
        ("my.Shop", "my_shop.py", True),
        ("my.Shop", "src/my_shop", True),
        ("my.Shop", "src/my_shop.py", True),
        ("my.Shop", "shop", False),
    ],
)
def test_read_a_project_by_whether_it_has_code_of_its_name(
    app_dir: Path, name: str, code: str | None, *, is_installed: bool
) -> None:
    if code is not None:
        path = app_dir / code
        path.mkdir(parents=True)
        if code.endswith(".py"):
            path.rmdir()
            path.touch()
    text = PYPROJECT.replace("package-mode = false\n", f'name = "{name}"\n')
    (app_dir / "pyproject.toml").write_text(text)
    dependencies = read(app_dir)
    assert ("--no-root" not in dependencies.arguments) == is_installed
    assert (dependencies.packages[-1].local == ".") == is_installed
    if is_installed:
        assert dependencies.notices == ()
    else:
        (notice,) = dependencies.notices
        assert "it has no package my_shop" in notice
        assert "package-mode = false" in notice


def test_the_name_of_a_project_that_no_terminal_should_see(app_dir: Path) -> None:
    text = PYPROJECT.replace("package-mode = false\n", 'name = "a\\u001b[2J"\n')
    (app_dir / "pyproject.toml").write_text(text)
    (notice,) = read(app_dir).notices
    assert notice.isprintable()


@pytest.mark.parametrize("table", ['packages = [{ include = "x" }]', 'build = "build.py"'])
def test_read_a_project_that_says_what_its_code_is(app_dir: Path, table: str) -> None:
    text = PYPROJECT.replace("package-mode = false\n", f'name = "shop"\n{table}\n')
    (app_dir / "pyproject.toml").write_text(text)
    assert "--no-root" not in read(app_dir).arguments


@pytest.mark.parametrize(
    ("variables", "setting", "known"),
    [
        ({"BP_GROUPS": "tests"}, "BP_GROUPS", ("docs", "lint")),
        ({"BP_EXTRAS": "slow"}, "BP_EXTRAS", ("fast",)),
    ],
)
def test_read_unknown_names(
    app_dir: Path, variables: dict[str, str], setting: str, known: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownNamesError) as caught:
        read(app_dir, **variables)
    assert (caught.value.setting, caught.value.known) == (setting, known)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (LOCK.replace("2.1", "3.0"), UnsupportedLockVersionError),
        ("", InvalidLockError),
        ("metadata = 1\n", InvalidLockError),
        (LOCK.replace("[[package]]", "[package]", 1), BuildpackError),
        (LOCK.replace('version = "1.0"', "version = 1"), InvalidLockError),
        (LOCK.replace("files = []", "files = [1]"), InvalidLockError),
        (LOCK[:200], BuildpackError),
    ],
)
def test_read_a_lock_of_another_form(app_dir: Path, text: str, error: type[BuildpackError]) -> None:
    (app_dir / "poetry.lock").write_text(text)
    with pytest.raises(error):
        read(app_dir)


def test_read_a_pyproject_alone(app_dir: Path) -> None:
    app = App(AppFiles(app_dir), parse_settings({}), {}, POETRY)
    with pytest.raises(MissingLockError) as caught:
        poetry.read(app, "pyproject.toml")
    assert (caught.value.lock, caught.value.command) == ("poetry.lock", "poetry lock")


def test_inputs_change_with_what_poetry_reads(app_dir: Path) -> None:
    before = read(app_dir).fingerprint({})
    assert {"poetry.lock", "pyproject.toml", "the contents of libs/local"} < set(before)
    (app_dir / "main.py").write_text("")
    ignored = {
        "POETRY_CACHE_DIR": "/tmp",  # noqa: S108 - nothing is written there
        "POETRY_VIRTUALENVS_CREATE": "true",
        "POETRY_HTTP_BASIC_PRIVATE_PASSWORD": "pa55",
    }
    assert read(app_dir).fingerprint(ignored) == before
    changes = [
        read(app_dir).fingerprint({"POETRY_INSTALLER_NO_BINARY": "tiny"}),
        read(app_dir, BP_GROUPS="docs").fingerprint({}),
        read(app_dir, BP_EXTRAS="fast").fingerprint({}),
    ]
    (app_dir / "poetry.toml").write_text("[installer]\nno-binary = ['tiny']\n")
    changes.append(read(app_dir).fingerprint({}))
    (app_dir / "libs" / "local" / "local.py").write_text("x = 2\n")
    changes.append(read(app_dir).fingerprint({}))
    assert all(each != before for each in changes)


@pytest.mark.parametrize(
    ("required", "specifiers"),
    [
        ("^2.0", "<3,>=2.0"),
        ("~2.1", "<2.2,>=2.1"),
        ("2.*", "==2.*"),
        ("2.1.3", "==2.1.3"),
        (">=1.8", ">=1.8"),
        ("latest", "latest"),
        ("*", None),
        ("", None),
        ("^1.8 || ^2.1", None),
    ],
)
def test_tool_requirement(app_dir: Path, required: str, specifiers: str | None) -> None:
    assert read(app_dir).tool_requirement is None
    text = PYPROJECT.replace("[tool.poetry]\n", f'[tool.poetry]\nrequires-poetry = "{required}"\n')
    (app_dir / "pyproject.toml").write_text(text)
    assert read(app_dir).tool_requirement == specifiers


def test_kind_of(app_dir: Path) -> None:
    assert read(app_dir).pinning(Resolution(()), "3.13.0", {}) is Pinning.LOCKED
    (app_dir / "poetry.lock").write_text(LOCK.replace("libs/local", "../gone"))
    assert read(app_dir).pinning(Resolution(()), "3.13.0", {}) is Pinning.UNPROVEN


_INSTALL = """\
dist_info = Path(os.environ["VIRTUAL_ENV"], "lib/python3.13/site-packages/tiny-1.0.dist-info")
dist_info.mkdir(parents=True)
(dist_info / "METADATA").write_text("Name: tiny\\nVersion: 1.0\\n")
(dist_info / "WHEEL").write_text("Tag: py3-none-any\\n")
"""


def test_install(app_dir: Path, tmp_path: Path) -> None:
    settings = {"POETRY_VIRTUALENVS_IN_PROJECT": "true", "SSL_CERT_FILE": "/etc/own.pem"}
    program, run = tool_run(tmp_path, "poetry", _INSTALL, **settings)
    resolution = read(app_dir, BP_GROUPS="docs", BP_EXTRAS="fast").install(run)
    (call,) = program.calls
    assert call.arguments == (
        *("sync", "--no-interaction", "--no-ansi", "--only", "main,docs", "--extras", "fast"),
    )
    assert call.directory == app_dir
    assert "POETRY_VIRTUALENVS_IN_PROJECT" not in call.environment
    assert call.environment["POETRY_VIRTUALENVS_CREATE"] == "false"
    assert call.environment["REQUESTS_CA_BUNDLE"] == "/etc/own.pem"
    (tiny,) = resolution.distributions
    assert (tiny.name, tiny.url, tiny.hashes) == ("tiny", FILE, (f"sha256:{'a' * 64}",))


@pytest.mark.parametrize(
    ("output", "error"),
    [
        (
            "pyproject.toml changed significantly since poetry.lock was last generated. Run ...",
            OutdatedLockError,
        ),
        ("Error: No file/folder found for package shop", NoPackageToInstallError),
        ("Unable to find installation candidates", ToolFailedError),
    ],
)
def test_install_that_fails(
    app_dir: Path, tmp_path: Path, output: str, error: type[BuildpackError]
) -> None:
    _, run = tool_run(tmp_path, "poetry", f"print({output!r})\nsys.exit(1)")
    with pytest.raises(error):
        read(app_dir).install(run)
