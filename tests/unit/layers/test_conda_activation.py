from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.layers.conda_activation import activation_variables
from python_buildpack.system.command import CommandFailedError

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "SECRET": "canary"}


def script(prefix: Path, name: str, text: str) -> None:
    directory = prefix / "etc" / "conda" / "activate.d"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(text)


def test_nothing_to_activate(tmp_path: Path) -> None:
    assert activation_variables(tmp_path, ENVIRONMENT) == {}


def test_activation_variables(tmp_path: Path) -> None:
    script(tmp_path, "proj.sh", 'export PROJ_DATA="$CONDA_PREFIX/share/proj"\necho noise\n')
    script(tmp_path, "z.sh", 'export PATH="/elsewhere:$PATH" TWO="${PROJ_DATA}\nlines"\n')
    script(tmp_path, "not.fish", "exit 1\n")
    assert activation_variables(tmp_path, ENVIRONMENT) == {
        "PROJ_DATA": f"{tmp_path}/share/proj",
        "TWO": f"{tmp_path}/share/proj\nlines",
    }


def test_variables_of_the_build_are_not_seen(tmp_path: Path) -> None:
    script(tmp_path, "a.sh", 'export SEEN="${SECRET:-nothing}"\n')
    assert activation_variables(tmp_path, ENVIRONMENT) == {"SEEN": "nothing"}


def test_script_that_ends_the_shell(tmp_path: Path) -> None:
    script(tmp_path, "a.sh", "exit 3\n")
    with pytest.raises(CommandFailedError):
        activation_variables(tmp_path, ENVIRONMENT)


def test_written_variables_come_last(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    state = '{"env_vars": {"ONE": "written", "PATH": "/elsewhere"}}'
    (tmp_path / "conda-meta" / "state").write_text(state)
    assert activation_variables(tmp_path, ENVIRONMENT) == {"ONE": "written"}
    script(tmp_path, "a.sh", "export ONE=script TWO=script\n")
    assert activation_variables(tmp_path, ENVIRONMENT) == {"ONE": "written", "TWO": "script"}
