"""The packaging programs as they are used: as processes, on an interpreter of this machine.

The wheels come from the package index on first use; nothing else needs a network.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from python_buildpack.package_managers.registry import TOOLS
from python_buildpack.system.archive import unpack_archive
from tools.packaging.tree import MODIFIED, tree_digest
from tools.runtimes.inventory_file import MACHINES, Artifact, render_inventory

ROOT = Path(__file__).resolve().parents[2]
VERSION = platform.python_version()
MINOR = VERSION.rpartition(".")[0]
ARCH = next(arch for arch, machine in MACHINES.items() if machine == platform.machine())
OTHER_ARCH = next(arch for arch in MACHINES if arch != ARCH)
ARCHIVE = f"cpython-{VERSION}+local-{platform.machine()}-unknown-linux-gnu-install_only_stripped"


def run(*command: str | Path, umask: int = -1) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, umask=umask
    )


def local_runtime(directory: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, ROOT / "scripts/local-runtime", directory, sys.executable)


def package_command(inventory: Path | None, output: Path, *options: str) -> Sequence[str | Path]:
    source = ["--inventory", inventory] if inventory else ["--without-interpreter"]
    return [
        *(sys.executable, ROOT / "scripts/package", *source, "--python", VERSION),
        *("--output", output, *options),
    ]


@dataclass(frozen=True)
class Packaged:
    directory: Path
    inventory: Path
    log: str


@pytest.fixture(scope="module")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("runtimes")
    result = local_runtime(directory)
    assert result.returncode == 0, result.stderr
    return directory


@pytest.fixture(scope="module")
def runtime(runtimes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("runtime") / "python"
    unpack_archive(runtimes / f"{ARCHIVE}.tar.gz", destination)
    return destination


@pytest.fixture(scope="module")
def packaged(runtimes: Path, tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    output = tmp_path_factory.mktemp("dist")
    inventory = runtimes / "inventory.toml"
    result = run(*package_command(inventory, output))
    assert result.returncode == 0, result.stderr
    return Packaged(output / f"linux-{ARCH}", inventory, result.stdout)


def test_local_runtime_runs_from_anywhere(runtime: Path) -> None:
    code = "import ssl, sqlite3, sys; print(sys.version.split()[0], sys.base_prefix)"
    result = run(runtime / "bin" / "python3", "-I", "-B", "-c", code)
    assert result.stdout.split() == [VERSION, str(runtime)]
    venv = run(runtime / "bin/python3", "-m", "venv", "--without-pip", runtime.parent / "venv")
    assert venv.returncode == 0, venv.stderr


def test_local_runtime_looks_like_the_real_archives(runtime: Path) -> None:
    library = runtime / "lib" / f"python{MINOR}"
    (config,) = library.glob("config-*")
    (sysconfig_data, *_) = library.glob("_sysconfigdata_*.py")
    for text in (config / "Makefile", sysconfig_data, runtime / "bin" / f"python{MINOR}-config"):
        assert "/install" in text.read_text()
        assert str(Path(sys.base_prefix).resolve()) + "/" not in text.read_text()
    assert (runtime / "bin" / "python").readlink() == Path(f"python{MINOR}")
    site_packages = {path.name.partition("-")[0] for path in library.glob("site-packages/*")}
    assert site_packages <= {
        *("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils")
    }
    assert (library / "test" / "__init__.py").is_file()
    assert (runtime / "include" / f"python{MINOR}" / "pyconfig.h").is_file()
    assert not list(runtime.rglob("*.pyc"))


def test_local_runtime_twice(runtimes: Path, tmp_path: Path) -> None:
    archive = runtimes / f"{ARCHIVE}.tar.gz"
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert local_runtime(tmp_path).returncode == 0
    assert hashlib.sha256((tmp_path / archive.name).read_bytes()).hexdigest() == digest
    assert f"{ARCHIVE}.tar.gz is up to date" in local_runtime(tmp_path).stdout
    # An archive that is not what the inventory says is made again.
    (tmp_path / archive.name).write_bytes(b"truncated")
    assert "Packing Python" in local_runtime(tmp_path).stdout
    assert hashlib.sha256((tmp_path / archive.name).read_bytes()).hexdigest() == digest


def test_local_runtime_of_nothing(tmp_path: Path) -> None:
    result = run(sys.executable, ROOT / "scripts/local-runtime", tmp_path, "no-such-python")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: no-such-python is no Python interpreter")


def test_package(packaged: Packaged) -> None:
    directory = packaged.directory
    assert {path.name for path in directory.iterdir()} == {
        *("LICENSE", "bin", "buildpack.toml", "interpreter", "inventory.toml", "src", "vendor")
    }
    vendored = {path.name.partition("-")[0] for path in (directory / "vendor").iterdir()}
    wheels = {"installer", "packaging", "pip", "tomli"}
    tools = {f"{tool}.txt" for tool in TOOLS if tool != "pip"}
    assert vendored == {*wheels, "pip.toml", *tools}
    assert not list(directory.rglob("*.exe"))
    for name in tools:
        bundled = (directory / "vendor" / name).read_bytes()
        assert bundled == (ROOT / "requirements" / name).read_bytes()
    assert not list((directory / "vendor").rglob("*.so"))
    assert f'arch = "{ARCH}"' in (directory / "buildpack.toml").read_text()
    assert f'arch = "{OTHER_ARCH}"' not in (directory / "buildpack.toml").read_text()
    for program in ("detect", "build"):
        assert (directory / "bin" / program).stat().st_mode & 0o777 == 0o755
    paths = list(directory.rglob("*"))
    assert {path.lstat().st_mtime for path in paths} == {MODIFIED}
    modes = {path.stat().st_mode & 0o777 for path in paths if not path.is_symlink()}
    assert modes == {0o755, 0o644}
    assert f"Left out: linux-{OTHER_ARCH}, for which" in packaged.log
    assert [path.name for path in directory.parent.glob(".packaging-*")] == []


def test_package_carries_bytecode_that_its_interpreter_uses(packaged: Packaged) -> None:
    code = (
        "import os, sys; sys.path[:0] = ['src', 'vendor'];"
        "import python_buildpack.python_version.inventory, ssl, tomli, packaging.version;"
        "print([n for n, m in sys.modules.items() if getattr(m, '__cached__', None)"
        " and not os.path.exists(m.__cached__)])"
    )
    before = tree_digest(packaged.directory)
    python = packaged.directory / "interpreter" / "bin" / "python3"
    result = subprocess.run(
        [str(python), "-I", "-c", code],
        cwd=packaged.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout, result.stderr) == ("[]\n", "")
    assert tree_digest(packaged.directory) == before


def test_package_twice_gives_the_same_bytes(packaged: Packaged, tmp_path: Path) -> None:
    result = run(*package_command(packaged.inventory, tmp_path), umask=0o077)
    assert result.returncode == 0, result.stderr
    assert tree_digest(tmp_path / packaged.directory.name) == tree_digest(packaged.directory)

    result = run(*package_command(packaged.inventory, tmp_path))
    assert f"{tmp_path / packaged.directory.name} is up to date" in result.stdout

    (tmp_path / packaged.directory.name / "LICENSE").write_text("altered")
    result = run(*package_command(packaged.inventory, tmp_path))
    assert "Making" in result.stdout
    assert tree_digest(tmp_path / packaged.directory.name) == tree_digest(packaged.directory)


def test_package_for_another_architecture(packaged: Packaged, tmp_path: Path) -> None:
    # Its executables are this machine's, which nobody will notice: they must not be run.
    archive = packaged.inventory.parent / f"{ARCHIVE}.tar.gz"
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    artifacts = [Artifact(VERSION, "linux", arch, str(archive), digest) for arch in MACHINES]
    inventory = tmp_path / "inventory.toml"
    inventory.write_text(render_inventory(artifacts, source="a test"))
    options = ("--target", f"linux/{OTHER_ARCH}")
    result = run(*package_command(inventory, tmp_path / "dist", *options))
    assert result.returncode == 0, result.stderr
    directory = tmp_path / "dist" / f"linux-{OTHER_ARCH}"
    assert f'arch = "{OTHER_ARCH}"' in (directory / "buildpack.toml").read_text()
    assert list(directory.glob("interpreter/lib/python*/__pycache__/os.*.pyc"))


def test_package_without_interpreter(tmp_path: Path) -> None:
    result = run(*package_command(None, tmp_path))
    assert result.returncode == 0, result.stderr
    assert {path.name for path in tmp_path.glob("linux-*")} == {"linux-amd64", "linux-arm64"}
    for directory in tmp_path.glob("linux-*"):
        assert not (directory / "interpreter").exists()
        assert list(directory.glob("src/python_buildpack/__pycache__/*.pyc"))
    assert f"With bytecode for Python {MINOR}; other versions run it from source" in result.stdout


def test_package_for_closed_networks(packaged: Packaged, tmp_path: Path) -> None:
    options = ("--inventory", str(packaged.inventory), "--offline", MINOR)
    first = run(*package_command(None, tmp_path, *options))
    assert first.returncode == 0, first.stderr
    assert f"Left out: linux-{OTHER_ARCH}, for which" in first.stdout
    directory = tmp_path / f"linux-{ARCH}"
    archive = packaged.inventory.parent / f"{ARCHIVE}.tar.gz"
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (bundled,) = (directory / "vendor" / "runtimes").iterdir()
    assert bundled.name == f"{digest}.tar.gz"
    assert bundled.read_bytes() == archive.read_bytes()
    inventory = (directory / "inventory.toml").read_text()
    assert inventory.count("[[artifacts]]") == 1
    assert f'version = "{VERSION}"' in inventory
    # All that the tools require, for this Python and platform, with the hashes that are pinned.
    pinned = "".join(
        (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("uv", "poetry", "rattler")
    )
    wheels = sorted((directory / "vendor" / "wheels").glob("*.whl"))
    names = {wheel.name.partition("-")[0] for wheel in wheels}
    assert {"uv", "poetry", "poetry_core", "packaging", "py_rattler"} < names
    assert len(names) == len(wheels)
    assert all(hashlib.sha256(wheel.read_bytes()).hexdigest() in pinned for wheel in wheels)
    before = tree_digest(directory)
    assert "is up to date" in run(*package_command(None, tmp_path, *options)).stdout
    shutil.rmtree(directory)
    assert run(*package_command(None, tmp_path, *options)).returncode == 0
    assert tree_digest(directory) == before


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0])
def test_package_killed_leaves_nothing_that_looks_whole(
    packaged: Packaged, tmp_path: Path, seconds: float
) -> None:
    command = list(map(str, package_command(packaged.inventory, tmp_path)))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
    if list(tmp_path.glob("linux-*")):
        assert tree_digest(tmp_path / packaged.directory.name) == tree_digest(packaged.directory)
    assert run(*command).returncode == 0
    assert tree_digest(tmp_path / packaged.directory.name) == tree_digest(packaged.directory)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--target", "linux/s390x"), "--target: linux/s390x is none of linux/amd64, linux/arm64."),
        (("--python", "latest"), "--python: latest is no version such as 3.13.0."),
        (("--python", "3.1.0"), "has no Python 3.1.0 for linux-amd64 or linux-arm64."),
        (("--offline", "latest"), "--offline: latest is no version such as 3.13.0."),
        (("--offline", "3.1"), "has no Python 3.1 for linux-amd64 or linux-arm64."),
        (("--pack", "no-such-pack"), "--pack: no-such-pack is no program."),
    ],
)
def test_package_rejects(
    packaged: Packaged, tmp_path: Path, options: tuple[str, ...], problem: str
) -> None:
    result = run(*package_command(packaged.inventory, tmp_path / "dist", *options))
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert problem in result.stderr
    assert not (tmp_path / "dist").exists()


def test_package_of_no_inventory(tmp_path: Path) -> None:
    result = run(*package_command(tmp_path / "inventory.toml", tmp_path / "dist"))
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert str(tmp_path / "inventory.toml") in result.stderr
    assert "Traceback" not in result.stderr


def test_update_inventory_check() -> None:
    result = run(sys.executable, ROOT / "scripts/update-inventory", "--check")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Left out: Python 3.10.0" in result.stdout
