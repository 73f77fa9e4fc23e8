"""``bin/detect`` and ``bin/build`` as the lifecycle runs them: as processes.

The wheels come from the package index on first use; nothing else needs a network.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import tomli

from python_buildpack.package_managers.project_files import PROJECT_FILES
from tests.unit.fake_program import FakeProgram, write_fake_program
from tools.packaging.tree import tree_digest

ROOT = Path(__file__).resolve().parents[2]
ID, VERSION = "python-buildpack_python", "0.1.0"


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The buildpack without an interpreter, for this machine's architecture."""
    output = tmp_path_factory.mktemp("dist")
    result = subprocess.run(
        [
            *(sys.executable, str(ROOT / "scripts/package"), "--without-interpreter"),
            *("--output", str(output)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    arch = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    return output / f"linux-{arch}"


@dataclass(frozen=True)
class Lifecycle:
    """What the lifecycle sets up for a buildpack, and how it runs it."""

    root: Path
    path: str

    @property
    def buildpack(self) -> Path:
        return self.root / "buildpacks" / ID / VERSION

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def plan(self) -> dict[str, object]:
        return tomli.loads((self.root / "build-plan.toml").read_text(encoding="utf-8"))

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": self.path,
            "CNB_BUILDPACK_DIR": str(self.buildpack),
            "CNB_PLATFORM_DIR": str(self.root / "platform"),
            "CNB_BUILD_PLAN_PATH": str(self.root / "build-plan.toml"),
            "CNB_BP_PLAN_PATH": str(self.root / "plan.toml"),
            "CNB_LAYERS_DIR": str(self.root / "layers"),
            "CNB_TARGET_OS": "linux",
            "CNB_TARGET_ARCH": "amd64",
        }

    def run(
        self, phase: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.buildpack / "bin" / phase), *arguments],
            cwd=self.app,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def detect(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return self.run("detect", *arguments, environment=environment)


def link_python(directory: Path) -> str:
    """Make a PATH on which this Python is ``python3``, and nothing else is."""
    directory.mkdir()
    (directory / "python3").symlink_to(sys.executable)
    return str(directory)


@pytest.fixture
def lifecycle(packaged: Path, tmp_path: Path) -> Lifecycle:
    made = Lifecycle(tmp_path, link_python(tmp_path / "bin"))
    shutil.copytree(packaged, made.buildpack, symlinks=True)
    for name in ("app", "layers", "platform"):
        (tmp_path / name).mkdir()
    for name in ("build-plan.toml", "plan.toml"):
        (tmp_path / name).touch()
    return made


def provided(plan: Mapping[str, object]) -> set[str]:
    provides = plan["provides"]
    assert isinstance(provides, list)
    return {entry["name"] for entry in provides}


def test_detect_passes(lifecycle: Lifecycle) -> None:
    (lifecycle.app / "requirements.txt").touch()
    result = lifecycle.detect()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert provided(lifecycle.plan) == {"python", "pip", "site-packages"}
    assert lifecycle.plan["requires"] == [{"name": "python"}]


def test_detect_fails_with_one_line_that_tells_what_it_looked_for(lifecycle: Lifecycle) -> None:
    (lifecycle.app / "package.json").touch()
    result = lifecycle.detect()
    assert (result.returncode, result.stderr) == (100, "")
    assert result.stdout.count("\n") == 1
    assert all(name in result.stdout for name in PROJECT_FILES)
    assert lifecycle.plan == {}


def test_detect_gives_python_alone_to_another_buildpack(lifecycle: Lifecycle) -> None:
    other = lifecycle.root / "buildpacks" / "example_node" / "1.0.0"
    other.mkdir(parents=True)
    (other / "buildpack.toml").touch()
    assert lifecycle.detect().returncode == 0
    assert provided(lifecycle.plan) == {"python"}
    assert "requires" not in lifecycle.plan


def test_detect_ignores_positional_arguments(lifecycle: Lifecycle) -> None:
    (lifecycle.app / "main.py").touch()
    result = lifecycle.detect("/other/platform", "/other/plan.toml", "--help")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert provided(lifecycle.plan) == {"python", "pip", "site-packages"}
    assert not Path("/other").exists()


@pytest.mark.parametrize(
    "name",
    ["CNB_BUILDPACK_DIR", "CNB_PLATFORM_DIR", "CNB_BUILD_PLAN_PATH", "CNB_TARGET_OS"],
)
def test_detect_without_a_variable(lifecycle: Lifecycle, name: str) -> None:
    result = lifecycle.detect("/platform", "/plan.toml", environment={name: ""})
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith(f"\nError: The platform didn't set {name}\n")


def test_build_without_a_variable(lifecycle: Lifecycle) -> None:
    result = lifecycle.run("build", "/layers", environment={"CNB_LAYERS_DIR": ""})
    assert (result.returncode, result.stderr) == (1, "")
    assert "\nError: The platform didn't set CNB_LAYERS_DIR\n" in result.stdout


SHADOWING = (
    *(
        "logging.py",
        "packaging.py",
        "dataclasses.py",
        "typing.py",
        "pathlib.py",
        "sitecustomize.py",
    ),
    *("usercustomize.py", "site.py", "python_buildpack.py", "tomli/__init__.py", "os.py"),
)


@pytest.fixture
def hostile(lifecycle: Lifecycle) -> dict[str, str]:
    """An app whose modules shadow what our code imports, and variables that ask for them."""
    for name in SHADOWING:
        (lifecycle.app / name).parent.mkdir(exist_ok=True)
        (lifecycle.app / name).write_text("raise SystemExit('the app was imported')\n")
    (lifecycle.app / "pyvenv.cfg").write_text("home = /nowhere\n")
    return {
        "PYTHONPATH": str(lifecycle.app),
        "PYTHONHOME": str(lifecycle.app),
        "PYTHONSTARTUP": str(lifecycle.app / "logging.py"),
        "PYTHONUSERBASE": str(lifecycle.app),
        "PYTHONINSPECT": "1",
        "PYTHONWARNINGS": "error",
        "PYTHONIOENCODING": "ascii:strict",
        "PYTHONVERBOSE": "1",
        "PYTHONPLATLIBDIR": "nowhere",
    }


def test_detect_is_the_same_whatever_the_app_and_the_environment_hold(
    lifecycle: Lifecycle, hostile: Mapping[str, str]
) -> None:
    plain = lifecycle.detect()
    plan = lifecycle.plan
    (lifecycle.root / "build-plan.toml").write_text("")
    result = lifecycle.detect(environment=hostile)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (plain.returncode, plain.stdout, plain.stderr) == (0, "", "")
    assert lifecycle.plan == plan
    assert provided(plan) == {"python", "pip", "site-packages"}


def test_build_names_what_would_break_it(lifecycle: Lifecycle, hostile: Mapping[str, str]) -> None:
    result = lifecycle.run("build", environment=hostile)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.count("Error: ") == 1
    assert "Error: Environment variables that would break the build\n" in result.stdout
    assert "\n    PYTHONHOME: " in result.stdout
    assert "\n    PYTHONPATH: " in result.stdout
    assert list((lifecycle.root / "layers").iterdir()) == []


def test_build_begins_with_its_version(lifecycle: Lifecycle) -> None:
    (lifecycle.app / ".python-version").write_text("newest\n")
    result = lifecycle.run("build")
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith(f"Python Buildpack {VERSION}\n\nError: ")


@pytest.mark.parametrize("phase", ["detect", "build"])
def test_a_checkout_names_the_program_that_packages_it(lifecycle: Lifecycle, phase: str) -> None:
    shutil.rmtree(lifecycle.buildpack / "vendor")
    result = lifecycle.run(phase)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith("Error: This buildpack is not packaged\n")
    assert "scripts/package" in result.stdout
    assert result.stdout.endswith("/docs/errors.md#not-packaged\n")


def write_script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("phase", ["detect", "build"])
@pytest.mark.parametrize(
    "python",
    [
        None,
        "exit 1",
        "exec /no/such/program",
        "kill -9 $$",
        "echo Python 3.9.18",
        "echo Python 3.1",
    ],
)
def test_no_python(lifecycle: Lifecycle, phase: str, python: str | None) -> None:
    (lifecycle.root / "bin" / "python3").unlink()
    if python is not None:
        write_script(lifecycle.root / "bin" / "python3", python)
    result = lifecycle.run(phase)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith("Error: No Python that this buildpack can run with\n")
    assert "3.10" in result.stdout
    assert "scripts/package" in result.stdout


def carry_interpreter(lifecycle: Lifecycle) -> FakeProgram:
    """Give the buildpack an interpreter that tells of its runs."""
    python = lifecycle.buildpack / "interpreter" / "bin" / "python3"
    body = f"os.execv({sys.executable!r}, [{sys.executable!r}, *sys.argv[1:]])"
    return write_fake_program(python, lifecycle.root / "runs", body)


def test_the_interpreter_that_is_carried_comes_first(lifecycle: Lifecycle) -> None:
    write_script(lifecycle.root / "bin" / "python3", "echo Python 3.12.0; exit 0")
    interpreter = carry_interpreter(lifecycle)
    (lifecycle.app / "main.py").touch()
    result = lifecycle.detect()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    check, start = interpreter.calls
    assert check.arguments == ("-V",)
    assert start.arguments[:4] == ("-I", "-S", "-B", "-u")
    assert start.arguments[-1] == "detect"
    assert start.directory == lifecycle.app


@pytest.mark.parametrize("contents", ["#!/bin/sh\nexit 1\n", "\x7fELF of another machine"])
def test_the_python_of_the_image_stands_in(lifecycle: Lifecycle, contents: str) -> None:
    interpreter = lifecycle.buildpack / "interpreter" / "bin" / "python3"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(contents)
    interpreter.chmod(0o755)
    (lifecycle.app / "main.py").touch()
    result = lifecycle.detect()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_buildpack_directory_is_only_read(lifecycle: Lifecycle) -> None:
    (lifecycle.app / "main.py").touch()
    paths = [lifecycle.buildpack, *lifecycle.buildpack.rglob("*")]
    # Without the bytecode that it carries, there is a reason to write some.
    for path in paths:
        if path.suffix == ".pyc":
            path.unlink()
    paths = [path for path in paths if path.exists() and not path.is_symlink()]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    before = tree_digest(lifecycle.buildpack)
    try:
        results = [lifecycle.detect(), lifecycle.run("build", environment={"PIP_USER": "1"})]
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    assert [result.returncode for result in results] == [0, 1]
    assert "PIP_USER" in results[1].stdout
    assert tree_digest(lifecycle.buildpack) == before
    for path in paths:
        path.chmod(path.stat().st_mode | 0o200)


def test_a_path_with_spaces(lifecycle: Lifecycle) -> None:
    moved = replace(lifecycle, root=lifecycle.root / "a b's")
    moved.root.mkdir()
    for name in ("app", "buildpacks", "layers", "platform", "build-plan.toml", "plan.toml"):
        (lifecycle.root / name).rename(moved.root / name)
    (moved.app / "main.py").touch()
    result = moved.detect()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
