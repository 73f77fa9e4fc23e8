"""python-build-standalone's runtimes: what is in them, as the SBOM has it, and with each manager."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from python_buildpack.environment.sbom.runtime import runtime_sbom
from python_buildpack.python_version.inventory import Artifact, read_inventory
from python_buildpack.system.archive import unpack_archive
from tests.integration.apps import SMALL_APP, write_app
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.managed_apps import Declaration, Locker, assert_reused
from tests.sampling import sampled
from tools.lifecycle_build import Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack, RuntimeSource
from tools.runtimes.standalone_runtime import RELEASES

VERSIONS = tuple(release.version for release in RELEASES)
MANAGERS = ("pip", "uv", "poetry", "pylock")
MATRIX = [(version, manager) for version in VERSIONS for manager in MANAGERS]
# Asks the runtime itself, whatever the buildpack thinks of it.
ASK = """\
import _decimal, curses, json, pyexpat, sqlite3, ssl, sys, zlib
told = {
    "expat": pyexpat.EXPAT_VERSION.removeprefix("expat_"),
    "mpdecimal": _decimal.__libmpdec_version__,
    "ncurses": ".".join(map(str, curses.ncurses_version[:2])),
    "openssl": ssl.OPENSSL_VERSION.split()[1],
    "sqlite": sqlite3.sqlite_version,
    "zlib": zlib.ZLIB_RUNTIME_VERSION,
}
if sys.version_info >= (3, 14):
    from compression import zstd
    told["zstd"] = zstd.zstd_version
print(json.dumps(told))
"""
# These tell no version to Python, but have it in their code.
IN_THE_CODE = {"bzip2": "{}, 13-Jul-2019\0", "xz": "\0{}\0"}
# All but what is for other systems, what the archives never had, and what docs/layers.md says is removed;
# a Go module has no lib2to3 and pydoc_data either.
IMPORT_ALL = """\
import importlib, json, pkgutil, sys, warnings
LEFT_OUT = {
    *("_ios_support", "_msi", "_overlapped", "_scproxy", "_winapi", "_wmi", "msilib", "msvcrt", "nt"),
    *("winreg", "winsound", "_pyrepl.windows_console", "asyncio.windows_events"),
    *("asyncio.windows_utils", "distutils._msvccompiler", "distutils.command.bdist_msi"),
    *("distutils.msvc9compiler", "encodings.mbcs", "encodings.oem"),
    *("multiprocessing.popen_spawn_win32", "_gdbm", "dbm.gnu", "nis"),
    *("_tkinter", "ensurepip", "idlelib", "tkinter", "turtle", "turtledemo"),
    *("lib2to3", "pydoc_data", "antigravity", "this"),
}
warnings.simplefilter("ignore")
failed, count = {}, 0
pending = sorted(sys.stdlib_module_names)
while pending:
    name = pending.pop()
    if name in LEFT_OUT or name.endswith("__main__"):
        continue
    count += 1
    try:
        module = importlib.import_module(name)
    except Exception as error:
        failed[name] = f"{type(error).__name__}: {error}"
    else:
        path = getattr(module, "__path__", [])
        pending += [each.name for each in pkgutil.iter_modules(path, f"{name}.")]
print(json.dumps([count, failed]))
"""


BASIC = Declaration(dependencies=["idna>=3", "markupsafe>=3"])


@pytest.fixture(scope="module")
def runtimes(prepared: PreparedBuildpack) -> dict[str, Artifact]:
    """The runtimes of this architecture, by version."""
    if prepared.source is not RuntimeSource.GO_MODULES or prepared.runtimes_dir is None:
        pytest.skip("needs a Go module's runtimes, which could not be downloaded")
    inventory = read_inventory(prepared.runtimes_dir / "inventory.toml")
    return {str(artifact.version): artifact for artifact in inventory.artifacts}


@pytest.mark.parametrize("version", VERSIONS)
def test_sbom_lists_the_libraries_that_the_runtime_has(
    runtimes: dict[str, Artifact], tmp_path: Path, version: str
) -> None:
    artifact = runtimes[version]
    unpack_archive(Path(unquote(urlsplit(artifact.url).path)), tmp_path / "python")
    python = tmp_path / "python" / "bin" / "python3"
    answer = subprocess.run([python, "-I", "-B", "-c", ASK], stdout=subprocess.PIPE, check=True)
    told = json.loads(answer.stdout)
    listed = {
        component.name: component.version
        for component in runtime_sbom("python", artifact).components
        if component.name != "python"
    }
    # Nobody tells of libffi.
    assert listed.keys() == {*told, *IN_THE_CODE, "libffi"}
    assert told.items() <= listed.items()
    series = version.rpartition(".")[0]
    code = (tmp_path / "python" / "lib" / f"libpython{series}.so.1.0").read_bytes()
    for name, form in IN_THE_CODE.items():
        assert form.format(listed[name]).encode() in code, name


@pytest.mark.parametrize(
    "case",
    sampled(MATRIX, "3.10.16 pip", "3.14.6 uv", name=" ".join),
)
def test_build_start_and_rebuild(
    runtimes: dict[str, Artifact],
    workspace: Workspace,
    buildpack_env: dict[str, str],
    locker: Locker,
    tmp_path: Path,
    case: tuple[str, str],
) -> None:
    version, manager = case
    assert version in runtimes
    app = locker.write(manager, tmp_path / "app", BASIC)
    (app / "Procfile").write_text(
        "web: python -c 'import idna, markupsafe; print(idna.__name__)'\n"
    )
    env = {**buildpack_env, "BP_PYTHON_VERSION": version}
    first = kept_image(workspace.build(app, env).require_image(), tmp_path / "first")
    assert workspace.run(first, ["web"]).stdout == "idna\n"
    process = workspace.run(first, ["--", "python", "-c", IMPORT_ALL])
    assert process.returncode == 0, process.stdout
    count, failed = json.loads(process.stdout.splitlines()[-1])
    assert failed == {}
    assert count > 500
    again = workspace.build(app, env)
    assert_reused(again)
    assert again.require_image().layer_diff_ids() == first.layer_diff_ids()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to build as two users")
@pytest.mark.parametrize("version", sampled(VERSIONS, "3.14.6"))
def test_python_layer_is_the_same_from_root_and_from_another_user(
    runtimes: dict[str, Artifact],
    make_workspace: Callable[..., Workspace],
    prepared: PreparedBuildpack,
    buildpack_env: dict[str, str],
    tmp_path: Path,
    version: str,
) -> None:
    assert version in runtimes
    workspace = make_workspace(prepared.buildpack)
    app = write_app(tmp_path / "app", SMALL_APP)
    env = {**buildpack_env, "BP_PYTHON_VERSION": version}
    first = workspace.build(app, env, image="root").require_image()
    second = workspace.build(app, env, image="user", umask=0o077, as_root=False).require_image()
    assert_same_layers(first, second, ["python", "venv"])
    # What the buildpack itself writes as root has no other bytes or modes: the owner is the lifecycle's.
    third = replace(workspace, uid=0, gid=0).build(app, env, image="all-root").require_image()
    assert contents(third, "python") == contents(first, "python")


def contents(image: Image, layer: str) -> dict[str, tuple[bytes, int, bytes]]:
    """Return the type, mode and contents of all in a layer, by path."""
    return {
        path: (file.member.type, file.member.mode, file.content)
        for path, file in image.layer_files(layer).items()
    }
