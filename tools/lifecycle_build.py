"""Builds with the real lifecycle on this machine: no container engine, no registry.

Base and result are OCI layouts, and the buildpacks run as an unprivileged user where the
caller is root. https://buildpacks.io/docs/for-platform-operators/concepts/lifecycle/
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.oci_image import Image
from tools.platform_dir import NO_BINDINGS, Bindings, write_platform_dir
from tools.run_image import host_target, write_run_image

PLATFORM_API = "0.15"
_IS_ROOT = os.geteuid() == 0
_RUN_IMAGE = "cnb.local/run"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The only variables of the caller that a build sees; the lifecycle hands them on.
# https://github.com/buildpacks/lifecycle/blob/v0.21.14/env/build.go
PROXY_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


@dataclass(frozen=True)
class Buildpack:
    """A buildpack's directory on this machine, readable by the build's user."""

    directory: Path
    id: str
    version: str


@dataclass(frozen=True)
class BuildResult:
    """What a build did: its exit code (the lifecycle's), everything it printed, its image."""

    exit_code: int
    log: str
    image: Image | None

    @property
    def buildpack_log(self) -> str:
        """What the buildpacks' bin/build printed: the log between BUILDING and EXPORTING."""
        after = self.log.partition("===> BUILDING\n")[2] or self.log
        return after.partition("===> EXPORTING\n")[0]

    def require_image(self) -> Image:
        """Return the image.

        Raises:
            RuntimeError: the build failed; the text is its log.
        """
        if self.image is None:
            raise RuntimeError(f"The build failed with {self.exit_code}:\n{self.log}")
        return self.image


@dataclass(frozen=True)
class RunningBuild:
    """A build under way, in a process group of its own; its log grows in ``log_path``."""

    process: subprocess.Popen[bytes]
    log_path: Path

    def kill(self) -> None:
        """Kill the lifecycle and all that it started with SIGKILL, and wait until it is gone."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        """Wait until the build has printed ``text``.

        Raises:
            RuntimeError: it ended without, or took longer than ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while text not in self.log():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The build did not print {text!r}:\n{self.log()}")
            time.sleep(0.02)

    def log(self) -> str:
        """Return what was printed so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True)
class Workspace:
    """Directories for builds that follow each other, as a platform keeps them.

    The paths of layers and app are a part of every layer's bytes, so only images of the same
    workspace can be compared by diffID. ``root`` and its parents must be accessible to the
    user ``uid``, and its path all lower-case: the exporter reads it as an image name.

    Attributes:
        root: an existing directory.
        lifecycle: the directory of the lifecycle's programs.
        buildpacks: the one group of the order, first to last.
        uid: the user that the buildpacks run as, with an entry in /etc/passwd.
        gid: that user's group.
    """

    root: Path
    lifecycle: Path
    buildpacks: tuple[Buildpack, ...]
    uid: int
    gid: int

    @classmethod
    def create(cls, root: Path, lifecycle: Path, buildpacks: Sequence[Buildpack]) -> Workspace:
        """Set up ``root``; builds run as nobody where the caller is root, else as the caller.

        What builds before left there, if any, is what the next one finds.
        """
        user = pwd.getpwnam("nobody") if _IS_ROOT else pwd.getpwuid(os.geteuid())
        workspace = cls(root, lifecycle, tuple(buildpacks), user.pw_uid, user.pw_gid)
        workspace._make_directory(workspace.layout_dir / "cnb.local")
        shutil.rmtree(root / "buildpacks", ignore_errors=True)
        for buildpack in buildpacks:
            installed = root / "buildpacks" / buildpack.id.replace("/", "_") / buildpack.version
            installed.parent.mkdir(parents=True)
            installed.symlink_to(buildpack.directory)
        groups = [
            f'[[order.group]]\nid = "{buildpack.id}"\nversion = "{buildpack.version}"\n'
            for buildpack in buildpacks
        ]
        (root / "order.toml").write_text("[[order]]\n" + "".join(groups), encoding="utf-8")
        write_run_image(workspace.layout_dir / _RUN_IMAGE / "latest", host_target())
        return workspace

    @property
    def layers_dir(self) -> Path:
        """The lifecycle's layers directory, as the last build left it."""
        return self.root / "layers"

    @property
    def app_dir(self) -> Path:
        """The app as the last build left it."""
        return self.root / "app"

    @property
    def layout_dir(self) -> Path:
        """The OCI layouts of the run image and of everything built."""
        return self.root / "layout"

    @property
    def home_dir(self) -> Path:
        """HOME of launched processes and of ``detect_and_build``, emptied before each build.

        The creator sets its user's home in /etc/passwd; nobody's does not exist.
        """
        return self.root / "home"

    def buildpack_layers_dir(self, buildpack: Buildpack) -> Path:
        """The directory that ``buildpack`` knew as CNB_LAYERS_DIR."""
        return self.layers_dir / buildpack.id.replace("/", "_")

    def build(
        self,
        app: Path,
        env: Mapping[str, str] | None = None,
        *,
        image: str = "app",
        bindings: Bindings = NO_BINDINGS,
        clear_cache: bool = False,
        umask: int = 0o022,
        as_root: bool = _IS_ROOT,
    ) -> BuildResult:
        """Build the app in the directory ``app``, and export it as ``image``.

        A name that was not built before starts with an empty cache and no previous image.

        Args:
            app: copied; the original stays as it is.
            env: the user's environment variables, as ``pack build --env`` sets them.
            image: names the image, its cache and, from the second build on, its previous image.
            bindings: service bindings, in the platform's directory.
            clear_cache: ignore what earlier builds left in the cache.
            umask: of the lifecycle and so of the buildpacks.
            as_root: whether the lifecycle itself is root, and becomes the user ``uid`` to build.
        """
        build = self.start_build(
            app,
            env,
            image=image,
            bindings=bindings,
            clear_cache=clear_cache,
            umask=umask,
            as_root=as_root,
        )
        exit_code = build.process.wait()
        return BuildResult(exit_code, build.log(), self.image(image) if exit_code == 0 else None)

    def start_build(
        self,
        app: Path,
        env: Mapping[str, str] | None = None,
        *,
        image: str = "app",
        bindings: Bindings = NO_BINDINGS,
        clear_cache: bool = False,
        umask: int = 0o022,
        as_root: bool = _IS_ROOT,
    ) -> RunningBuild:
        """Start what ``build`` does, and return at once; the arguments are the same."""
        self._prepare(app, env or {}, bindings)
        cache_dir = self.root / "cache" / image
        self._make_directory(cache_dir)
        command = [
            *(str(self.lifecycle / "creator"), "-layout", "-layout-dir", str(self.layout_dir)),
            *("-run-image", _RUN_IMAGE, "-cache-dir", str(cache_dir)),
            *("-launcher", str(self.lifecycle / "launcher")),
            *("-uid", str(self.uid), "-gid", str(self.gid)),
            *("-order", str(self.root / "order.toml"), *self._directories()),
            *(("-skip-restore",) if clear_cache else ()),
            f"cnb.local/{image}",
        ]
        log_path = self.root / "build.log"
        becomes_user = _IS_ROOT and not as_root
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.root,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                umask=umask,
                start_new_session=True,
                user=self.uid if becomes_user else None,
                group=self.gid if becomes_user else None,
                extra_groups=[] if becomes_user else None,
            )
        return RunningBuild(process, log_path)

    def detect_and_build(self, app: Path, env: Mapping[str, str] | None = None) -> BuildResult:
        """Run detection and bin/build alone: nothing restored, nothing exported, quick.

        What the buildpacks left stays in ``layers_dir``. The exit code is the first failure's.
        """
        self._prepare(app, env or {})
        detected = self._run_phase("detector", ["-order", str(self.root / "order.toml")])
        if detected.returncode != 0:
            return BuildResult(detected.returncode, detected.stdout, None)
        built = self._run_phase("builder", [])
        return BuildResult(built.returncode, detected.stdout + built.stdout, None)

    def image(self, name: str = "app") -> Image:
        """Return the image that was last exported under ``name``."""
        return Image(self.layout_dir / "cnb.local" / name / "latest")

    def start(
        self, image: Image, arguments: Sequence[str], env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a process of ``image`` on this machine by the real launcher.

        The image's layers are unpacked to where the build had them, and nothing else is there.

        Args:
            image: one of this workspace.
            arguments: a process type alone (``["web"]``), or ``["--", "command", "arg"]``.
            env: added to the environment of the image, which is all that the process sees.
        """
        for directory in (self.layers_dir, self.app_dir):
            self._clear(directory)
        image.extract(Path("/"), below=str(self.root))
        # A container's entrypoint /cnb/process/<type> is a link to the launcher, which tells
        # the process type by the name that it is called by.
        is_command = list(arguments[:1]) == ["--"]
        argv = ["launcher", *arguments] if is_command else [f"/cnb/process/{arguments[0]}"]
        return subprocess.Popen(
            [*argv, *(() if is_command else arguments[1:])],
            executable=self.lifecycle / "launcher",
            cwd=self.app_dir,
            env={**image.env, "HOME": str(self.home_dir), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            user=self.uid if _IS_ROOT else None,
            group=self.gid if _IS_ROOT else None,
            extra_groups=[] if _IS_ROOT else None,
        )

    def run(
        self, image: Image, arguments: Sequence[str], env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a process of ``image`` to its end; see ``start``. Both outputs are in stdout."""
        process = self.start(image, arguments, env)
        output, _ = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def _prepare(self, app: Path, env: Mapping[str, str], bindings: Bindings = NO_BINDINGS) -> None:
        """Lay out app, platform and an empty layers directory, as a fresh container has them."""
        for directory in (self.layers_dir, self.app_dir, self.home_dir, self.root / "platform"):
            self._clear(directory)
        self._make_directory(self.layers_dir)
        self._make_directory(self.home_dir)
        shutil.copytree(app, self.app_dir, symlinks=True)
        for path in [self.app_dir, *self.app_dir.rglob("*")]:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        write_platform_dir(self.root / "platform", env, bindings, (self.uid, self.gid))

    def _clear(self, directory: Path) -> None:
        shutil.rmtree(directory, ignore_errors=True)

    def _make_directory(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        # Not left to the caller's umask: layers hold their parents' modes.
        directory.chmod(0o755)
        os.chown(directory, self.uid, self.gid)

    def _directories(self) -> tuple[str, ...]:
        return (
            *("-app", str(self.app_dir), "-layers", str(self.layers_dir)),
            *("-buildpacks", str(self.root / "buildpacks")),
            *("-platform", str(self.root / "platform")),
        )

    def _environment(self) -> dict[str, str]:
        proxies = {name: os.environ[name] for name in PROXY_VARIABLES if name in os.environ}
        return {
            **proxies,
            "PATH": _PATH,
            "HOME": str(self.home_dir),
            "CNB_PLATFORM_API": PLATFORM_API,
            "CNB_EXPERIMENTAL_MODE": "warn",
            "CNB_NO_COLOR": "true",
        }

    def _run_phase(self, phase: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        directories = self._directories()
        return subprocess.run(
            [str(self.lifecycle / phase), *arguments, *directories],
            cwd=self.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            umask=0o022,
            user=self.uid if _IS_ROOT else None,
            group=self.gid if _IS_ROOT else None,
            extra_groups=[] if _IS_ROOT else None,
        )
