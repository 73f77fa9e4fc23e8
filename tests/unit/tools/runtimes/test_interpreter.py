from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.errors import ToolError
from tools.runtimes.interpreter import find_interpreters, inspect_interpreter, parse_answers

ANSWERS: dict[str, Any] = {
    "executable": "/opt/python/bin/python3.13",
    "implementation": "cpython",
    "version": "3.13.0",
    "is_free_threaded": False,
    "libc": "glibc",
    "system": "linux",
    "machine": "x86_64",
    "prefix": "/opt/python",
    "standard_library": "/opt/python/lib/python3.13",
    "include": "/opt/python/include/python3.13",
    "config_header": "/opt/python/include/python3.13/pyconfig.h",
    "multiarch": "x86_64-linux-gnu",
    "library_dir": "/opt/python/lib",
    "packages": {"pip": "/opt/python/lib/python3.13/site-packages/pip/__init__.py"},
    "libraries": {"mpdecimal": "4.0.0", "expat": "2.7.1"},
}


def executable(path: Path, contents: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(contents)
    path.chmod(0o755)
    return path


def test_parse_answers() -> None:
    interpreter = parse_answers(Path("python"), ANSWERS)
    assert (interpreter.version, interpreter.minor) == ("3.13.0", "3.13")
    site_packages = Path("/opt/python/lib/python3.13/site-packages")
    assert interpreter.package_dirs == (("pip", site_packages),)
    assert interpreter.libraries == (("expat", "2.7.1"), ("mpdecimal", "4.0.0"))


def test_parse_answers_of_a_free_threaded_build() -> None:
    interpreter = parse_answers(Path("python"), {**ANSWERS, "is_free_threaded": True})
    assert (interpreter.version, interpreter.minor) == ("3.13.0+freethreaded", "3.13t")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"version": "3.9.18"}, "a final release of 3.10 or later is needed"),
        ({"version": "3.15.0rc1"}, "a final release of 3.10 or later is needed"),
        ({"implementation": "pypy"}, "CPython on Linux with glibc"),
        ({"system": "darwin"}, "CPython on Linux with glibc"),
        ({"libc": "another libc than glibc"}, "CPython on Linux with glibc"),
    ],
)
def test_parse_answers_rejects(answer: dict[str, str], problem: str) -> None:
    with pytest.raises(ToolError, match=f"^python is .*{problem}"):
        parse_answers(Path("python"), {**ANSWERS, **answer})


def test_inspect_interpreter_of_a_virtual_environment_is_its_base() -> None:
    interpreter = inspect_interpreter(Path(sys.executable))
    assert interpreter.version == platform.python_version()
    assert interpreter.prefix == Path(sys.base_prefix).resolve()
    assert (interpreter.standard_library / "os.py").is_file()


@pytest.mark.parametrize("contents", ["#!/bin/sh\necho hello\n", "#!/bin/sh\nexit 3\n", "\0junk"])
def test_inspect_interpreter_of_another_program(tmp_path: Path, contents: str) -> None:
    program = executable(tmp_path / "python3", contents)
    with pytest.raises(ToolError, match=str(program)):
        inspect_interpreter(program)


def test_find_interpreters_defaults_to_the_running_one() -> None:
    (interpreter,) = find_interpreters([], every_pyenv=False)
    assert interpreter.version == platform.python_version()


def test_find_interpreters_counts_links_to_the_same_one_once(tmp_path: Path) -> None:
    link = tmp_path / "bin" / "python3"
    link.parent.mkdir()
    link.symlink_to(Path(sys.executable).resolve())
    found = find_interpreters([str(tmp_path), str(link), sys.executable], every_pyenv=False)
    assert [interpreter.version for interpreter in found] == [platform.python_version()]


def test_find_interpreters_takes_the_newest_of_pyenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    for version in ("3.13.2", "3.13.10", "3.9.1", "3.14-dev"):
        executable(
            tmp_path / "versions" / version / "bin" / "python3",
            f"#!/bin/sh\necho this is {version} >&2\nexit 1\n",
        )
    with pytest.raises(ToolError, match=r"this is 3\.13\.10"):
        find_interpreters(["3.13"], every_pyenv=False)
    with pytest.raises(ToolError, match=r"this is 3\.13\.2"):
        find_interpreters([], every_pyenv=True)
    with pytest.raises(ToolError, match=r"pyenv has no Python 3\.14"):
        find_interpreters(["3.14"], every_pyenv=False)


def test_find_interpreters_rejects_two_of_a_version(tmp_path: Path) -> None:
    pythons = []
    for name in ("a", "b"):
        python = tmp_path / name / "python3"
        answers = json.dumps({**ANSWERS, "executable": str(python), "is_virtual": False})
        pythons.append(str(executable(python, f"#!/bin/sh\ncat <<'END'\n{answers}\nEND\n")))
    with pytest.raises(ToolError, match=r"Two interpreters are Python 3\.13\.0: \S+ and \S+"):
        find_interpreters(pythons, every_pyenv=False)


def test_find_interpreters_of_no_such_path() -> None:
    with pytest.raises(ToolError, match="no-such-python is no Python interpreter"):
        find_interpreters(["no-such-python"], every_pyenv=False)
