from __future__ import annotations

import datetime
import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from python_buildpack.app.checks import BreakingVariablesError
from python_buildpack.app.request import Build
from python_buildpack.app.settings import Settings
from python_buildpack.build import build
from python_buildpack.cnb.buildpack_plan import BuildpackPlan, parse_buildpack_plan
from python_buildpack.cnb.contexts import BuildContext, Target
from python_buildpack.cnb.launch import Label, Launch, Process
from python_buildpack.package_managers.locks import OutdatedLockError
from python_buildpack.package_managers.pip.uninstallable_lines import UninstallableLinesError
from python_buildpack.python_version.resolve import (
    PythonTooOldError,
    UnavailablePythonVersionError,
)
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output
from tests.unit.app_build import Builds, first_builds, published
from tests.unit.layers.restored_layers import layer_types

TODAY = datetime.date(2026, 1, 1)
AT_LAUNCH = '[[entries]]\nname = "python"\n[entries.metadata]\nlaunch = true\n'


@dataclass(frozen=True)
class Outcome:
    """What a build has returned and printed."""

    store: Mapping[str, str]
    launch: Launch
    log: list[str]


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    """An empty app, and an inventory of one Python."""
    builds = first_builds(tmp_path)
    (tmp_path / "app" / "requirements.txt").unlink()
    digest = builds.archive_sha256
    (tmp_path / "buildpack" / "inventory.toml").write_text(
        'format = "1"\n[end-of-life]\n"3.13" = "2029-10-31"\n[[artifacts]]\nversion = "3.13.0"\n'
        f'os = "linux"\narch = "amd64"\nurl = "{builds.archive.as_uri()}"\nsha256 = "{digest}"\n'
    )
    return builds


def build_app(
    builds: Builds,
    plan: str = "",
    store: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
    today: datetime.date = TODAY,
    settings: Settings | None = None,
) -> Outcome:
    log = io.StringIO()
    run = Build(
        context=BuildContext(
            app_dir=builds.root / "app",
            buildpack_dir=builds.root / "buildpack",
            platform_dir=builds.root / "platform",
            layers_dir=builds.layers_dir,
            buildpack_plan_path=builds.root / "plan.toml",
            target=Target("linux", "amd64", None, None, None),
        ),
        plan=parse_buildpack_plan(plan) if plan else BuildpackPlan(()),
        store=store or {},
        settings=settings or Settings(),
        environment={"PATH": "/usr/bin", **(environment or {})},
        today=today,
        output=Output(log, clock=lambda: 0.0),
    )
    built = build(run)
    return Outcome(built.store, built.launch, log.getvalue().splitlines())


@pytest.mark.parametrize(
    ("plan", "types"),
    [
        ("", {"build", "cache"}),
        ('[[entries]]\nname = "python"\n', {"build", "cache"}),
        (AT_LAUNCH, {"build", "cache", "launch"}),
        (AT_LAUNCH.replace("python", "other"), {"build", "cache"}),
        (AT_LAUNCH.replace("true", '"true"'), {"build", "cache"}),
        ('[[entries]]\nname = "python"\n' + AT_LAUNCH, {"build", "cache", "launch"}),
    ],
)
def test_build_of_python_alone(builds: Builds, plan: str, types: set[str]) -> None:
    outcome = build_app(builds, plan)
    assert outcome.store == {"python_version": "3.13"}
    assert layer_types(builds.layers_dir, "python") == types
    assert [path.name for path in builds.layers_dir.glob("*.toml")] == ["python.toml"]
    assert outcome.log[:2] == ["", "Python"]
    assert outcome.log[2].startswith("  Using Python 3.13.0, ")


def test_build_of_an_app(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    builds.publish(published("flask", "3.1.0"))
    outcome = build_app(builds)
    assert outcome.store == {"python_version": "3.13", "environment": "made"}
    assert layer_types(builds.layers_dir, "venv") == {"launch"}
    assert layer_types(builds.layers_dir, "sizing") == {"launch"}
    assert [line for line in outcome.log if line and not line.startswith(" ")] == [
        "Python",
        "pip",
        "Dependencies",
        "Warning: No start command was found",
    ]
    assert outcome.launch == Launch(
        labels=(
            Label("io.github.python-buildpack.python-version", "3.13.0"),
            Label("io.github.python-buildpack.package-manager", "pip"),
        )
    )


def test_build_with_versions_for_mise_and_asdf(builds: Builds) -> None:
    builds.require("")
    (builds.root / "app" / "mise.toml").write_text('[tools]\npython = "3.13"\n')
    (builds.root / "app" / ".tool-versions").write_text("python 3.12.1\n")
    assert build_app(builds).log[2:4] == [
        "  Using Python 3.13.0, from mise.toml:2 (python): 3.13",
        "  Ignoring 3.12.1 in .tool-versions:1: mise.toml (python) takes precedence",
    ]


def test_build_of_an_app_with_a_procfile(builds: Builds) -> None:
    builds.require("")
    (builds.root / "app" / "Procfile").write_text("web: gunicorn app:app\n")
    outcome = build_app(builds)
    assert outcome.launch.processes == (Process("web", ("gunicorn", "app:app"), default=True),)
    assert [label.value for label in outcome.launch.labels] == ["3.13.0", "pip", "Procfile:1"]
    assert "  Process web: gunicorn app:app (Procfile:1), the default" in outcome.log


def test_build_of_an_app_in_a_directory(builds: Builds) -> None:
    backend = builds.root / "app" / "backend"
    backend.mkdir()
    (builds.root / "app" / "Procfile").write_text("web: other\n")
    (backend / "requirements.txt").write_text("flask==3.1.0\n")
    (backend / "Procfile").write_text("web: gunicorn app:app\n")
    (backend / "nltk.txt").write_text("punkt\n")
    builds.publish(published("flask", "3.1.0"))
    outcome = build_app(builds, settings=Settings(project_path="backend"))
    command = ("gunicorn", "app:app")
    (web,) = outcome.launch.processes
    assert web == Process("web", command, default=True, working_dir=str(backend))
    assert f'working-dir = "{backend}"\n' in outcome.launch.to_toml()
    assert outcome.log[0] == "  The app is in backend (BP_PYTHON_PROJECT_PATH)"
    assert outcome.log[1].startswith("  nltk.txt isn't read: ")
    assert builds.pip_calls[-1].directory == backend
    # The same dependencies in another directory: its editable projects would be elsewhere.
    backend.rename(builds.root / "app" / "api")
    builds.restore()
    log = build_app(builds, settings=Settings(project_path="api")).log
    assert "  Discarding the previous environment: BP_PYTHON_PROJECT_PATH changed" in log


def test_build_again_with_all_pinned_is_quiet(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    (builds.root / "app" / "Procfile").write_text("web: python app.py\n")
    builds.publish(published("flask", "3.1.0"))
    first = build_app(builds)
    builds.restore()
    outcome = build_app(builds, store=dict(first.store))
    assert builds.python_calls == builds.pip_calls == []
    assert len(outcome.log) < 15


def test_build_again_of_which_nothing_is_restored(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    builds.publish(published("flask", "3.1.0"))
    first = build_app(builds)
    not_restored = "Discarding the previous environment: the platform didn't restore it"
    assert not any(not_restored in line for line in first.log)
    for path in builds.layers_dir.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    again = build_app(builds, store=dict(first.store))
    assert any(not_restored in line for line in again.log)


def test_build_with_a_report(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    builds.publish(published("flask", "3.1.0"))
    first = build_app(builds, settings=Settings(report=True))
    builds.restore()
    store = dict(first.store)
    second = build_app(builds, store=store, settings=Settings(report=True))
    layers = [json.loads(each.launch.labels[-1].value)["layers"] for each in (first, second)]
    assert {name: layer["reused"] for name, layer in layers[0].items()} == {
        "pip": False,
        "python": False,
        "venv": False,
    }
    assert {name: layer["reused"] for name, layer in layers[1].items()} == {
        "python": True,
        "venv": True,
    }
    (reason,) = layers[1]["venv"]["reasons"]
    assert reason.startswith("Unchanged, and all pinned")


def test_build_with_environments_in_the_app(builds: Builds) -> None:
    (builds.root / "app" / "venv").mkdir()
    (builds.root / "app" / "venv" / "pyvenv.cfg").touch()
    builds.require("")
    log = build_app(builds).log
    assert [line for line in log if line.startswith("Warning: ")] != []
    assert any("venv" in line for line in log)


def test_build_with_a_python_that_has_no_support(builds: Builds) -> None:
    log = build_app(builds, today=datetime.date(2030, 1, 1)).log
    assert "Warning: Python 3.13 reached end of life on 2029-10-31" in log


@pytest.mark.parametrize("files", [{".python-version": "3.12\n"}, {".python-version": "3.13.1\n"}])
def test_build_finds_mistakes_before_it_makes_anything(
    builds: Builds, files: dict[str, str]
) -> None:
    for name, text in files.items():
        (builds.root / "app" / name).write_text(text)
    with pytest.raises(UnavailablePythonVersionError):
        build_app(builds)
    assert list(builds.layers_dir.iterdir()) == []


def test_build_finds_lines_that_cannot_be_installed_before_it_makes_anything(
    builds: Builds,
) -> None:
    (builds.root / "app" / "requirements.txt").write_text("./gone.whl\n")
    with pytest.raises(UninstallableLinesError):
        build_app(builds)
    assert list(builds.layers_dir.iterdir()) == []


def test_build_with_an_unsafe_environment(builds: Builds) -> None:
    with pytest.raises(BreakingVariablesError):
        build_app(builds, environment={"PYTHONHOME": "/usr"})
    assert list(builds.layers_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("declared", "locked", "error"),
    [
        (">=3.10", ">=3.12", OutdatedLockError),
        (">=3.10", "<3.13", PythonTooOldError),
    ],
)
def test_build_of_a_lock_for_other_pythons_downloads_nothing(
    builds: Builds, declared: str, locked: str, error: type[BuildpackError]
) -> None:
    app_dir = builds.root / "app"
    (app_dir / "uv.lock").write_text(
        f'version = 1\nrequires-python = "{locked}"\n'
        '[[package]]\nname = "a"\nversion = "1"\nsource = { virtual = "." }\n'
    )
    (app_dir / "pyproject.toml").write_text(
        f'[project]\nname = "a"\nversion = "1"\nrequires-python = "{declared}"\n'
    )
    with pytest.raises(error):
        build_app(builds, settings=Settings(python_version="3.13"))
    assert list(builds.layers_dir.glob("python*")) == []


@pytest.mark.parametrize("is_linked", [False, True])
def test_build_warns_of_credentials_that_the_image_has(builds: Builds, *, is_linked: bool) -> None:
    requirements = builds.root / ("requirements.txt" if is_linked else "app/requirements.txt")
    requirements.write_text("# https://user:secret@host.example/simple\n")
    if is_linked:
        (builds.root / "app" / "requirements.txt").symlink_to(requirements)
    log = build_app(builds).log
    is_warned = "Warning: Credentials are part of the app's source" in log
    assert is_warned is not is_linked
