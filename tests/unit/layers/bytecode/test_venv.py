from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from python_buildpack.layers.bytecode import compiler as bytecode_module
from python_buildpack.layers.bytecode.compiler import BytecodeError, bytecode_compiler
from python_buildpack.layers.bytecode.venv import compiling_bytecode

SITE_PACKAGES = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
# Of seconds, for what happens within a tenth of one on an idle machine.
PATIENCE = 20


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    (tmp_path / "venv" / SITE_PACKAGES).mkdir(parents=True)
    return tmp_path / "venv"


def write(venv: Path, name: str, text: str = "x = 1\n") -> Path:
    path = venv / SITE_PACKAGES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def install(venv: Path, name: str, *files: str, record: str | None = None) -> None:
    """Install a distribution in pip's order: files, RECORD, and INSTALLER."""
    for file in files:
        write(venv, file, f"name = {file!r}\n")
    rows = "".join(f"{file},,\n" for file in files) if record is None else record
    write(venv, f"{name}-1.0.dist-info/RECORD", rows)
    write(venv, f"{name}-1.0.dist-info/INSTALLER", "pip\n")


def compiled(venv: Path) -> set[str]:
    """Return the sources that have bytecode, relative to site-packages."""
    root = venv / SITE_PACKAGES
    return {
        str(path.parent.parent.joinpath(path.name.partition(".")[0] + ".py").relative_to(root))
        for path in root.rglob("*.pyc")
    }


def wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def compile_while(venv: Path, block: Callable[[], object]) -> None:
    with bytecode_compiler(Path(sys.executable)) as compiler, compiling_bytecode(venv, compiler):
        block()


def code_of(venv: Path, name: str) -> bytes:
    path = venv / SITE_PACKAGES / name
    (cached,) = path.parent.glob(f"__pycache__/{path.stem}.*.pyc")
    return cached.read_bytes()


def test_compiled_venv_compiles_a_distribution_as_soon_as_it_is_complete(venv: Path) -> None:
    seen: list[set[str]] = []

    def block() -> None:
        write(venv, "b/__init__.py")
        write(venv, "b-1.0.dist-info/RECORD", "b/__init__.py,,\n")
        install(venv, "a", "a.py")
        assert wait_for(lambda: compiled(venv) == {"a.py"})
        seen.append(compiled(venv))
        write(venv, "b-1.0.dist-info/INSTALLER")
        assert wait_for(lambda: "b/__init__.py" in compiled(venv))
        seen.append(compiled(venv))

    compile_while(venv, block)
    assert seen == [{"a.py"}, {"a.py", "b/__init__.py"}]


def test_compiled_venv_compiles_what_belongs_to_no_distribution(venv: Path) -> None:
    def block() -> None:
        install(venv, "a", "a.py")
        write(venv, "lonely.py")
        write(venv, "namespace/package/module.py")

    compile_while(venv, block)
    assert compiled(venv) == {"a.py", "lonely.py", "namespace/package/module.py"}


def test_compiled_venv_compiles_what_was_overwritten_again(venv: Path) -> None:
    def block() -> None:
        install(venv, "a", "shared/__init__.py", "a.py")
        assert wait_for(lambda: "shared/__init__.py" in compiled(venv))
        write(venv, "shared/__init__.py", "name = 'overwritten'\n")
        install(venv, "b", "b.py")

    compile_while(venv, block)
    assert b"overwritten" in code_of(venv, "shared/__init__.py")
    assert compiled(venv) == {"shared/__init__.py", "a.py", "b.py"}


def test_compiled_venv_leaves_out_test_suites(venv: Path) -> None:
    files = ("a/__init__.py", "a/tests/test_a.py", "a/test/__init__.py", "tests/test.py")
    others = ("a/testing/__init__.py", "a/tests.py", "test.py")
    compile_while(venv, lambda: install(venv, "a", *files, *others))
    assert compiled(venv) == {"a/__init__.py", *others}


def test_compiled_venv_is_the_same_whenever_files_come(venv: Path, tmp_path: Path) -> None:
    install(venv, "a", "a/__init__.py", "a/b.py")
    compile_while(venv, lambda: None)
    at_once = {path: path.read_bytes() for path in sorted(venv.rglob("*.pyc"))}
    for path in at_once:
        path.unlink()
    venv.rename(tmp_path / "before")

    def block() -> None:
        (tmp_path / "before").rename(venv)
        assert wait_for(lambda: len(compiled(venv)) == 2)

    compile_while(venv, block)
    assert {path: path.read_bytes() for path in sorted(venv.rglob("*.pyc"))} == at_once


@pytest.mark.parametrize(
    "record",
    [
        pytest.param("", id="empty"),
        pytest.param("\n\n,\n,,\n", id="empty rows"),
        pytest.param('a.py,"unclosed\n', id="quotes"),
        pytest.param("gone.py,sha256=x,1\n", id="missing file"),
        pytest.param("a.py/b.py,,\n", id="a file as a directory"),
        pytest.param("a\0.py,,\n", id="NUL"),
        pytest.param(f"{'a' * 5000}.py,,\n", id="long name"),
        pytest.param("\ud800.py,,\n".encode("utf-8", "surrogatepass").decode("latin-1"), id="odd"),
        pytest.param("x" * 200_000, id="long field"),
    ],
)
# A traceback in the thread that watches would be in the log of the build.
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_compiled_venv_record_is_junk(venv: Path, record: str) -> None:
    def block() -> None:
        install(venv, "junk", "a.py", record=record)
        install(venv, "z", "z.py")
        assert wait_for(lambda: "z.py" in compiled(venv))

    compile_while(venv, block)
    assert compiled(venv) == {"a.py", "z.py"}


def test_compiled_venv_record_of_bytes_that_are_not_utf_8(venv: Path) -> None:
    def block() -> None:
        install(venv, "junk", "a.py")
        (venv / SITE_PACKAGES / "junk-1.0.dist-info" / "RECORD").write_bytes(b"\xff.py,,\na.py,,\n")

    compile_while(venv, block)
    assert compiled(venv) == {"a.py"}


def test_compiled_venv_record_that_is_a_directory(venv: Path) -> None:
    def block() -> None:
        (venv / SITE_PACKAGES / "junk-1.0.dist-info" / "RECORD").mkdir(parents=True)
        write(venv, "junk-1.0.dist-info/INSTALLER")
        install(venv, "z", "z.py")
        assert wait_for(lambda: "z.py" in compiled(venv))

    compile_while(venv, block)
    assert compiled(venv) == {"z.py"}


@pytest.mark.parametrize("path", ["{outside}/app.py", "../../../../outside/app.py"])
def test_compiled_venv_touches_nothing_outside(venv: Path, tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "app.py").write_text("x = 1\n")

    def block() -> None:
        install(venv, "junk", record=path.format(outside=outside) + ",,\n")
        install(venv, "z", "z.py")
        assert wait_for(lambda: "z.py" in compiled(venv))

    assert (venv / SITE_PACKAGES / "../../../../outside/app.py").exists()
    compile_while(venv, block)
    assert [path.name for path in outside.iterdir()] == ["app.py"]


def test_compiled_venv_of_a_block_that_fails(venv: Path) -> None:
    def block() -> None:
        write(venv, "a.py")
        raise KeyError

    with pytest.raises(KeyError):
        compile_while(venv, block)
    assert compiled(venv) == set()


def test_compiled_venv_compiles_no_more_once_the_block_has_failed(venv: Path) -> None:
    with (
        contextlib.suppress(KeyError),
        bytecode_compiler(Path(sys.executable)) as compiler,
        compiling_bytecode(venv, compiler),
    ):
        install(venv, "a", "a.py")
        assert wait_for(lambda: bool(compiler._workers))
        raise KeyError
    assert not compiler._workers


def test_compiled_venv_compiler_that_can_not_be_started_at_first(
    venv: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The thread that watches has nobody to tell: what it could not do is done in the end."""
    start = bytecode_module._start_worker
    refused: list[Path] = []

    def start_or_fail(python: Path, *, checked: bool) -> subprocess.Popen[bytes]:
        if not refused:
            refused.append(python)
            raise BytecodeError(str(python), None)
        return start(python, checked=checked)

    def block() -> None:
        install(venv, "one", "one.py")
        assert wait_for(lambda: bool(refused))

    monkeypatch.setattr(bytecode_module, "_start_worker", start_or_fail)
    compile_while(venv, block)
    assert compiled(venv) == {"one.py"}
    assert capfd.readouterr() == ("", "")
