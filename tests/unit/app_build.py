"""Builds of an app with programs that stand for Python and pip, one after the other."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import tomli
from packaging.version import Version

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.contexts import Target
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.app_build import AppBuild
from python_buildpack.layers.app_layers import finish_app_layers, install_app_layers
from python_buildpack.layers.cache_policy import has_later_buildpacks
from python_buildpack.layers.python import inspect_python_layer
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pip.strategy import read_pip_requirements
from python_buildpack.package_managers.protocol import App
from python_buildpack.post_install.steps import PostInstallSteps, run_post_install
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.output import Output
from python_buildpack.system.secrets import Secrets
from tests.distributions import Distribution
from tests.unit.fake_program import Call, FakeProgram, fake_program_text
from tests.unit.layers.restored_layers import layer_types, restore_layer
from tests.unit.layers.standalone_python import SERIES, write_runtime, write_runtime_archive
from tests.unit.requests import request

OURS = "example/python"

# Makes virtual environments.
_PYTHON = """\
if "venv" in sys.argv:
    venv = Path(sys.argv[-1])
    (venv / "lib" / "python{series}" / "site-packages").mkdir(parents=True)
    (venv / "bin").mkdir()
    (venv / "bin" / "python").symlink_to(sys.argv[0])
"""
# Resolves to what the file INDEX says, and installs a module for each distribution of it; for those
# named big-…, with five megabytes of data, all that a wheel has, unless they are there.
_PIP = """\
report = json.loads(Path({index!r}).read_text())
if not report["install"]:
    print("ERROR: ResolutionImpossible")
    sys.exit(1)
def dist_info(item):
    metadata = item["metadata"]
    name = "-".join((metadata["name"].replace("-", "_"), metadata["version"])) + ".dist-info"
    venv = os.environ["VIRTUAL_ENV"]
    return Path(venv, "lib", "python{series}", "site-packages", name)
if "--dry-run" not in sys.argv:
    report["install"] = [item for item in report["install"] if not dist_info(item).exists()]
if "--report" in sys.argv:
    Path(sys.argv[sys.argv.index("--report") + 1]).write_text(json.dumps(report))
if "--dry-run" not in sys.argv:
    if "GENERATED" in os.environ:
        Path(os.environ["GENERATED"]).touch()
    for item in report["install"]:
        name, url = item["metadata"]["name"], item["download_info"]["url"]
        site_packages = Path(os.environ["VIRTUAL_ENV"], "lib", "python{series}", "site-packages")
        (site_packages / (name + ".py")).write_text("x = 1")
        if name.startswith("big-"):
            files = dict(METADATA="Name: %s\\nVersion: %s\\n" % (name, item["metadata"]["version"]))
            # A plug-in writes into the directory of what it is for.
            place = name.removesuffix("-plugin") + ("/plugins" if name.endswith("-plugin") else "")
            files["RECORD"] = "%s.py,,\\n%s/data,,\\n" % (name, place)
            dist_info(item).mkdir()
            for file, text in files.items():
                (dist_info(item) / file).write_text(text)
            with (dist_info(item) / "RECORD").open("a") as record:
                record.write("".join("%s/%s,,\\n" % (dist_info(item).name, file) for file in files))
            (site_packages / place).mkdir(parents=True, exist_ok=True)
            (site_packages / place / "data").write_bytes(b"0" * 5_000_000)
        if url.endswith(".tar.gz"):
            wheels = Path(sys.argv[sys.argv.index("--cache-dir") + 1], "wheels", name)
            wheels.mkdir(parents=True, exist_ok=True)
            (wheels / (name + "-1-py3-none-any.whl")).touch()
            (wheels / "origin.json").write_text(json.dumps(dict(url=url, vcs_info=dict(vcs="git"))))
"""

# Of the unpacked pip: what decides a resolution is the same in every Python.
_PIP_MODULES = {
    "_vendor/packaging/markers.py": """\
def default_environment():
    version = dict.fromkeys(("implementation_version", "python_full_version"), "3.13.0")
    return {**version, "python_version": "3.13"}
""",
    "_internal/utils/compatibility_tags.py": "def get_supported(**_):\n    return []\n",
    "_internal/metadata.py": "class select_backend:\n    NAME = 'importlib'\n",
    "_internal/cli/cmdoptions.py": "",
    "_internal/distributions/sdist.py": "class SourceDistribution:\n    pass\n",
    "_internal/exceptions.py": "class InstallationError(Exception):\n    pass\n",
}
# Fails like pip where a source distribution is built, as {"built": true} in the index says.
_PIP_MAIN = """\
import json, runpy, sys
from pathlib import Path
from pip._internal.distributions.sdist import SourceDistribution
from pip._internal.exceptions import InstallationError

def main(arguments):
    index = json.loads((Path({pip!r}).parent / "index.json").read_text())
    if index.get("built"):
        try:
            SourceDistribution().prepare_distribution_metadata()
        except InstallationError:
            return 1
    sys.argv[1:] = arguments
    runpy.run_path({pip!r}, run_name="__main__")
    return 0
"""


@dataclass(frozen=True)
class Builds:
    """An app, a buildpack, an index, and what the lifecycle keeps from build to build."""

    root: Path
    work: PostInstallSteps = field(default_factory=PostInstallSteps)
    notices: tuple[str, ...] = ()

    @property
    def layers_dir(self) -> Path:
        """This buildpack's layers."""
        return self.root / "layers" / OURS.replace("/", "_")

    @property
    def archive(self) -> Path:
        """The archive of the Python that calls itself 3.13.0."""
        return self.root / "python.tar.gz"

    @property
    def archive_sha256(self) -> str:
        """Its checksum."""
        return hashlib.sha256(self.archive.read_bytes()).hexdigest()

    @property
    def python_calls(self) -> list[Call]:
        """The runs of Python, of all builds."""
        return FakeProgram(self.layers_dir / "python", self.root / "python.log").calls

    @property
    def pip_calls(self) -> list[Call]:
        """The runs of the installed pip, of all builds."""
        return FakeProgram(self.layers_dir / "pip", self.root / "pip.log").calls

    def forget_calls(self) -> None:
        """Begin to count the runs anew."""
        for name in ("python.log", "pip.log"):
            (self.root / name).unlink(missing_ok=True)

    def require(self, text: str) -> None:
        """Write the app's requirements.txt."""
        (self.root / "app" / "requirements.txt").write_text(text)

    def publish(self, *items: dict[str, object]) -> None:
        """Say what the requirements resolve to; nothing: pip fails."""
        report = {"version": "1", "install": items}
        (self.root / "index.json").write_text(json.dumps(report))

    def follow_with(self, *buildpack_ids: str) -> None:
        """Say which buildpacks come after this one."""
        group = "".join(f'[[group]]\nid = "{name}"\n' for name in (OURS, *buildpack_ids))
        (self.root / "layers" / "group.toml").write_text(group)

    def vendor_pip(self, version: str) -> None:
        """Put a pip into the buildpack: the program that is PIP."""
        vendor = self.root / "buildpack" / "vendor"
        program = (self.root / "pip.py").read_text()
        pip = Distribution("pip", version, {"scripts/pip": program})
        (vendor / pip.wheel_name).write_bytes(pip.wheel)
        digest = hashlib.sha256(pip.wheel).hexdigest()
        (vendor / "pip.toml").write_text(f'version = "{version}"\nsha256 = "{digest}"\n')

    def unpack_pip(self, version: str) -> None:
        """Unpack a pip in the buildpack: modules that answer as its program does."""
        self.vendor_pip(version)
        main = _PIP_MAIN.format(pip=str(self.root / "pip.py"))
        for path, text in {**_PIP_MODULES, "_internal/cli/main.py": main}.items():
            module = self.root / "buildpack" / "vendor" / f"pip-{version}" / "pip" / path
            module.parent.mkdir(parents=True, exist_ok=True)
            module.write_text(text)

    def restore(self) -> None:
        """Begin the next build: keep of the layers what the lifecycle restores."""
        for toml in sorted(self.layers_dir.glob("*.toml")):
            types = layer_types(self.layers_dir, toml.stem)
            if "cache" not in types:
                shutil.rmtree(self.layers_dir / toml.stem, ignore_errors=True)
            if types & {"cache", "launch"}:
                restore_layer(self.layers_dir, toml.stem)
            else:
                toml.unlink()
        self.forget_calls()

    def build(
        self,
        settings: Settings | None = None,
        environment: dict[str, str] | None = None,
        *,
        python_version: str = "3.13.0",
    ) -> list[str]:
        """Build, and return the log."""
        log = io.StringIO()
        app = self._app_build(log, settings or Settings(), environment or {})
        artifact = replace(app.python.artifact, version=Version(python_version))
        app = replace(app, python=inspect_python_layer(app.layers, artifact, app.build.environment))
        installed = install_app_layers(app)
        venv, versions = installed.venv, installed.record.versions
        files, output = AppFiles(app.build.context.app_dir), app.build.output
        needed = run_post_install(
            self.work, files, self.layers_dir, venv.python, venv.environment, versions, output
        )
        finish_app_layers(app, installed, needed_by_app=needed)
        return log.getvalue().splitlines()

    def types(self, name: str) -> set[str] | None:
        """Return what a layer is for, or None."""
        exists = (self.layers_dir / f"{name}.toml").exists()
        return layer_types(self.layers_dir, name) if exists else None

    def is_on_disk(self, name: str) -> bool:
        """Return whether a layer's contents are there."""
        return (self.layers_dir / name).exists()

    def metadata(self, name: str) -> dict[str, str]:
        """Return what a layer's TOML remembers."""
        toml = tomli.loads((self.layers_dir / f"{name}.toml").read_text())
        return {str(key): str(value) for key, value in toml["metadata"].items()}

    def _app_build(
        self, log: io.StringIO, settings: Settings, environment: dict[str, str]
    ) -> AppBuild:
        url, digest = self.archive.as_uri(), self.archive_sha256
        artifact = Artifact(Version("3.13.0"), "linux", "amd64", url, digest)
        variables = {"PATH": "/usr/bin", **environment}
        files = ("requirements.txt",)
        follows = has_later_buildpacks(self.layers_dir)
        layers = Layers(self.layers_dir, detect_changes=follows)
        output = Output(log, clock=lambda: 0.0)
        run = request(self.root, settings, variables, output)
        target = Target("linux", "amd64", None, "ubuntu", "24.04")
        context = replace(run.context, layers_dir=self.layers_dir, target=target)
        app = App(AppFiles(context.app_dir), Settings(), variables, PIP)
        return AppBuild(
            build=replace(run, context=context),
            layers=layers,
            dependencies=replace(read_pip_requirements(app, files), notices=self.notices),
            python=inspect_python_layer(layers, artifact, variables),
            post_install=self.work.name,
            is_collected=False,
            secrets=Secrets(),
            on_missing_libraries=lambda _missing: None,
        )


def first_builds(root: Path) -> Builds:
    """Return an app without requirements, of which nothing was built yet."""
    builds = Builds(root)
    builds.layers_dir.mkdir(parents=True)
    (root / "app").mkdir()
    (root / "buildpack" / "vendor").mkdir(parents=True)
    pip = _PIP.format(index=str(root / "index.json"), series=SERIES)
    (root / "pip.py").write_text(fake_program_text(root / "pip.log", pip))
    python = _PYTHON.format(series=SERIES)
    program = fake_program_text(root / "python.log", python)
    runtime = write_runtime(root / "runtime", program, is_whole=False)
    write_runtime_archive(builds.archive, runtime)
    builds.require("")
    builds.publish()
    builds.vendor_pip("26.3")
    builds.follow_with()
    return builds


def built_once(root: Path, requirements: str, *items: dict[str, object]) -> Builds:
    """Return an app that was built once: a copy, at the same path, of what is built the first time."""
    kept = root.with_name(f"{root.name}-kept")
    if kept.exists():
        shutil.rmtree(root)
        shutil.copytree(kept, root, symlinks=True)
        return Builds(root)
    root.mkdir()
    builds = first_builds(root)
    builds.require(requirements)
    builds.publish(*items)
    builds.build()
    builds.restore()
    shutil.copytree(root, kept, symlinks=True)
    return builds


def published(
    name: str, version: str, *, digest: str = "a", suffix: str = "-py3-none-any.whl"
) -> dict[str, object]:
    """Return one distribution of a report, from an index."""
    return {
        "metadata": {"name": name, "version": version},
        "download_info": {
            "url": f"https://index.example/{name}-{version}{suffix}",
            "archive_info": {"hashes": {"sha256": digest * 64}},
        },
        "requested": True,
    }
