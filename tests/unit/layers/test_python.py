from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.app.settings import Settings
from python_buildpack.cnb.contents import contents_digest
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.bytecode.compiler import BytecodeError, bytecode_compiler
from python_buildpack.layers.judgement import LAYER_FORMAT
from python_buildpack.layers.python import (
    PythonLayer,
    finish_python_layer,
    inspect_python_layer,
    install_python,
)
from python_buildpack.layers.runtime.fix_ups import UnknownLayoutError
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.archive import BrokenArchiveError
from python_buildpack.system.download import ChecksumMismatchError, DownloadError
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output
from tests.unit.fake_program import fake_program_text
from tests.unit.layers.restored_layers import (
    layer_env,
    layer_metadata,
    layer_types,
    restore_layer,
)
from tests.unit.layers.standalone_python import SERIES, write_runtime, write_runtime_archive
from tests.unit.requests import request

EVERYWHERE = LayerTypes(launch=True, build=True, cache=True)
ENVIRONMENT = {"PATH": "/usr/bin", "LANG": "de_DE.UTF-8", "CPATH": "/opt/include"}


def artifact_of(archive: Path, version: str = "3.13.2") -> Artifact:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return Artifact(Version(version), "linux", "amd64", archive.as_uri(), digest)


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    python = fake_program_text(tmp_path / "runs", "")
    root = write_runtime(tmp_path / "unpacked", python)
    return artifact_of(write_runtime_archive(tmp_path / "cpython 3.13.tar.gz", root))


def contribute(
    layers_dir: Path,
    artifact: Artifact,
    output: Output,
    types: LayerTypes = EVERYWHERE,
    mirror: str | None = None,
) -> PythonLayer:
    layers = Layers(layers_dir)
    layer = inspect_python_layer(layers, artifact, ENVIRONMENT)
    run = request(layers_dir.parent, Settings(dependency_mirror=mirror), output=output)
    with layers.removed_on_failure(), bytecode_compiler(layer.executable) as compiler:
        install_python(run, layers, layer, compiler)
    finish_python_layer(layers, layer, types, needs_libpython=False)
    return layer


def test_inspect_python_layer_makes_nothing(layers_dir: Path, artifact: Artifact) -> None:
    layer = inspect_python_layer(Layers(layers_dir), artifact, ENVIRONMENT)
    directory = layers_dir / "python"
    assert (layer.version, layer.series) == ("3.13.2", "3.13")
    assert layer.executable == directory / "bin" / "python3.13"
    assert layer.environment == {
        "PATH": f"{directory}/bin:/usr/bin",
        "LANG": "de_DE.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CPATH": f"{directory}/include/python3.13:/opt/include",
        "PKG_CONFIG_PATH": f"{directory}/lib/pkgconfig",
    }
    assert list(layers_dir.iterdir()) == []


def test_inspect_python_layer_of_a_free_threaded_build(
    layers_dir: Path, artifact: Artifact
) -> None:
    free = replace(artifact, version=Version("3.13.2+freethreaded"))
    layer = inspect_python_layer(Layers(layers_dir), free, ENVIRONMENT)
    default = inspect_python_layer(Layers(layers_dir), artifact, ENVIRONMENT)
    assert layer.executable == layers_dir / "python" / "bin" / "python3.13t"
    assert f"{layers_dir}/python/include/python3.13t:" in layer.environment["CPATH"]
    assert layer.layer.metadata != default.layer.metadata


def test_inspect_python_layer_without_a_path(layers_dir: Path, artifact: Artifact) -> None:
    layer = inspect_python_layer(Layers(layers_dir), artifact, {})
    assert layer.environment["PATH"] == f"{layers_dir}/python/bin"
    assert layer.environment["LANG"] == "C.UTF-8"


def test_python_layer_from_its_archive(
    layers_dir: Path, artifact: Artifact, output: Output, log: io.StringIO
) -> None:
    layer = contribute(layers_dir, artifact, output)
    library = layer.directory / "lib" / f"python{SERIES}"
    assert (layer.directory / "bin" / "python3").readlink() == Path(f"python{SERIES}")
    assert not (library / "idlelib").exists()
    assert not list((library / "site-packages").glob("pip"))
    tool = (layer.directory / "bin" / "tool").read_text()
    assert tool.startswith(f"#!{layer.directory}/bin/python{SERIES}\n")
    assert list((library / "__pycache__").glob("os.*.pyc"))
    assert log.getvalue() == (
        f"  Installing Python 3.13.2\n  Downloading {artifact.url}\n  Done in 0.0 s\n"
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), ["openssl"]),
        # What the inventory says comes first.
        ((("sqlite", "3.50"),), ["sqlite"]),
    ],
)
def test_libraries_of_the_runtime(
    layers_dir: Path,
    tmp_path: Path,
    output: Output,
    known: tuple[tuple[str, str], ...],
    expected: list[str],
) -> None:
    told = f"""\
#!/bin/sh
case "$*" in
*runtime_libraries.py) printf 'openssl 3.5.7\\nWarning: 1\\n' ;;
*) exec {sys.executable} "$@" ;;
esac
"""
    archive = write_runtime_archive(tmp_path / "a.tar.gz", write_runtime(tmp_path / "u", told))
    artifact = replace(artifact_of(archive), libraries=known)
    contribute(layers_dir, artifact, output)
    document = (layers_dir / "python.sbom.cdx.json").read_text("utf-8")
    names = [each["name"] for each in json.loads(document)["components"]]
    assert [name for name in names if name != "python"] == expected


def test_python_layer_on_disk(layers_dir: Path, artifact: Artifact, output: Output) -> None:
    contribute(layers_dir, artifact, output)
    assert layer_types(layers_dir, "python") == {"launch", "build", "cache"}
    assert layer_metadata(layers_dir, "python") == {
        "python_version": "3.13.2",
        "archive_sha256": artifact.sha256,
        "os": "linux",
        "arch": "amd64",
        "layer_format": LAYER_FORMAT,
    }
    directory = layers_dir / "python"
    assert layer_env(layers_dir, "python") == {
        "env/LANG.default": "C.UTF-8",
        "env/PYTHONUNBUFFERED.default": "1",
        "env.build/CPATH.delim": ":",
        "env.build/CPATH.prepend": f"{directory}/include/python3.13",
        "env.build/PKG_CONFIG_PATH.delim": ":",
        "env.build/PKG_CONFIG_PATH.prepend": f"{directory}/lib/pkgconfig",
        "env.build/PYTHONDONTWRITEBYTECODE.override": "1",
    }


def tree(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(directory)): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(directory.rglob("*"))
    }


def test_python_layer_is_the_same_every_time(
    layers_dir: Path, artifact: Artifact, output: Output
) -> None:
    contribute(layers_dir, artifact, output)
    first = tree(layers_dir)
    for path in layers_dir.iterdir():
        path.rename(layers_dir.parent / f"old-{path.name}")
    contribute(layers_dir, artifact, output)
    assert tree(layers_dir) == first


def test_python_layer_is_reused(
    layers_dir: Path, artifact: Artifact, output: Output, log: io.StringIO
) -> None:
    contribute(layers_dir, artifact, output)
    before = tree(layers_dir / "python")
    restore_layer(layers_dir, "python")
    log.truncate(0)
    log.seek(0)
    contribute(layers_dir, replace(artifact, url="file:///gone.tar.gz"), output)
    assert log.getvalue() == "  Reusing Python 3.13.2 from the cache\n"
    assert tree(layers_dir / "python") == before
    assert layer_types(layers_dir, "python") == {"launch", "build", "cache"}


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"python_version": "3.12.1"}, "Python 3.12.1 → 3.13.2"),
        ({"archive_sha256": "0" * 64}, "archive sha256 changed"),
        ({"arch": "arm64"}, "arch changed"),
        ({"layer_format": "0"}, "it was built by another version of this buildpack"),
    ],
)
def test_python_layer_is_made_anew(
    layers_dir: Path,
    artifact: Artifact,
    output: Output,
    log: io.StringIO,
    changed: dict[str, str],
    cause: str,
) -> None:
    contribute(layers_dir, artifact, output)
    restore_layer(layers_dir, "python", **changed)
    stale = layers_dir / "python" / "lib" / "stale"
    stale.touch()
    log.truncate(0)
    log.seek(0)
    contribute(layers_dir, artifact, output)
    assert log.getvalue().startswith(
        f"  Discarding the previous Python: {cause}\n  Installing Python 3.13.2\n"
    )
    assert not stale.exists()


def test_python_layer_that_the_image_has_is_left_there(
    layers_dir: Path, artifact: Artifact, output: Output
) -> None:
    contribute(layers_dir, artifact, output)
    restore_layer(layers_dir, "python")
    (layers_dir / "python").rename(layers_dir.parent / "in the image")
    # It was needed on disk in this build, and won't be in the next.
    contribute(layers_dir, artifact, output, LayerTypes(launch=True))
    assert not (layers_dir / "python").exists()
    assert layer_types(layers_dir, "python") == {"launch"}


def test_python_layer_that_is_new_stays_on_disk(
    layers_dir: Path, artifact: Artifact, output: Output
) -> None:
    contribute(layers_dir, artifact, output, LayerTypes(launch=True))
    assert (layers_dir / "python" / "bin").is_dir()


def test_python_layer_from_a_mirror(
    layers_dir: Path, artifact: Artifact, output: Output, log: io.StringIO, tmp_path: Path
) -> None:
    (tmp_path / "mirror" / "releases").mkdir(parents=True)
    archive = tmp_path / "cpython 3.13.tar.gz"
    archive.rename(tmp_path / "mirror" / "releases" / "cpython+3.13.tar.gz")
    remote = replace(artifact, url="https://github.com/releases/cpython%2B3.13.tar.gz")
    mirror = (tmp_path / "mirror").as_uri()
    contribute(layers_dir, remote, output, mirror=mirror)
    assert f"  Downloading {mirror}/releases/cpython%2B3.13.tar.gz\n" in log.getvalue()


def test_python_layer_shows_no_credentials(
    layers_dir: Path, artifact: Artifact, output: Output, log: io.StringIO
) -> None:
    remote = replace(artifact, url="https://archives.example/f.tar.gz")
    with pytest.raises(DownloadError):
        contribute(layers_dir, remote, output, mirror="file://user:pa55@localhost/no/such")
    assert "pa55" not in log.getvalue()


def test_python_layer_writes_nothing_where_the_url_leads(
    layers_dir: Path,
    artifact: Artifact,
    output: Output,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "outside" / "temporary"
    temporary.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (tmp_path / "cpython 3.13.tar.gz").rename(tmp_path / "x")
    (tmp_path / "a" / "b").mkdir(parents=True)
    url = f"{tmp_path.as_uri()}/a/b/..%2f..%2fx"
    contribute(layers_dir, replace(artifact, url=url), output)
    assert list((tmp_path / "outside").iterdir()) == [temporary]


@pytest.mark.parametrize("name", ["python%00.tar.gz", "%00", "..%2f%00", "", ".", ".."])
def test_python_layer_of_a_url_without_a_usable_name(
    layers_dir: Path, artifact: Artifact, output: Output, tmp_path: Path, name: str
) -> None:
    url = f"{tmp_path.as_uri()}/{name}"
    with pytest.raises(DownloadError):
        contribute(layers_dir, replace(artifact, url=url), output)


def broken_archive(tmp_path: Path) -> Artifact:
    archive = tmp_path / "broken.tar.gz"
    archive.write_bytes(b"\x1f\x8b\x08\x00 truncated")
    return artifact_of(archive)


def archive_of_another_series(tmp_path: Path) -> Artifact:
    root = write_runtime(tmp_path / "other")
    return artifact_of(write_runtime_archive(tmp_path / "other.tar.gz", root), "3.12.2")


def archive_that_does_not_run(tmp_path: Path) -> Artifact:
    root = write_runtime(tmp_path / "other", "#!/bin/sh\nexit 127\n")
    return artifact_of(write_runtime_archive(tmp_path / "other.tar.gz", root))


def altered_archive(tmp_path: Path) -> Artifact:
    return replace(broken_archive(tmp_path), sha256="0" * 64)


def missing_archive(tmp_path: Path) -> Artifact:
    return replace(broken_archive(tmp_path), url=(tmp_path / "missing").as_uri())


def test_unpacked_for_one_build_it_has_no_bytecode(
    layers_dir: Path, artifact: Artifact, output: Output
) -> None:
    _restored_without_contents(layers_dir, artifact, output)
    layers = Layers(layers_dir)
    layer = inspect_python_layer(layers, artifact, ENVIRONMENT)
    with bytecode_compiler(layer.executable) as compiler:
        install_python(request(layers_dir.parent, output=output), layers, layer, compiler)
    assert not list(layer.directory.glob("lib/*/__pycache__/os.*.pyc"))
    finish_python_layer(layers, layer, LayerTypes(launch=True), needs_libpython=False)
    assert not layer.directory.exists()


def test_it_has_bytecode_where_it_stays_after_all(
    layers_dir: Path, artifact: Artifact, output: Output
) -> None:
    first = contribute(layers_dir, artifact, output)
    before = contents_digest(first.directory)
    _restored_without_contents(layers_dir, artifact, output)
    layer = contribute(layers_dir, artifact, output)
    assert contents_digest(layer.directory) == before


def _restored_without_contents(layers_dir: Path, artifact: Artifact, output: Output) -> None:
    layer = contribute(layers_dir, artifact, output, LayerTypes(launch=True))
    restore_layer(layers_dir, "python")
    shutil.rmtree(layer.directory)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (broken_archive, BrokenArchiveError),
        (archive_of_another_series, UnknownLayoutError),
        (archive_that_does_not_run, BytecodeError),
        (altered_archive, ChecksumMismatchError),
        (missing_archive, DownloadError),
    ],
)
def test_python_layer_that_fails_leaves_nothing(
    layers_dir: Path,
    output: Output,
    tmp_path: Path,
    make: object,
    error: type[BuildpackError],
) -> None:
    assert callable(make)
    with pytest.raises(error):
        contribute(layers_dir, make(tmp_path), output)
    assert list(layers_dir.iterdir()) == []


def test_python_layer_is_removed_where_the_block_fails(
    layers_dir: Path, artifact: Artifact, output: Output
) -> None:
    layers = Layers(layers_dir)
    layer = inspect_python_layer(layers, artifact, ENVIRONMENT)
    with (
        contextlib.suppress(ZeroDivisionError),
        layers.removed_on_failure(),
        bytecode_compiler(layer.executable) as compiler,
    ):
        install_python(request(layers_dir.parent, output=output), layers, layer, compiler)
        assert layer.executable.exists()
        raise ZeroDivisionError
    assert list(layers_dir.iterdir()) == []
