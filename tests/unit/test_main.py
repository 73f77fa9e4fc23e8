from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from python_buildpack import __version__, main
from python_buildpack.app.checks import BreakingVariablesError
from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.exit_codes import ExitCode
from python_buildpack.messages.links import HOMEPAGE
from python_buildpack.system.output import Output


@pytest.fixture(autouse=True)
def umask_077() -> Iterator[None]:
    """What a platform may have set; what a build sets is undone."""
    old = os.umask(0o077)
    yield
    os.umask(old)


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directories and variables that the lifecycle gives; the app is empty."""
    for name in ("app", "buildpacks/own/1.0", "layers", "platform"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("build-plan.toml", "plan.toml"):
        (tmp_path / name).touch()
    for name in os.environ:
        monkeypatch.delenv(name)
    variables = {
        "PATH": "/usr/bin:/bin",
        "CNB_BUILDPACK_DIR": tmp_path / "buildpacks/own/1.0",
        "CNB_PLATFORM_DIR": tmp_path / "platform",
        "CNB_BUILD_PLAN_PATH": tmp_path / "build-plan.toml",
        "CNB_BP_PLAN_PATH": tmp_path / "plan.toml",
        "CNB_LAYERS_DIR": tmp_path / "layers",
        "CNB_TARGET_OS": "linux",
        "CNB_TARGET_ARCH": "amd64",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.chdir(tmp_path / "app")
    return tmp_path


def test_detect_main_passes(platform: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (platform / "app" / "main.py").touch()
    assert main.detect_main() == ExitCode.PASS
    assert 'name = "python"' in (platform / "build-plan.toml").read_text()
    assert capsys.readouterr() == ("", "")


def test_detect_main_fails(platform: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.detect_main() == ExitCode.FAIL
    assert capsys.readouterr().out.startswith("No Python project found. Looked for: ")
    assert (platform / "build-plan.toml").read_text() == ""


@pytest.mark.parametrize("name", ["CNB_BUILDPACK_DIR", "CNB_BUILD_PLAN_PATH", "CNB_TARGET_ARCH"])
@pytest.mark.usefixtures("platform")
def test_detect_main_without_a_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.delenv(name)
    assert main.detect_main() == ExitCode.ERROR
    assert capsys.readouterr().out.startswith(f"\nError: The platform didn't set {name}\n")


@pytest.mark.usefixtures("platform")
def test_detect_main_with_wrong_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the build's to explain, and nobody's where there is no Python project."""
    monkeypatch.setenv("BP_PIP_AT_LAUNCH", "maybe")
    assert main.detect_main() == ExitCode.FAIL


def test_detect_main_on_a_full_disk(
    platform: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    (platform / "app" / "main.py").touch()
    monkeypatch.setenv("CNB_BUILD_PLAN_PATH", "/dev/full")
    assert main.detect_main() == ExitCode.ERROR
    assert capsys.readouterr().out.startswith("\nError: No space left on the device\n")


def test_detect_main_with_a_plan_that_can_not_be_written(
    platform: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (platform / "app" / "main.py").touch()
    (platform / "build-plan.toml").unlink()
    (platform / "build-plan.toml").mkdir()
    assert main.detect_main() == ExitCode.ERROR
    out = capsys.readouterr().out
    assert out.startswith("\nError: A file can't be read or written\n")
    assert f"File: {platform}/build-plan.toml\n  Problem: Is a directory\n" in out


def test_build_main_begins_with_its_version_and_names_every_variable(
    platform: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (platform / "app" / "main.py").touch()
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET"):
        monkeypatch.setenv(name, "/elsewhere")
    assert main.build_main() == ExitCode.ERROR
    out = capsys.readouterr().out
    assert out.startswith(f"Python Buildpack {__version__}\n\nError: ")
    assert out.count("Error: ") == 1
    assert all(f"  {name}: " in out for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET"))
    assert [path.name for path in (platform / "layers").iterdir()] == []


def test_build_main_with_a_plan_that_is_none(
    platform: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (platform / "plan.toml").write_text("[[entries")
    assert main.build_main() == ExitCode.ERROR
    out = capsys.readouterr().out
    assert "Error: Invalid file from the platform\n" in out
    assert f"File: {platform}/plan.toml\n" in out


def test_build_main_sets_the_modes_that_are_exported(platform: Path) -> None:
    (platform / "layers").chmod(0o700)
    main.build_main()
    (platform / "file").touch()
    (platform / "directory").mkdir()
    modes = {
        name: (platform / name).stat().st_mode & 0o777 for name in ("layers", "file", "directory")
    }
    assert modes == {"layers": 0o755, "file": 0o644, "directory": 0o755}


@pytest.mark.usefixtures("platform")
def test_build_main_without_its_layers_directory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNB_LAYERS_DIR", "/no/such/directory")
    assert main.build_main() == ExitCode.ERROR
    out = capsys.readouterr().out
    assert "Error: A file can't be read or written\n  File: /no/such/directory\n" in out


def run(error: BaseException) -> int:
    """Run a phase that raises ``error``."""

    def phase(_environment: Mapping[str, str], output: Output) -> ExitCode:
        output.line("at work")
        raise error

    return main._run(phase)


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        (BreakingVariablesError(("PIP_USER",)), "Environment variables that would break the build"),
        (
            InvalidDocumentError("plan.toml", "is none"),
            "Invalid file from the platform",
        ),
        (OSError(errno.ENOSPC, "full", "/layers/f"), "No space left on the device"),
        (OSError(errno.EDQUOT, "quota"), "No space left on the device"),
        (PermissionError(errno.EACCES, "no", "/f"), "A file can't be read or written"),
        (FileNotFoundError(errno.ENOENT, "no", "/f"), "A file can't be read or written"),
        (KeyError("name"), "A bug in the buildpack"),
        (AssertionError(), "A bug in the buildpack"),
        (RecursionError("deep"), "A bug in the buildpack"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates"), "A bug in the buildpack"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_ends_in_its_message(
    capsys: pytest.CaptureFixture[str], error: Exception, heading: str
) -> None:
    assert run(error) == ExitCode.ERROR
    captured = capsys.readouterr()
    assert captured.out.startswith(f"  at work\n\nError: {heading}\n")
    assert "Traceback" not in captured.out
    assert captured.err == ""


def test_an_error_ends_with_the_url_of_its_section(capsys: pytest.CaptureFixture[str]) -> None:
    run(InvalidDocumentError("plan.toml", "is none"))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"  More: {HOMEPAGE}/blob/main/docs/errors.md#invalid-document"


def test_a_bug_tells_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    run(ZeroDivisionError("division by zero"))
    assert "  ZeroDivisionError at test_main.py:" in capsys.readouterr().out


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_is_no_error_goes_through(error: BaseException) -> None:
    with pytest.raises(type(error)):
        run(error)


def test_output_of_any_text(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def phase(_environment: Mapping[str, str], output: Output) -> ExitCode:
        output.line("caf\u00e9 \udcff")
        return ExitCode.PASS

    assert main._run(phase) == ExitCode.PASS
    assert capfdbinary.readouterr().out == b"  caf\xc3\xa9 \\udcff\n"


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("home", [None, ""])
def test_build_main_gives_a_home(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    """Of the build, nothing but what it is given: it returns nothing, and so fails."""
    if home is not None:
        monkeypatch.setenv("HOME", home)
    seen: list[Mapping[str, str]] = []
    monkeypatch.setattr("python_buildpack.build.build", lambda run: seen.append(run.environment))
    assert main.build_main() == ExitCode.ERROR
    assert [environment["HOME"] for environment in seen] == ["/nonexistent"]


@pytest.mark.usefixtures("platform")
def test_nobody_reads_the_log() -> None:
    """Neither a traceback nor the interpreter's own complaint at its end."""
    program = "import sys; from python_buildpack import main; sys.exit(main.detect_main())"
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.run(
        [sys.executable, "-u", "-c", program],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        check=False,
    )
    os.close(writer)
    assert (process.returncode, process.stderr) == (ExitCode.ERROR, "")
