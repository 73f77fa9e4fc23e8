from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.failures.causes import (
    NoWheelError,
    ResolutionConflictError,
)
from python_buildpack.package_managers.failures.network import IndexAuthenticationError
from python_buildpack.package_managers.pip.diagnosis import (
    NoMatchingDistributionError,
    PipFailedError,
    RequirementSyntaxError,
)
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pip.report import InvalidReportError
from python_buildpack.package_managers.pip.run import PipInput, install, resolve
from python_buildpack.package_managers.pip.strategy import read_pip_requirements
from python_buildpack.package_managers.protocol import App, ToolRun
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output
from tests.unit.fake_program import Call, FakeProgram, write_fake_program

FIXTURES = Path(__file__).parents[3] / "fixtures"
REPORT = FIXTURES / "pip_report" / "wheels.json"
# Real output of pip 26.3 that failed.
OUTPUT = FIXTURES / "pip_output"

WRITE_REPORT = """\
report = sys.argv[sys.argv.index("--report") + 1]
Path(report).write_text(Path({report!r}).read_text())
"""
# As pip: the second time, it is asked for details.
FAIL = """\
again = "-vvv" in sys.argv
print(Path({detailed!r} if again else {output!r}).read_text(), end="")
sys.exit({again_status} if again else 1)
"""


@dataclass(frozen=True)
class FakePip:
    """A pip with an app beside it; ``log`` is what the build has printed."""

    program: FakeProgram
    run: ToolRun
    app_dir: Path
    log: io.StringIO

    @property
    def calls(self) -> list[Call]:
        return self.program.calls


def fake_pip(root: Path, body: str, environment: Mapping[str, str] | None = None) -> FakePip:
    program = write_fake_program(root / "pip", root / "pip.log", body)
    (root / "app").mkdir()
    (root / "app" / "requirements.txt").write_text("jinja2\ndocopt\n")
    log = io.StringIO()
    run = ToolRun(
        executable=program.path,
        python=Path(sys.executable),
        version="26.3",
        environment={"PATH": "/usr/bin", "PIP_PYTHON": "/layers/venv/bin/python"}
        | dict(environment or {}),
        venv_dir=Path("/layers/venv"),
        cache_dir=Path("/layers/wheels"),
        python_version="3.12.1",
        output=Output(log),
    )
    return FakePip(program, run, root / "app", log)


def reporting_pip(root: Path, **environment: str) -> FakePip:
    return fake_pip(root, WRITE_REPORT.format(report=str(REPORT)), environment)


def failing_pip(root: Path, output: str, detailed: str, again_status: int = 1) -> FakePip:
    body = FAIL.format(
        output=str(OUTPUT / f"{output}.txt"),
        detailed=str(OUTPUT / f"{detailed}.txt"),
        again_status=again_status,
    )
    return fake_pip(root, body)


def asked_of(pip: FakePip) -> PipInput:
    app = App(AppFiles(pip.app_dir), Settings(), {}, PIP)
    return read_pip_requirements(app, ("requirements.txt",)).pip_input


def requirements_of(pip: FakePip) -> tuple[str, ...]:
    return tuple(asked_of(pip).arguments(Path()))


def failure_of(pip: FakePip) -> BuildpackError:
    with pytest.raises(BuildpackError) as caught:
        install(
            asked_of(pip),
            pip.run,
        )
    return caught.value


def test_install(tmp_path: Path) -> None:
    pip = reporting_pip(tmp_path)
    resolution = install(asked_of(pip), pip.run)
    assert resolution.versions == {"docopt": "0.6.2", "jinja2": "3.1.6", "markupsafe": "3.0.4"}
    (call,) = pip.calls
    report = call.arguments[3]
    assert call.arguments == (
        *("install", "--no-compile", "--report", report, "--no-input", "--progress-bar", "raw"),
        *("--cache-dir", "/layers/wheels", *requirements_of(pip)),
    )
    assert call.directory == pip.app_dir
    assert not Path(report).exists()


def test_install_environment(tmp_path: Path) -> None:
    pip = reporting_pip(tmp_path, CFLAGS="-O3", PIP_ROOT_USER_ACTION="warn")
    install(asked_of(pip), pip.run)
    environment = pip.calls[0].environment
    assert {
        "PATH": "/usr/bin",
        "PIP_PYTHON": "/layers/venv/bin/python",
        "SOURCE_DATE_EPOCH": "315532801",
        "PYTHONHASHSEED": "0",
        "CFLAGS": "-O3",
        "CXXFLAGS": "-g0",
        "PIP_ROOT_USER_ACTION": "ignore",
    }.items() <= environment.items()


def test_resolve(tmp_path: Path) -> None:
    pip = reporting_pip(tmp_path)
    requirements = asked_of(pip)
    resolution = resolve(requirements, pip.run)
    assert list(resolution.versions) == ["docopt", "jinja2", "markupsafe"]
    (call,) = pip.calls
    assert call.arguments[:5] == (
        *("install", "--dry-run", "--ignore-installed", "--quiet", "--src"),
    )
    assert "PIP_PYTHON" not in call.environment


def test_resolve_clones_where_nothing_stays(tmp_path: Path) -> None:
    body = """\
clones = sys.argv[sys.argv.index("--src") + 1]
item = {
    "metadata": {"name": "tiny", "version": "1"},
    "download_info": {"url": "file://%s/tiny" % clones, "dir_info": {"editable": True}},
}
Path(clones, "tiny").mkdir()
report = sys.argv[sys.argv.index("--report") + 1]
Path(report).write_text(json.dumps({"version": "1", "install": [item]}))
"""
    pip = fake_pip(tmp_path, body)
    (tiny,) = resolve(asked_of(pip), pip.run).distributions
    assert tiny.url == "file:///layers/venv/src/tiny"
    clones = Path(pip.calls[0].arguments[5])
    assert not clones.is_relative_to(pip.app_dir)
    assert not clones.exists()


def test_install_shows_what_pip_prints_but_not_each_chunk(tmp_path: Path) -> None:
    body = """\
print("Collecting jinja2")
print("Progress 0 of 100")
print("Progress 100 of 100")
print("Progress unknown of 100")
print("Looking in indexes: https://user:pa55@index.example/simple")
"""
    pip = fake_pip(tmp_path, body + WRITE_REPORT.format(report=str(REPORT)))
    install(asked_of(pip), pip.run)
    assert pip.log.getvalue().splitlines() == [
        "    Collecting jinja2",
        "    Looking in indexes: https://****@index.example/simple",
    ]


def test_install_report_of_another_form(tmp_path: Path) -> None:
    junk = tmp_path / "junk.json"
    junk.write_text("{}")
    pip = fake_pip(tmp_path, WRITE_REPORT.format(report=str(junk)))
    assert isinstance(failure_of(pip), InvalidReportError)


@pytest.mark.parametrize(
    ("detailed", "expected"),
    [
        ("verbose_status_401_pip_263", IndexAuthenticationError),
        ("verbose_only_other_wheels_pip_263", NoWheelError),
        ("verbose_status_404_pip_263", NoMatchingDistributionError),
    ],
)
def test_install_asks_again_where_pip_found_nothing(
    tmp_path: Path, detailed: str, expected: type[BuildpackError]
) -> None:
    pip = failing_pip(tmp_path, "page_401_quiet_pip_263", detailed)
    assert isinstance(failure_of(pip), expected)
    first, second = pip.calls
    assert second.arguments == (
        *(*first.arguments[:4], "--dry-run", "-vvv"),
        *first.arguments[4:],
    )
    assert (second.directory, second.environment) == (first.directory, first.environment)
    quiet = (OUTPUT / "page_401_quiet_pip_263.txt").read_text()
    assert pip.log.getvalue().splitlines() == [f"    {line}" for line in quiet.splitlines()]


def test_resolve_asks_again_where_pip_found_nothing(tmp_path: Path) -> None:
    pip = failing_pip(tmp_path, "page_401_quiet_pip_263", "verbose_status_401_pip_263")
    requirements = asked_of(pip)
    with pytest.raises(IndexAuthenticationError):
        resolve(requirements, pip.run)
    # pip takes --quiet from -v: only what is left of two tells why an index was passed over.
    assert {"--quiet", "-vvv", "--dry-run"} <= {*pip.calls[1].arguments}


@pytest.mark.parametrize(
    ("detailed", "status"),
    [
        pytest.param("page_401_quiet_pip_263", 0, id="this time, it would have worked"),
        pytest.param("conflict_pip_263", 2, id="a conflict"),
    ],
)
def test_install_that_would_work_the_second_time(
    tmp_path: Path, detailed: str, status: int
) -> None:
    pip = failing_pip(tmp_path, "page_401_quiet_pip_263", detailed, status)
    expected = NoMatchingDistributionError if status == 0 else ResolutionConflictError
    assert isinstance(failure_of(pip), expected)
    assert len(pip.calls) == 2


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("no_version_pip_263", NoMatchingDistributionError),
        ("conflict_pip_263", ResolutionConflictError),
    ],
)
def test_install_asks_once_where_pip_has_told(
    tmp_path: Path, output: str, expected: type[BuildpackError]
) -> None:
    pip = failing_pip(tmp_path, output, "verbose_status_401_pip_263")
    assert isinstance(failure_of(pip), expected)
    assert len(pip.calls) == 1


def test_install_unknown_failure(tmp_path: Path) -> None:
    pip = fake_pip(tmp_path, "print('Oh no'); sys.exit(3)")
    error = failure_of(pip)
    assert isinstance(error, PipFailedError)
    assert error.exit_status == 3


def test_install_of_what_only_a_directory_of_the_app_has_names_the_setting(tmp_path: Path) -> None:
    pip = failing_pip(tmp_path, "unknown_name_pip_263", "unknown_name_pip_263")
    (pip.app_dir / "wheels").mkdir()
    (pip.app_dir / "wheels" / "nosuchpkg-1.0-py3-none-any.whl").touch()
    body = message_for(failure_of(pip)).body
    assert "    wheels/nosuchpkg-1.0-py3-none-any.whl\n" in body
    assert "BP_FIND_LINKS=wheels" in body


@pytest.mark.parametrize(
    ("required_by", "cure"),
    [
        ("", 'pywin32; sys_platform == "win32"'),
        ("pypiwin32", "a version of pypiwin32"),
    ],
)
def test_message_of_a_distribution_for_windows_alone(required_by: str, cure: str) -> None:
    error = NoMatchingDistributionError("pywin32>=223", required_by, (), (), "3.13.0")
    body = message_for(error).body
    assert body.startswith("pywin32 is for Windows only.")
    assert cure in body


# As pip names the file of a line.
SHOW_SOURCE = """\
file = sys.argv[sys.argv.index("--requirement") + 1]
print(f"Collecting tiny==1.0 (from -r {file} (line 1))")
print(f"ERROR: Invalid requirement: 'tiny=': nothing fits (from line 1 of {file})")
sys.exit(1)
"""


def test_install_from_a_lock_names_the_lock_and_no_temporary_file(tmp_path: Path) -> None:
    pip = fake_pip(tmp_path, SHOW_SOURCE)
    requirements = PipInput(pip.app_dir, "Pipfile.lock", text="tiny==1.0\n")
    with pytest.raises(RequirementSyntaxError) as caught:
        install(requirements, pip.run)
    assert caught.value.file == "Pipfile.lock"
    assert pip.log.getvalue().splitlines()[0] == ("    Collecting tiny==1.0 (from -r Pipfile.lock)")
