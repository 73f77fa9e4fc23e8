from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.messages.wording import message_for
from python_buildpack.post_install.build_command import (
    BuildCommandFailedError,
    ChangedLayersError,
)
from python_buildpack.post_install.django_app import DjangoApp
from python_buildpack.post_install.steps import PostInstallSteps, run_post_install
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.machine import OutOfMemoryError
from python_buildpack.system.output import Output
from python_buildpack.system.secrets import Secrets
from tests.unit.fake_program import write_fake_program

NOTHING_ELSE = PostInstallSteps()
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TOKEN": "canary-of-token"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An app, and the layers that its environment is in."""
    (tmp_path / "app" / "backend").mkdir(parents=True)
    (tmp_path / "layers" / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "layers" / "venv" / "module.py").write_text("x = 1\n")
    return tmp_path


def run(root: Path, command: str, work: PostInstallSteps = NOTHING_ELSE) -> str:
    """Run a command in ``app/backend``, then what else there is to do; return the log."""
    log = io.StringIO()
    output = Output(log, secrets=lambda: Secrets(frozenset({"canary-of-token"})))
    steps = replace(work, build_command=command)
    files = AppFiles(root / "app" / "backend", root / "app")
    python = root / "layers" / "venv" / "bin" / "python"
    run_post_install(
        steps, files, python.parents[2], python, ENVIRONMENT, {"django": "5.2"}, output
    )
    return log.getvalue()


def refused(root: Path, command: str) -> BuildpackError:
    with pytest.raises(BuildpackError) as raised:
        run(root, command)
    return raised.value


def test_build_command(root: Path) -> None:
    log = run(root, "echo made > made.txt; echo $TOKEN\npwd")
    assert log.splitlines()[:5] == [
        "",
        "Build command",
        "  Running BP_BUILD_COMMAND",
        "    ****",
        f"    {root}/app/backend",
    ]
    assert (root / "app" / "backend" / "made.txt").read_text() == "made\n"


def test_build_command_comes_before_collectstatic(root: Path) -> None:
    program = write_fake_program(
        root / "layers" / "venv" / "bin" / "python",
        root / "runs",
        "from pathlib import Path\nprint(Path('made.css').exists())",
    )
    django = PostInstallSteps(DjangoApp("manage.py"), collects_static=True)
    assert "\n    True\n" in run(root, "touch made.css", django)
    assert len(program.calls) == 1


def test_build_command_that_fails(root: Path) -> None:
    error = refused(root, "seq 20; echo; echo no such locale; false\ntouch later")
    assert isinstance(error, BuildCommandFailedError)
    assert (error.exit_status, error.lines[0], error.lines[-1]) == (1, "12", "no such locale")
    assert not (root / "app" / "backend" / "later").exists()
    message = message_for(error)
    assert message.heading == "BP_BUILD_COMMAND failed"
    assert message.body.startswith("Exit status: 1.\nIts last lines:\n    12\n")
    assert "    no such locale\n\nIt runs in the app's directory" in message.body


def test_build_command_that_fails_in_silence(root: Path) -> None:
    assert message_for(refused(root, "exit 3")).body.startswith("Exit status: 3.\n\nIt runs ")


def test_build_command_without_memory(root: Path) -> None:
    assert isinstance(refused(root, "kill -9 $$"), OutOfMemoryError)


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        ("touch new.py", ("venv/new.py",)),
        (
            "mkdir -p data/en; touch data/en/model",
            ("venv/data", "venv/data/en", "venv/data/en/model"),
        ),
        # Of the same size.
        ("echo 'x = 2' > module.py", ("venv/module.py",)),
        ("rm module.py", ("venv/module.py",)),
        ("chmod +x module.py", ("venv/module.py",)),
        ("touch ../python", ("python",)),
    ],
)
def test_build_command_that_changes_a_layer(
    root: Path, command: str, changed: tuple[str, ...]
) -> None:
    error = refused(root, f"cd {root}/layers/venv; {command}")
    assert isinstance(error, ChangedLayersError)
    assert error.paths == changed
    message = message_for(error)
    assert message.heading == "BP_BUILD_COMMAND changed what isn't part of the app"
    assert f"    {changed[0]}\n" in message.body
