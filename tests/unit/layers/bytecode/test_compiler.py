from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from python_buildpack import programs
from python_buildpack.layers.bytecode import compiler as bytecode_module
from python_buildpack.layers.bytecode.compiler import (
    BytecodeCompiler,
    BytecodeError,
    bytecode_compiler,
    source_files,
)
from python_buildpack.system.output import Output
from tests.unit.interpreters import PYTHONS

THIS = Path(sys.executable)
WORKER = programs.COMPILE_WORKER

# Sources whose bytecode tends to depend on what else the process has seen: names that other files
# and the interpreter itself use, constants that occur twice, sets, strings and encodings. The
# animals are words that no interpreter knows by itself.
MODULES: Mapping[str, bytes] = {
    "names.py": b"quagga = okapi = numbat = 1\ndef dugong(tapir, *, kakapo=None): return quagga\n",
    "sets.py": (
        b"def f(x): return x in {'quagga', 'okapi', 'numbat'} or 1000\n"
        b"def g(x): return x in {'quagga', 'okapi', 'numbat'} or 2000\n"
        b"def h(x): return x in {1, (2, 'dugong'), None, b'kakapo', 3.5, frozenset}\n"
        b"def i(x): return x in {1, (2, 'dugong'), None, b'kakapo', 3.5, ...}\n"
    ),
    "strings.py": (
        b"a = 'quagga'; b = 'not an identifier'; c = 'not an identifier'; d = 'x' * 40\n"
        b"e = ('quagga', ('okapi', 'numbat')); f = ('quagga', ('okapi', 'numbat')); g = (1, 2, 3)\n"
        b"def f(): return 'os', 'sys', 'path', 'self', '__name__', 'compile', 300, 2.5, 1j\n"
    ),
    "classes.py": (
        b"import os, sys\n"
        b"class Quagga:\n"
        b"    'Documentation.'\n"
        b"    okapi: 'numbat' = os.path.join('a', 'b')\n"
        b"    def __init__(self, *args, **kwargs): super().__init__(); self.quagga = lambda: args\n"
        b"    async def dugong(self):\n"
        b"        try:\n"
        b"            return [x async for x in self if x not in {'os', 'sys'}]\n"
        b"        except (KeyError, ValueError) as error: raise RuntimeError('okapi') from error\n"
    ),
    "latin_1.py": b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\ndef f(x): return x in {'caf\xe9', 'a'}\n",
    "utf_8.py": "\ufeffname = 'café'\nété = {'café': 1}\n".encode(),
    "empty.py": b"",
    "package/__init__.py": b"from . import quagga\n",
    "package/quagga.py": b"okapi = {'quagga', 'okapi'}\n__all__ = ['okapi']\n",
    "package/tests/test_quagga.py": b"def test(): assert {'quagga'}\n",
}


def compile_directory(
    directory: Path, *, python: Path, skipped_directories: frozenset[str] = frozenset()
) -> None:
    with bytecode_compiler(python) as compiler:
        compiler.submit(source_files(directory, skipped_directories))


def write_modules(directory: Path, names: list[str] | None = None) -> Path:
    for name in names or list(MODULES):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MODULES[name])
    return directory


def bytecode(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*.pyc"))
    }


def forget(directory: Path) -> None:
    for path in directory.rglob("*.pyc"):
        path.unlink()


@pytest.fixture
def processors(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Say how many processors this process may use."""

    def set_to(count: int) -> None:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(count)))

    return set_to


def run_worker(python: Path, paths: list[Path], *, seed: str = "0") -> None:
    subprocess.run(
        [str(python), "-s", "-S", str(WORKER)],
        env={"PYTHONHASHSEED": seed},
        input=b"".join(os.fsencode(path) + b"\0" for path in paths),
        check=True,
    )


def compiled_after(python: Path, path: Path, *others: Path) -> bytes:
    """Return the bytecode of ``path`` from a process that has compiled ``others`` before."""
    run_worker(python, [*others, path])
    (compiled,) = path.parent.glob(f"__pycache__/{path.stem}.*.pyc")
    contents = compiled.read_bytes()
    forget(path.parent)
    return contents


@pytest.mark.parametrize("python", PYTHONS)
def test_compile_directory_does_not_depend_on_the_number_of_processors(
    tmp_path: Path, processors: Callable[[int], None], python: Path
) -> None:
    directory = write_modules(tmp_path)
    results = []
    for count in (1, 3, 16):
        processors(count)
        compile_directory(directory, python=python)
        results.append(bytecode(directory))
        forget(directory)
    assert len(results[0]) == len(MODULES)
    assert all(result == results[0] for result in results)


@pytest.mark.parametrize("python", PYTHONS)
def test_compile_worker_does_not_depend_on_order_or_company(tmp_path: Path, python: Path) -> None:
    directory = write_modules(tmp_path)
    paths = sorted(directory.rglob("*.py"))
    run_worker(python, paths)
    expected = bytecode(directory)
    forget(directory)
    run_worker(python, paths[::-1])
    assert bytecode(directory) == expected
    forget(directory)
    for path in paths:
        run_worker(python, [path])
    assert bytecode(directory) == expected


@pytest.mark.parametrize("python", PYTHONS)
def test_compile_worker_equal_sets_of_strings_that_another_file_interned(
    tmp_path: Path, python: Path
) -> None:
    # In CPython 3.12, the compiler merges B's two sets into one object, unless A was there before.
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_text("quagga = okapi = numbat = 1\ndef dugong(quagga, okapi): return numbat\n")
    second.write_text(
        "def f(x): return x in {'quagga', 'okapi', 'numbat'} or 1000\n"
        "def g(x): return x in {'quagga', 'okapi', 'numbat'} or 2000\n"
    )
    assert compiled_after(python, second, first) == compiled_after(python, second)


@pytest.mark.parametrize("python", PYTHONS)
def test_compile_worker_names_that_the_process_knows_meanwhile(
    tmp_path: Path, python: Path
) -> None:
    # A's encoding makes Python import a module, which has names that B has, too.
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_bytes(b"# coding: cp1252\nx = '\x80'\n")
    second.write_text("decoding_table = 1\ndef getregentry(charmap_build): return 'input'\n")
    assert compiled_after(python, second, first) == compiled_after(python, second)


def test_compile_directory_does_not_depend_on_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = write_modules(tmp_path)
    compile_directory(directory, python=THIS)
    expected = bytecode(directory)
    forget(directory)
    for name, value in (
        ("PYTHONHASHSEED", "1"),
        ("PYTHONOPTIMIZE", "2"),
        ("PYTHONPYCACHEPREFIX", str(tmp_path / "elsewhere")),
        ("PYTHONHOME", "/nowhere"),
        ("PYTHONPATH", str(tmp_path)),
        ("PYTHONWARNINGS", "error"),
        ("SOURCE_DATE_EPOCH", "0"),
    ):
        monkeypatch.setenv(name, value)
    compile_directory(directory, python=THIS)
    assert bytecode(directory) == expected


def test_compile_directory_is_not_shadowed_by_what_it_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("marshal.py", "warnings.py", "types.py", "changes.py", "encodings/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    compile_directory(tmp_path, python=THIS)
    assert len(bytecode(tmp_path)) == 5


@pytest.mark.parametrize("python", PYTHONS)
def test_compile_directory_is_used_and_never_checked(tmp_path: Path, python: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("value = 'compiled'\n")
    compile_directory(tmp_path, python=python)
    (contents,) = bytecode(tmp_path).values()
    assert contents[4:8] == b"\x01\x00\x00\x00"
    module.write_text("value = 'changed'\n")
    os.utime(module, (315532801, 315532801))
    code = "import sys; sys.path.insert(0, '.'); import module; print(module.value)"
    result = subprocess.run(
        [str(python), "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout == "compiled\n"


def test_compile_directory_leaves_out_what_does_not_compile(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "python2.py").write_text("print 'hello'\n")
    (tmp_path / "template.py").write_text("{{ cookiecutter.name }} = \n")
    (tmp_path / "nul.py").write_bytes(b"x = 1\0\n")
    (tmp_path / "latin_1.py").write_bytes(b"name = 'caf\xe9'\n")
    (tmp_path / "codec.py").write_bytes(b"# coding: no-such-codec\n")
    (tmp_path / "deep.py").write_text("(" * 5000 + ")" * 5000)
    (tmp_path / "warning.py").write_text("x = '\\d'\nassert (x, 'always true')\n")
    compile_directory(tmp_path, python=THIS)
    names = {Path(path).name.partition(".")[0] for path in bytecode(tmp_path)}
    assert names == {"good", "warning"}


def test_compile_directory_skipped_directories(tmp_path: Path) -> None:
    directory = write_modules(tmp_path)
    compile_directory(directory, python=THIS, skipped_directories=frozenset({"tests", "test"}))
    assert len(bytecode(directory)) == len(MODULES) - 1
    assert not list(directory.glob("package/tests/__pycache__"))


def test_compile_directory_follows_no_links(tmp_path: Path) -> None:
    outside, directory = tmp_path / "outside", tmp_path / "directory"
    write_modules(outside, ["names.py"])
    write_modules(directory, ["sets.py"])
    (directory / "linked.py").symlink_to(outside / "names.py")
    (directory / "linked").symlink_to(outside)
    (directory / "dangling.py").symlink_to("missing.py")
    compile_directory(directory, python=THIS)
    assert len(bytecode(directory)) == 1
    assert not (outside / "__pycache__").exists()


def test_compile_directory_of_odd_names(tmp_path: Path) -> None:
    names = [b"new\nline.py", b"caf\xe9.py", "καφές.py".encode(), b"a b.py"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x = 1\n")
    compile_directory(tmp_path, python=THIS)
    assert len(bytecode(tmp_path)) == len(names)


def test_compile_directory_of_nothing(tmp_path: Path) -> None:
    compile_directory(tmp_path, python=Path("/no/such/python"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("script", ["exit 3", "head -c 100 > /dev/null; exit 3"])
def test_compile_directory_failing_interpreter(
    tmp_path: Path, processors: Callable[[int], None], script: str, jobs: int
) -> None:
    processors(jobs)
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    # More paths than fit into a pipe that nobody reads.
    for number in range(2000):
        (tmp_path / f"module_{'x' * 100}_{number}.py").touch()
    with pytest.raises(BytecodeError) as caught:
        compile_directory(tmp_path, python=python)
    assert (caught.value.python, caught.value.exit_status) == (str(python), 3)


def test_compile_directory_where_bytecode_can_not_be_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_modules(tmp_path, ["names.py"])
    (tmp_path / "__pycache__").write_text("no directory")
    with pytest.raises(FileExistsError) as caught:
        compile_directory(tmp_path, python=THIS)
    assert caught.value.errno == errno.EEXIST
    assert capfd.readouterr() == ("", "")


def test_compile_directory_no_interpreter(tmp_path: Path) -> None:
    write_modules(tmp_path, ["names.py"])
    with pytest.raises(BytecodeError) as caught:
        compile_directory(tmp_path, python=tmp_path / "missing")
    assert caught.value.exit_status is None


@pytest.fixture
def second_worker_fails(
    monkeypatch: pytest.MonkeyPatch, processors: Callable[[int], None]
) -> list[subprocess.Popen[bytes]]:
    """Have the machine refuse the second process, once; return those that it starts."""
    processors(2)
    start = bytecode_module._start_worker
    started: list[subprocess.Popen[bytes]] = []
    refused: list[Path] = []

    def start_or_fail(python: Path, *, checked: bool) -> subprocess.Popen[bytes]:
        if len(started) == 1 and not refused:
            refused.append(python)
            raise BytecodeError(str(python), None)
        started.append(start(python, checked=checked))
        return started[-1]

    monkeypatch.setattr(bytecode_module, "_start_worker", start_or_fail)
    return started


def test_bytecode_compiler_ends_the_workers_that_are_too_few(
    tmp_path: Path, second_worker_fails: list[subprocess.Popen[bytes]]
) -> None:
    write_modules(tmp_path, ["names.py"])
    with pytest.raises(BytecodeError):
        compile_directory(tmp_path, python=THIS)
    assert [worker.returncode for worker in second_worker_fails] == [-9]
    assert bytecode(tmp_path) == {}


def test_bytecode_compiler_compiles_what_it_could_not_before(
    tmp_path: Path, second_worker_fails: list[subprocess.Popen[bytes]]
) -> None:
    write_modules(tmp_path, ["names.py"])
    with bytecode_compiler(THIS) as compiler:
        with pytest.raises(BytecodeError):
            compiler.submit([tmp_path / "names.py"])
        assert not compiler._workers
        compiler.submit([tmp_path / "names.py"])
    assert len(bytecode(tmp_path)) == 1
    assert len(second_worker_fails) == 3


def test_bytecode_compiler_compiles_what_is_new_or_has_changed(tmp_path: Path) -> None:
    same, changed, late = (tmp_path / name for name in ("same.py", "changed.py", "late.py"))
    same.write_text("x = 1\n")
    changed.write_text("x = 1\n")
    with bytecode_compiler(THIS) as compiler:
        compiler.submit([same, changed])
        # Of another size, to be seen as changed where the clock is coarse, too.
        changed.write_text("x = 1000\n")
        late.write_text("x = 1\n")
        compiler.submit([same, changed, late, tmp_path / "gone.py"])
    result = bytecode(tmp_path)
    assert {Path(name).name.partition(".")[0] for name in result} == {"same", "changed", "late"}
    forget(tmp_path)
    compile_directory(tmp_path, python=THIS)
    assert result == bytecode(tmp_path)


def test_bytecode_compiler_leaves_nothing_but_bytecode(tmp_path: Path) -> None:
    directory = write_modules(tmp_path)
    compile_directory(directory, python=THIS)
    others = {path.suffix for path in directory.rglob("__pycache__/*")}
    assert others == {".pyc"}


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """Return an interpreter that never has compiled a file."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 600\n")
    python.chmod(0o755)
    return python


def test_bytecode_compiler_does_not_wait_where_the_block_fails(
    tmp_path: Path, endless: Path
) -> None:
    write_modules(tmp_path, ["names.py"])
    with (
        pytest.raises(ZeroDivisionError, match="of the block"),
        bytecode_compiler(endless) as compiler,
    ):
        compile_and_fail(compiler, tmp_path)


def test_abort_leaves_nothing_to_wait_for(tmp_path: Path, endless: Path) -> None:
    write_modules(tmp_path, ["names.py"])
    with bytecode_compiler(endless) as compiler:
        compiler.submit(source_files(tmp_path))
        assert compiler._workers
        compiler.abort()
        assert not compiler._workers


def compile_and_fail(compiler: BytecodeCompiler, directory: Path) -> None:
    compiler.submit(source_files(directory))
    raise ZeroDivisionError("of the block")


def test_source_files(tmp_path: Path) -> None:
    directory = write_modules(tmp_path)
    (directory / "data.json").touch()
    found = source_files(directory, frozenset({"tests"}))
    assert {str(path.relative_to(directory)) for path in found} == {
        name for name in MODULES if "tests" not in name
    }


def test_bytecode_compiler_of_what_no_longer_compiles(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("x = 1\n")
    with bytecode_compiler(THIS) as compiler:
        compiler.submit([path])
        path.unlink()
        path.write_text("print 'x' # of another Python\n")
        compiler.submit([path])
    assert bytecode(tmp_path) == {}


def test_bytecode_compiler_of_what_is_gone_meanwhile(tmp_path: Path) -> None:
    """An installer removes a file before it writes another in its place."""
    write_modules(tmp_path, ["names.py", "sets.py"])
    paths = [tmp_path / "names.py", tmp_path / "sets.py"]
    result = subprocess.run(
        [THIS, "-s", "-S", "-B", WORKER],
        input=b"".join(os.fsencode(path) + b"\0" for path in [tmp_path / "gone.py", *paths]),
        capture_output=True,
        check=True,
    )
    assert result.stdout == b""
    assert len(bytecode(tmp_path)) == 2


DEEP = "f = " + "lambda: " * 700 + "0\n"


@pytest.mark.parametrize("python", PYTHONS)
def test_bytecode_compiler_leaves_out_what_is_nested_too_deeply(
    tmp_path: Path, python: Path
) -> None:
    names = ("deep.py", "flat.py", "template.py")
    for name, text in zip(names, (DEEP, "x = 1\n", "{{ x }} y\n"), strict=True):
        (tmp_path / name).write_text(text)
    log = io.StringIO()
    with bytecode_compiler(python, output=Output(log)) as compiler:
        compiler.submit(source_files(tmp_path))
    assert [path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")] == ["flat"]
    assert {path.suffix for path in tmp_path.rglob("__pycache__/*")} == {".pyc"}
    deep = tmp_path / "deep.py"
    compiles = f"compile(open({str(deep)!r}).read(), 'deep.py', 'exec')"
    is_compiled = subprocess.run([python, "-c", compiles], check=False, capture_output=True)
    expected = (str(deep),) if is_compiled.returncode == 0 else ()
    assert compiler.left_out == expected
    assert log.getvalue() == "".join(
        f"  Not compiled, nested too deeply: {path}\n" for path in expected
    )
