from __future__ import annotations

import io
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.lock import pylock
from python_buildpack.package_managers.lock.dependencies import (
    LockDependencies,
    MixedHashesError,
    UnsuitableLockError,
)
from python_buildpack.package_managers.lock.managers import PYLOCK
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    UnknownNamesError,
    UnsupportedLockVersionError,
)
from python_buildpack.package_managers.protocol import App, ToolRun
from python_buildpack.system.output import Output
from tests.unit.fake_program import FakeProgram, write_fake_program
from tests.unit.package_managers.lock.pylock_files import COMMIT, HEAD, HOST, WHEELS, WHOLE, A, B, C


def read(
    directory: Path, text: str, *, groups: tuple[str, ...] = (), extras: tuple[str, ...] = ()
) -> LockDependencies:
    (directory / "pylock.toml").write_text(text, encoding="utf-8")
    app = App(AppFiles(directory), Settings(groups=groups, extras=extras), {}, PYLOCK)
    return pylock.read(app, "pylock.toml")


def lines_of(dependencies: LockDependencies, python_version: str = "3.13.1") -> list[str]:
    return dependencies.requirements(python_version).splitlines()


def line_of(directory: Path, package: str) -> str:
    (line,) = lines_of(read(directory, f"{HEAD}[[packages]]\n{package}"))
    return line


def test_read(tmp_path: Path) -> None:
    dependencies = read(tmp_path, WHOLE)
    assert (dependencies.manager, dependencies.manager.tool) == (PYLOCK, "pip")
    assert (dependencies.display_name, dependencies.is_empty) == ("pylock.toml", False)
    (source,) = dependencies.version_sources
    assert (source.name, source.line, source.text) == ("pylock.toml (requires-python)", 4, ">=3.11")


def test_read_empty(tmp_path: Path) -> None:
    dependencies = read(tmp_path, f"{HEAD}packages = []")
    assert dependencies.is_empty
    assert dependencies.requirements("3.13.1") == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('created-by = "x"\npackages = []', "lock-version: Missing required value"),
        (f'{HEAD}packages = "x"', "packages: Unexpected type str (expected Sequence)"),
        (
            f"{HEAD}[[packages]]\nname = 'x'\nmarker = 'y'\ndirectory.path = '.'",
            "packages[0].marker: Expected a marker variable or quoted string",
        ),
        (
            f"{HEAD}[[packages]]\nname = 'x'\narchive = {{ url = '{HOST}', hashes.md5 = 'a' }}",
            "packages[0] (x): a file has no hash that pip knows (sha256, sha512, sha384)",
        ),
        (
            (
                f"{HEAD}[[packages]]\nname = 'x'\n"
                f"archive = {{ url = '{HOST}', hashes.sha256 = 'a --index-url=x' }}"
            ),
            "packages[0] (x): a file has no hash that pip knows (sha256, sha512, sha384)",
        ),
        (
            f"{HEAD}[[packages]]\nname = 'x'\narchive = {{ url = 'x', hashes.sha256 = 'a' }}",
            "packages[0] (x): x is not a URL",
        ),
        (
            (
                f"{HEAD}[[packages]]\nname = 'x'\n"
                "vcs = { type = 'cvs', url = 'https://x', commit-id = 'a' }"
            ),
            "packages[0] (x): pip knows no cvs repositories at https://x",
        ),
        (
            f'{HEAD}[[packages]]\nname = "x"\ndirectory.path = "\\u0000"',
            "packages[0] (x): a path has a NUL character",
        ),
        (
            (
                f"{HEAD}[[packages]]\nname = 'x'\nversion = '1'\nwheels = ["
                + f"{{ url = '{HOST}/x-1-py3-none-any.whl', hashes.sha256 = '{A}' }},\n" * 1001
                + "]"
            ),
            "packages[0] (x): it has 1001 files; there can be 1000",
        ),
    ],
)
def test_read_invalid(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidLockError) as error:
        read(tmp_path, text)
    assert error.value.problem.startswith(problem)


def test_read_future_version(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedLockVersionError) as error:
        read(tmp_path, WHOLE.replace('"1.0"', '"2.0"', 1))
    assert (error.value.version, error.value.supported) == ("2.0", "1")


@pytest.mark.parametrize(
    ("setting", "known"), [("groups", ("Dev_Tools", "base", "base")), ("extras", ("color",))]
)
def test_read_unknown_names(tmp_path: Path, setting: str, known: tuple[str, ...]) -> None:
    with pytest.raises(UnknownNamesError) as error:
        read(tmp_path, WHOLE, **{setting: ("nope",)})
    assert (error.value.unknown, error.value.known) == (("nope",), known)
    assert error.value.setting == f"BP_{setting.upper()}"


def test_requirements_of_files_and_of_what_has_no_hash(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE).requirements("3.13.1") == (
        "--no-require-hashes\n"
        f"flask==3.1.3 --hash=sha256:{A} --hash=sha256:{B}\nclick==8.2.0 --hash=sha512:{C}\n"
        f"tool @ git+https://git.example/tool.git@{COMMIT}\n--editable {tmp_path.as_uri()}\n"
    )
    assert "--no-require-hashes" not in lines_of(read(tmp_path, HEAD + WHEELS))


def test_requirements_by_python_extras_and_groups(tmp_path: Path) -> None:
    def names(python_version: str = "3.11.7", **chosen: tuple[str, ...]) -> list[str]:
        lines = lines_of(read(tmp_path, WHOLE, **chosen), python_version)
        return [line.partition(" ")[0].partition("=")[0] for line in lines[1:-1]]

    assert names() == ["flask", "click"]
    assert names("3.12.0") == ["flask", "click", "tool"]
    assert names(groups=("dev-tools",)) == ["flask", "click", "black"]
    assert names(extras=("color",)) == ["flask", "click", "colors"]


def wheel(name: str, source: str = "") -> str:
    url = f"{HOST}/{name}-py3-none-any.whl"
    return f"{source}\nwheels = [{{ url = '{url}', hashes.sha256 = '{A}' }}]\n"


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("name = 'x'" + wheel("x-1.0"), f"x==1.0 --hash=sha256:{A}"),
        (
            "name = 'x'" + wheel("x-1.0").replace(HOST, "file:///wheels"),
            f"x==1.0 --hash=sha256:{A}",
        ),
        (
            "name = 'x'" + wheel("x-1.0%2Bcpu"),
            f"x @ {HOST}/x-1.0%2Bcpu-py3-none-any.whl --hash=sha256:{A}",
        ),
        (
            f"name = 'x'\nsdist = {{ path = 'd d/x-1.0.tar.gz', hashes.sha256 = '{A}' }}",
            f"x @ {{app}}/d%20d/x-1.0.tar.gz --hash=sha256:{A}",
        ),
        (
            (
                f"name = 'x'\narchive = {{ url = '{HOST}/a b;c${{D}}\\e.zip#f', hashes.sha256 = '{A}',"
                " subdirectory = 'p' }"
            ),
            f"x @ {HOST}/a%20b%3Bc$%7BD%7D%5Ce.zip#subdirectory=p --hash=sha256:{A}",
        ),
        ("name = 'x'\ndirectory = { path = 'a', subdirectory = 'b' }", "x @ {app}/a/b"),
        (
            "name = 'x'\nvcs = { type = 'git', path = 'repo', commit-id = 'abc' }",
            "x @ git+{app}/repo@abc",
        ),
        (
            (
                "name = 'x'\nvcs = { type = 'git', url = 'git@git.example:a/b.git', commit-id = 'abc',"
                " subdirectory = 'p' }"
            ),
            "x @ git+ssh://git@git.example/a/b.git@abc#subdirectory=p",
        ),
    ],
)
def test_requirement_line(tmp_path: Path, package: str, line: str) -> None:
    assert line_of(tmp_path, package) == line.replace("{app}", tmp_path.as_uri())


def test_wheels_of_a_free_threaded_build(tmp_path: Path) -> None:
    file = f"url = '{HOST}/x-1-cp314-cp314t-linux_x86_64.whl', hashes.sha256 = '{A}'"
    wheels = f"name = 'x'\nversion = '1'\nwheels = [{{ {file} }}]"
    dependencies = read(tmp_path, f"{HEAD}[[packages]]\n{wheels}")
    assert lines_of(dependencies, "3.14.2+freethreaded") == [f"x==1 --hash=sha256:{A}"]
    with pytest.raises(UnsuitableLockError, match=r"3\.14\.2"):
        lines_of(dependencies, "3.14.2")


def test_requirements_of_a_second_index_by_url(tmp_path: Path) -> None:
    other = "\n[[packages]]\nname = 'x'\nindex = 'https://other.example'" + wheel("x-1.0")
    *_, line = lines_of(read(tmp_path, HEAD + WHEELS + other))
    assert line == f"x @ {HOST}/x-1.0-py3-none-any.whl --hash=sha256:{A}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"requires-python = '>=3.14'\n{WHEELS}", "does not satisfy the Python version"),
        (f"environments = ['sys_platform == \"win32\"']\n{WHEELS}", "does not satisfy any of the"),
        (
            (
                "[[packages]]\nname = 'x'\nwheels = [{ url = "
                f"'{HOST}/x-1-cp312-cp312-any.whl', hashes.sha256 = '{A}' }}]"
            ),
            "No wheel found matching the provided tags for package 'x' at packages[0]",
        ),
        ("[[packages]]\nname = 'x'\nmarker = 'extra == \"a\"'\ndirectory.path = '.'", "extra"),
    ],
)
def test_requirements_of_another_platform_or_python(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(UnsuitableLockError) as error:
        read(tmp_path, HEAD + text).requirements("3.13.1")
    assert problem in error.value.problem
    assert error.value.python_version == "3.13.1"


def test_inputs_change_with_what_matters(tmp_path: Path) -> None:
    def inputs(text: str, environment: dict[str, str] | None = None) -> dict[str, str]:
        return read(tmp_path, text).fingerprint(environment or {})

    lock = HEAD + WHEELS
    first = inputs(lock)
    assert inputs(f"# comment\n{lock.replace('test', 'other')}\n[tool.x]\ny = 1970-01-01") == first
    changed = [
        inputs(lock.replace(A, B)),
        inputs(f"dependency-groups = ['a']\n{lock}"),
        inputs(lock, {"PIP_INDEX_URL": "https://index.example"}),
    ]
    assert first not in changed
    chosen = read(tmp_path, WHOLE, groups=("dev-tools",))
    assert chosen.fingerprint({}) != inputs(WHOLE)


def test_inputs_have_the_contents_of_local_projects(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    lock = f"{HEAD}[[packages]]\nname = 'x'\ndirectory.path = 'lib'"
    before = read(tmp_path, lock).fingerprint({})
    (tmp_path / "lib" / "x.py").touch()
    after = read(tmp_path, lock).fingerprint({})
    changed = {name for name, value in after.items() if before[name] != value}
    assert changed == {"the contents of lib"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (WHEELS, Pinning.LOCKED),
        ("[[packages]]\nname = 'x'\ndirectory.path = '.'", Pinning.LOCKED),
        ("[[packages]]\nname = 'x'\ndirectory.path = 'missing'", Pinning.UNPROVEN),
        (
            (
                "[[packages]]\nname = 'x'\n"
                f"vcs = {{ type = 'git', url = 'https://x', commit-id = '{COMMIT}' }}"
            ),
            Pinning.LOCKED,
        ),
        (
            (
                "[[packages]]\nname = 'x'\n"
                "vcs = { type = 'git', url = 'https://x', commit-id = 'main' }"
            ),
            Pinning.UNPROVEN,
        ),
    ],
)
def test_kind_of(tmp_path: Path, text: str, kind: Pinning) -> None:
    dependencies = read(tmp_path, HEAD + text)
    assert dependencies.pinning(Resolution(()), "3.13.1", {}) is kind
    constraint = {"PIP_CONSTRAINT": "constraints.txt"}
    assert dependencies.pinning(Resolution(()), "3.13.1", constraint) is Pinning.UNPROVEN


FAKE_PIP = """\
requirements = Path(sys.argv[sys.argv.index("--requirement") + 1]).read_text()
Path({log!r}).open("a").write(requirements)
info = {{"url": "https://x", "archive_info": {{}}}}
item = {{"metadata": {{"name": "x", "version": "1"}}, "download_info": info}}
report = {{"version": "1", "install": [item]}}
Path(sys.argv[sys.argv.index("--report") + 1]).write_text(json.dumps(report))
"""


@dataclass(frozen=True)
class PipRun:
    """An app with a lock, and a pip that notes what it is asked for."""

    dependencies: LockDependencies
    program: FakeProgram
    run: ToolRun
    asked: Path


@pytest.fixture
def pip_run(tmp_path: Path) -> PipRun:
    asked = tmp_path / "asked.log"
    program = write_fake_program(
        tmp_path / "pip", tmp_path / "pip.log", FAKE_PIP.format(log=str(asked))
    )
    (tmp_path / "app").mkdir()
    dependencies = read(tmp_path / "app", WHOLE)
    output = Output(io.StringIO())
    cache_dir, venv_dir = tmp_path / "cache", tmp_path / "venv"
    environment = {"PATH": "/usr/bin"}
    python = Path(sys.executable)
    run = ToolRun(program.path, python, "26.3", environment, venv_dir, cache_dir, "3.13.1", output)
    return PipRun(dependencies, program, run, asked)


def test_install_runs_pip_once(pip_run: PipRun) -> None:
    dependencies = pip_run.dependencies
    resolution = dependencies.install(pip_run.run)
    assert resolution.versions == {"x": "1"}
    assert pip_run.asked.read_text().splitlines() == lines_of(dependencies)
    assert [call.arguments.count("--no-deps") for call in pip_run.program.calls] == [1]
    assert dependencies.advice(resolution, "3.13.1") is None


def test_install_with_a_pip_that_cannot_check_some_hashes(pip_run: PipRun) -> None:
    with pytest.raises(MixedHashesError) as caught:
        pip_run.dependencies.install(replace(pip_run.run, version="26.1"))
    assert pip_run.program.calls == []
    message = message_for(caught.value)
    assert message.heading == "pip 26.1 can't check the hashes of pylock.toml"
    assert "set it to 26.2 or newer" in message.body


def test_message_of_a_lock_that_is_not_for_here() -> None:
    message = message_for(UnsuitableLockError("pylock.toml", "3.13.1", "No wheel found"))
    assert message.heading == "pylock.toml can't be installed here"
    assert "No wheel found." in message.body.splitlines()
