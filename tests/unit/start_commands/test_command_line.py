from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from python_buildpack.start_commands.command_line import NoCommandError, argument_vector


@pytest.mark.parametrize(
    ("command", "vector"),
    [
        ("gunicorn --bind :80 app:app", ("gunicorn", "--bind", ":80", "app:app")),
        ("python  -m   http.server", ("python", "-m", "http.server")),
        ("python -c 'print(1)'", ("sh", "-c", "exec python -c 'print(1)'")),
        ("echo 'two words' \"and more\"", ("echo", "two words", "and more")),
        ("./run --name=x", ("./run", "--name=x")),
    ],
)
def test_argument_vector_without_a_shell(command: str, vector: tuple[str, ...]) -> None:
    assert argument_vector(command) == vector


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("gunicorn -b :$PORT app", "exec gunicorn -b :$PORT app"),
        ("gunicorn -b :${PORT:-8080} app", "exec gunicorn -b :${PORT:-8080} app"),
        ("A=1 B=$X gunicorn app", "A=1 B=$X exec gunicorn app"),
        ("A='a b' gunicorn app", "A='a b' gunicorn app"),
        ("./migrate && gunicorn app", "./migrate && exec gunicorn app"),
        ("cd src; gunicorn app", "cd src; exec gunicorn app"),
        ("cd src && A=1 gunicorn $X && ./after", "cd src && A=1 gunicorn $X && exec ./after"),
        ("echo 'a && b' && gunicorn app", "echo 'a && b' && exec gunicorn app"),
        ("gunicorn app 2>&1", "exec gunicorn app 2>&1"),
        ("gunicorn app > log 2>&1", "exec gunicorn app > log 2>&1"),
        ("gunicorn app &> log", "exec gunicorn app &> log"),
        ("exec gunicorn $X", "exec gunicorn $X"),
        # What can't be replaced.
        ("gunicorn app | tee log", "gunicorn app | tee log"),
        ("gunicorn app || ./other", "gunicorn app || ./other"),
        ("./worker & gunicorn app", "./worker & gunicorn app"),
        ("(cd src && gunicorn app)", "(cd src && gunicorn app)"),
        ("if true; then gunicorn app; fi", "if true; then gunicorn app; fi"),
        ("./migrate && cd src", "./migrate && cd src"),
        ("./migrate;", "./migrate;"),
        ("A=1", "A=1"),
    ],
)
def test_argument_vector_with_a_shell(command: str, script: str) -> None:
    assert argument_vector(command) == ("sh", "-c", script)


@pytest.mark.parametrize("command", ["echo 'a", 'echo "a', "echo `a", "''", "'' a"])
def test_argument_vector_of_no_command(command: str) -> None:
    with pytest.raises(NoCommandError):
        argument_vector(command)


@pytest.mark.parametrize(
    "command",
    [
        "python3 app.py",
        "python3 $APP",
        "X=1 python3 $APP",
        "true && python3 app.py",
        'cd . ; python3 "app.py"',
    ],
)
def test_signals_reach_the_process(tmp_path: Path, command: str) -> None:
    (tmp_path / "app.py").write_text(
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('up', flush=True)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen(
        argument_vector(command),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "APP": "app.py"},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 7
