from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import pytest
import tomli

from python_buildpack.app.settings import Settings
from python_buildpack.cnb.contexts import DetectContext, Target
from python_buildpack.cnb.exit_codes import ExitCode
from python_buildpack.detect import detect
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.misplaced_requirements import ProjectBelowError
from python_buildpack.package_managers.project_files import PROJECT_FILES
from python_buildpack.system.output import Output


@pytest.fixture
def context(tmp_path: Path) -> DetectContext:
    for name in ("app", "buildpacks/own/1.0", "platform"):
        (tmp_path / name).mkdir(parents=True)
    add_buildpack(tmp_path, "own", "1.0")
    (tmp_path / "plan.toml").touch()
    return DetectContext(
        app_dir=tmp_path / "app",
        buildpack_dir=tmp_path / "buildpacks" / "own" / "1.0",
        platform_dir=tmp_path / "platform",
        build_plan_path=tmp_path / "plan.toml",
        target=Target("linux", "amd64", None, None, None),
    )


def add_buildpack(tmp_path: Path, name: str, version: str) -> None:
    directory = tmp_path / "buildpacks" / name / version
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "buildpack.toml").touch()


def run(context: DetectContext, *requirements: str) -> tuple[ExitCode, str]:
    stream = io.StringIO()
    return detect(
        context, Settings(pip_requirements=requirements), Output(stream)
    ), stream.getvalue()


def alternatives(context: DetectContext) -> list[tuple[set[str], set[str]]]:
    """What each alternative of the plan provides, and what it requires."""
    plan = tomli.loads(context.build_plan_path.read_text(encoding="utf-8"))
    return [
        (names_in(table.get("provides", ())), names_in(table.get("requires", ())))
        for table in (plan, *plan.get("or", ()))
    ]


def names_in(entries: Iterable[dict[str, str]]) -> set[str]:
    return {entry["name"] for entry in entries}


def test_detect_python_project(context: DetectContext) -> None:
    (context.app_dir / "main.py").touch()
    assert run(context) == (ExitCode.PASS, "")
    found = alternatives(context)
    # Any combination that later buildpacks may require is on offer; whatever is left is not.
    assert {frozenset(provides) for provides, _ in found} == {
        frozenset({"python", *others})
        for others in ((), ("pip",), ("site-packages",), ("pip", "site-packages"))
    }
    assert all(requires == {"python"} for _, requires in found)
    sizes = [len(provides) for provides, _ in found]
    assert sizes == sorted(sizes, reverse=True)


def test_detect_project_of_a_named_requirements_file(context: DetectContext) -> None:
    (context.app_dir / "prod.txt").touch()
    assert run(context, "prod.txt") == (ExitCode.PASS, "")


def test_detect_fails_where_nobody_could_want_python(context: DetectContext) -> None:
    (context.app_dir / "package.json").touch()
    code, log = run(context)
    assert code is ExitCode.FAIL
    assert log.count("\n") == 1
    assert all(name in log for name in PROJECT_FILES)
    assert context.build_plan_path.read_text() == ""


def test_detect_other_versions_of_itself_are_nobody(context: DetectContext, tmp_path: Path) -> None:
    add_buildpack(tmp_path, "own", "2.0")
    assert run(context)[0] is ExitCode.FAIL


def test_detect_python_alone_for_another_buildpack(context: DetectContext, tmp_path: Path) -> None:
    add_buildpack(tmp_path, "other", "0.1")
    code, log = run(context)
    assert code is ExitCode.PASS
    assert log.startswith("No Python project found. Looked for: requirements.txt, ")
    assert alternatives(context) == [({"python"}, set())]


@pytest.mark.parametrize(
    ("files", "hints"),
    [
        (
            ["backend/uv.lock", "jobs/b/uv.lock"],
            [
                "Found backend/uv.lock: to build that directory, set BP_PYTHON_PROJECT_PATH=backend",
                "Found jobs/b/uv.lock: to build that directory, set BP_PYTHON_PROJECT_PATH=jobs/b",
            ],
        ),
        (
            ["a.ipynb", "data.csv"],
            ["Found a.ipynb: to build it, list its dependencies in requirements.txt"],
        ),
    ],
)
def test_detect_names_what_may_be_meant(
    context: DetectContext, files: list[str], hints: list[str]
) -> None:
    for file in files:
        (context.app_dir / file).parent.mkdir(parents=True, exist_ok=True)
        (context.app_dir / file).touch()
    code, log = run(context)
    assert code is ExitCode.FAIL
    assert log.splitlines()[1:] == hints


def test_detect_explains_the_one_project_below(context: DetectContext, tmp_path: Path) -> None:
    (context.app_dir / "services" / "api").mkdir(parents=True)
    for file in ("uv.lock", "requirements.txt"):
        (context.app_dir / "services" / "api" / file).touch()
    with pytest.raises(ProjectBelowError) as raised:
        run(context)
    assert "\nSet BP_PYTHON_PROJECT_PATH=services/api " in message_for(raised.value).body
    # The app may be another buildpack's.
    add_buildpack(tmp_path, "other", "0.1")
    code, log = run(context)
    assert code is ExitCode.PASS
    assert log.endswith("set BP_PYTHON_PROJECT_PATH=services/api\n")
    assert alternatives(context) == [({"python"}, set())]


@pytest.mark.parametrize("path", ["backend", "missing", "../outside"])
def test_detect_leaves_the_directory_that_is_named_to_the_build(
    context: DetectContext, path: str
) -> None:
    (context.app_dir / "backend").mkdir()
    settings = Settings(project_path=path)
    assert detect(context, settings, Output(io.StringIO())) is ExitCode.PASS
    assert alternatives(context)[0] == ({"python", "pip", "site-packages"}, {"python"})
