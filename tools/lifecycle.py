"""The CNB lifecycle, pack and actionlint, built from their released sources at the Go module proxy.

A container registry has the lifecycle's binaries and GitHub has the others', but neither can be
reached from everywhere; the Go module proxy mostly can.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.console import say, section
from tools.environment import locked
from tools.go_toolchain import GoModule, ensure_go, publish

LIFECYCLE = GoModule(
    path="github.com/buildpacks/lifecycle",
    version="v0.21.14",
    checksum="h1:3NWO8iziOLWxx9+S5aIs/1FAfUFA33AyCOONBH6B9sM=",
)
PACK = GoModule(
    path="github.com/buildpacks/pack",
    version="v0.40.6",
    checksum="h1:w2HbQLv5UEvkbdoGt/QHmEbrMrvIwZZwuo/L0KaPdWE=",
)
ACTIONLINT = GoModule(
    path="github.com/rhysd/actionlint",
    version="v1.7.12",
    checksum="h1:vQ4GeJN86C0QH+gTUQcs8McmK62OLT3kmakPMtEWYnY=",
)
# The `lifecycle` binary acts by the name it is called by.
# https://github.com/buildpacks/lifecycle/blob/v0.21.14/cmd/lifecycle/main.go
PHASES = (
    *("detector", "analyzer", "restorer", "builder", "exporter"),
    *("rebaser", "creator", "extender"),
)
# The lifecycle descriptor that `pack builder create` reads: the APIs of lifecycle 0.21.14.
_DESCRIPTOR = """\
[apis.buildpack]
deprecated = []
supported = ["0.7", "0.8", "0.9", "0.10", "0.11", "0.12"]
[apis.platform]
deprecated = []
supported = ["0.7", "0.8", "0.9", "0.10", "0.11", "0.12", "0.13", "0.14", "0.15"]
[api]
platform = "0.7"
buildpack = "0.7"
[lifecycle]
version = "0.21.14"
"""
# 1980-01-01T00:00:01Z, as in every layer that the lifecycle writes.
_MODIFIED = 315532801


def ensure_lifecycle(root: Path, arch: str = "") -> Path:
    """Return the directory of the lifecycle's programs and ``launcher``, built on first use.

    Args:
        root: the checkout; everything goes to ``root/.cache``.
        arch: as Go calls it; "" for this machine's.

    Raises:
        ToolError: Go or a module can't be downloaded, or the build fails.
    """
    cache_dir = root / ".cache"
    version = LIFECYCLE.version.removeprefix("v")
    destination = cache_dir / "-".join(filter(None, ("lifecycle", version, arch)))
    with locked(cache_dir / "lifecycle.lock"):
        if not destination.is_dir():
            _build_lifecycle(version, arch, cache_dir, destination)
    return destination


def _build_lifecycle(version: str, arch: str, cache_dir: Path, destination: Path) -> None:
    variables = {
        f"{LIFECYCLE.path}/cmd.Version": version,
        f"{LIFECYCLE.path}/cmd.SCMRepository": LIFECYCLE.path,
        f"{LIFECYCLE.path}/cmd.SCMCommit": LIFECYCLE.version,
    }
    name = " ".join(filter(None, (version, arch)))
    with section(f"Build the lifecycle {name}, once"), _staging(cache_dir) as staging:
        output = staging / "lifecycle"
        output.mkdir()
        packages = ("./cmd/lifecycle", "./cmd/launcher")
        _build(LIFECYCLE, packages, variables, output, cache_dir, arch)
        for phase in PHASES:
            (output / phase).symlink_to("lifecycle")
        publish(output, destination)


def ensure_pack(root: Path) -> Path:
    """Return the path of the ``pack`` program, built on first use into ``root/.cache``.

    Raises:
        ToolError: Go or a module can't be downloaded, or the build fails.
    """
    return _ensure_program(root, PACK, ".", (f"{PACK.path}/pkg/client.Version",))


def ensure_actionlint(root: Path) -> Path:
    """Return the path of the ``actionlint`` program, as ``ensure_pack`` does."""
    return _ensure_program(root, ACTIONLINT, "./cmd/actionlint", ())


def _ensure_program(
    root: Path, module: GoModule, package: str, version_variables: Sequence[str]
) -> Path:
    cache_dir = root / ".cache"
    name, version = module.path.rpartition("/")[2], module.version.removeprefix("v")
    destination = cache_dir / f"{name}-{version}"
    if not destination.is_dir():
        with section(f"Build {name} {version}, once"), _staging(cache_dir) as staging:
            output = staging / name
            output.mkdir()
            variables = dict.fromkeys(version_variables, version)
            _build(module, (package,), variables, output, cache_dir)
            publish(output, destination)
    return destination / name


def discard_build_caches(root: Path) -> None:
    """Remove what Go downloaded and compiled, close to 2 GB: the programs don't need it."""
    for name in ("go", "go-build"):
        shutil.rmtree(root / ".cache" / name, ignore_errors=True)


def ensure_lifecycle_archive(root: Path, arch: str = "") -> Path:
    """Return the lifecycle as the ``.tgz`` that ``pack builder create`` takes."""
    lifecycle = ensure_lifecycle(root, arch)
    archive = lifecycle.with_name(f"{lifecycle.name}.tgz")
    if archive.exists():
        return archive
    with _staging(archive.parent) as staging:
        temporary = staging / archive.name
        with tarfile.open(temporary, "w:gz", compresslevel=1) as tar:
            content = _DESCRIPTOR.encode()
            descriptor = tarfile.TarInfo("lifecycle.toml")
            descriptor.size = len(content)
            tar.addfile(_normalised(descriptor), io.BytesIO(content))
            tar.add(lifecycle, "lifecycle", filter=_normalised)
        publish(temporary, archive)
    return archive


def _normalised(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = _MODIFIED
    return member


def _build(
    module: GoModule,
    packages: tuple[str, ...],
    variables: Mapping[str, str],
    output: Path,
    cache_dir: Path,
    arch: str = "",
) -> None:
    """Compile ``packages`` of ``module`` into the directory ``output``."""
    go = ensure_go(cache_dir).for_architecture(arch)
    say(f"    {module.path}@{module.version}, with {go.executable}")
    source = output.with_name(f"{output.name}-source")
    go.download_source(module, source)
    flags = " ".join(["-s -w", *(f"-X {name}={value}" for name, value in variables.items())])
    # pack's main package is the module itself, so its binary needs the directory form of -o too.
    command = ["build", "-buildvcs=false", "-trimpath", "-ldflags", flags, "-o", f"{output}/"]
    go.run([*command, *packages], cwd=source)


@contextmanager
def _staging(cache_dir: Path) -> Iterator[Path]:
    """Make a temporary directory beside the product, so that a rename publishes it."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix="building-") as temporary:
        yield Path(temporary)
