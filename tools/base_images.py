"""A build image and a run image, made by debootstrap where no container registry can be reached.

Neither has a Python: both are Debian 12's minimal base, certificates, and the shared libraries
that an interpreter built on Debian needs.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.console import say, section
from tools.errors import ToolError
from tools.go_toolchain import publish
from tools.podman_service import Podman

REQUIRED_PROGRAMS = ("debootstrap",)
_SUITE = "bookworm"
_PACKAGES = (
    "ca-certificates",
    *("libbz2-1.0", "libcrypt1", "libexpat1", "libffi8", "libgdbm6", "liblzma5", "libncursesw6"),
    *("libreadline8", "libsqlite3-0", "libssl3", "libuuid1", "zlib1g"),
)
# Half of the size, and no use for running apps.
_UNNEEDED = (
    *("usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man"),
    *("var/cache/apt", "var/lib/apt/lists", "var/log"),
)
_CERTIFICATES = "etc/ssl/certs"
_USER_ID = "1001"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Raise it when what is made here changes: the archive is cached under it.
_FORMAT = "2"
_ATTEMPTS = 3


@dataclass(frozen=True)
class BaseImages:
    """The names of what apps of an architecture are built in, and run in."""

    arch: str

    @property
    def build(self) -> str:
        """The build image."""
        return f"cnb.local/build-{self.arch}:1"

    @property
    def run(self) -> str:
        """The run image."""
        return f"cnb.local/run-{self.arch}:1"


def import_base_images(podman: Podman, cache_dir: Path, arch: str) -> BaseImages:
    """Make base images in ``podman``'s storage.

    The file system that they share is made once and kept in ``cache_dir``.

    Args:
        podman: where they go.
        cache_dir: of the checkout.
        arch: as Debian and Go call it; this machine has to run its programs.

    Raises:
        ToolError: debootstrap fails.
    """
    images = BaseImages(arch)
    archive = _ensure_root_filesystem(cache_dir, arch)
    # https://github.com/buildpacks/spec/blob/platform/v0.15/platform.md#build-image
    shared = [
        f"USER {_USER_ID}:{_USER_ID}",
        f"ENV PATH={_PATH}",
        "ENV HOME=/home/cnb",
        "LABEL io.buildpacks.base.distro.name=debian",
        "LABEL io.buildpacks.base.distro.version=12",
    ]
    build = [f"ENV CNB_USER_ID={_USER_ID}", f"ENV CNB_GROUP_ID={_USER_ID}"]
    podman.import_image(archive, images.build, arch, [*shared, *build])
    run = [*shared, "LABEL io.buildpacks.base.id=debian-12"]
    podman.import_image(archive, images.run, arch, run)
    return images


def _ensure_root_filesystem(cache_dir: Path, arch: str) -> Path:
    archive = cache_dir / f"debian-{_SUITE}-{arch}-{_FORMAT}.tar"
    if archive.exists():
        return archive
    cache_dir.mkdir(parents=True, exist_ok=True)
    with section(f"Make a Debian {_SUITE} of {arch} for base images, once"):
        # Not in cache_dir: debootstrap refuses file systems mounted without devices.
        with tempfile.TemporaryDirectory(prefix="debootstrap-") as temporary:
            root = Path(temporary) / "root"
            _debootstrap(root, arch)
            _prepare(root)
            unfinished = cache_dir / f".{archive.name}.unfinished"
            subprocess.run(
                ["tar", "--numeric-owner", "-C", str(root), "-cf", str(unfinished), "."],
                check=True,
            )
        publish(unfinished, archive)
    return archive


def _debootstrap(root: Path, arch: str) -> None:
    command = ["debootstrap", "--variant=minbase", f"--arch={arch}"]
    command += [f"--include={','.join(_PACKAGES)}"]
    for attempt in range(1, _ATTEMPTS + 1):
        result = subprocess.run(
            [*command, _SUITE, str(root)], capture_output=True, text=True, check=False
        )
        if result.returncode == 0:
            return
        say(f"    debootstrap failed (attempt {attempt} of {_ATTEMPTS})")
        shutil.rmtree(root, ignore_errors=True)
    raise ToolError(f"debootstrap failed:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")


def _prepare(root: Path) -> None:
    subprocess.run(["chroot", str(root), "useradd", "-u", _USER_ID, "-U", "-m", "cnb"], check=True)
    # What this machine trusts, the containers have to trust: a proxy's certificate, too. OpenSSL
    # reads the files by their hashes, others the one of all.
    # Only a Debian has both here.
    host = Path("/") / _CERTIFICATES
    if (host / "ca-certificates.crt").exists():
        shutil.rmtree(root / _CERTIFICATES)
        shutil.copytree(host, root / _CERTIFICATES, ignore=_dead_links)
    for name in _UNNEEDED:
        shutil.rmtree(root / name, ignore_errors=True)


def _dead_links(directory: str, names: list[str]) -> list[str]:
    # A certificate that was removed may have left one. shutil's own option takes every relative link
    # for dead, since it looks from the working directory.
    return [name for name in names if not Path(directory, name).exists()]
