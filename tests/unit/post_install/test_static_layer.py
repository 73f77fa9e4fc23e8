from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layer, Layers
from python_buildpack.environment.local_source import tree_digest
from python_buildpack.environment.resolution import Pinning
from python_buildpack.layers.venv_record import VenvRecord
from python_buildpack.post_install import static_layer
from python_buildpack.post_install.django_app import DjangoApp
from python_buildpack.post_install.static_layer import inspect_static_layer, provide_static_files
from python_buildpack.system.output import Output
from tests.unit.post_install.django_files import write

# As much of Django as the program calls.
DJANGO = {
    "django/__init__.py": "def setup():\n    pass\n",
    "django/apps.py": """\
class apps:
    is_installed = staticmethod(lambda name: True)
""",
    "django/conf.py": "import settings\n",
    "django/core/__init__.py": "",
    "django/core/management.py": """\
import pathlib, shutil, settings
def execute_from_command_line(argv):
    settings.before()
    root = pathlib.Path(settings.STATIC_ROOT)
    root.mkdir(exist_ok=True)
    for asset in pathlib.Path("assets").iterdir():
        (root / asset.name).unlink(missing_ok=True)
        shutil.copyfile(asset, root / asset.name)
""",
    "django/contrib/__init__.py": "",
    "django/contrib/staticfiles/__init__.py": "",
    "django/contrib/staticfiles/storage.py": """\
import settings
class StaticFilesStorage:
    pass
staticfiles_storage = StaticFilesStorage() if settings.IS_LOCAL else object()
""",
}
SETTINGS = """\
import os, pathlib
STATIC_ROOT = "collected"
IS_LOCAL = True
def before():
    pass
"""
FILES = {
    **DJANGO,
    "manage.py": """\
import sys
from django.core.management import execute_from_command_line
sys.exit(execute_from_command_line(sys.argv))
""",
    "settings.py": SETTINGS,
    "views.py": "",
    "assets/a.css": "a",
    "assets/b.css": "b",
    # Collected elsewhere, one of them from what is gone.
    "collected/a.css": "older",
    "collected/gone.css": "gone",
}
TAKEN = "  Unchanged: taken from the previous build"


@dataclass
class Site:
    """A site that is built once and again."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def layer(self) -> Path:
        return self.root / "layers" / "static"

    def collect(self, *, is_reused: bool = True) -> list[str]:
        """Collect, as a build does; return the log."""
        log = io.StringIO()
        layers = Layers(self.root / "layers")
        layers.directory.mkdir(exist_ok=True)
        record = VenvRecord({"Python": "3.13.0"}, Pinning.LOCKED, "r", {"django": "5"})
        layers.finish(Layer("venv", record.to_metadata()), LayerTypes(launch=True))
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(self.app),
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.variables,
        }
        django = DjangoApp("manage.py")
        static = inspect_static_layer(layers, AppFiles(self.app), django, environment)
        static = static.of(record, is_reused=is_reused)
        python = Path("/nonexistent") if static.is_current else Path(sys.executable)
        is_needed = provide_static_files(static, python, environment, Output(log))
        assert is_needed == ("Each build runs collectstatic" in log.getvalue())
        assert is_needed != self.layer.exists()
        return log.getvalue().splitlines()

    def checkout(self, files: Mapping[str, str] = FILES) -> None:
        """Take the app as it comes from the platform."""
        shutil.rmtree(self.app, ignore_errors=True)
        write(self.app, dict(files))


@pytest.fixture(autouse=True)
def quick_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    # What makes a digest slow to guess makes each of a hundred builds slow here.
    monkeypatch.setattr(static_layer, "_ROUNDS", 1)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.checkout()
    return site


def test_static_files_are_taken_from_the_last_build(site: Site) -> None:
    assert "  Running collectstatic with manage.py" in site.collect()
    expected = tree_digest(site.app)
    assert (site.app / "collected" / "a.css").read_text() == "a"
    assert (site.app / "collected" / "gone.css").read_text() == "gone"
    # What was there, and stayed, isn't a result.
    names = sorted(path.name for path in (site.layer / "files" / "collected").iterdir())
    assert names == ["a.css", "b.css"]
    for _ in range(2):
        site.checkout()
        assert site.collect() == [TAKEN]
        assert tree_digest(site.app) == expected


def test_a_file_that_is_not_read_changes(site: Site) -> None:
    site.collect()
    site.checkout({**FILES, "views.py": "VIEW = 1", "collected/gone.css": "another"})
    assert site.collect() == [TAKEN]
    assert (site.app / "collected" / "gone.css").read_text() == "another"


def remove(app: Path) -> None:
    (app / "assets" / "b.css").unlink()


def add(app: Path) -> None:
    (app / "views2.py").touch()


def make_executable(app: Path) -> None:
    (app / "views.py").chmod(0o755)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda app: (app / "assets" / "a.css").write_text("new"), "assets/a.css changed"),
        (lambda app: (app / "settings.py").write_text(f"{SETTINGS}#"), "settings.py changed"),
        (remove, "names of the app's files changed"),
        (add, "names of the app's files changed"),
        (make_executable, "names of the app's files changed"),
    ],
)
def test_the_app_changes(site: Site, change: Callable[[Path], object], cause: str) -> None:
    site.collect()
    site.checkout()
    change(site.app)
    log = site.collect()
    assert log[0] == f"  Discarding the previous static files: {cause}"
    assert "  Running collectstatic with manage.py" in log


def test_variables_change(site: Site) -> None:
    site.variables = {"API_KEY": "hunter2", "HOSTNAME": "one"}
    site.collect()
    stored = [path.read_text() for path in site.root.glob("layers/static*") if path.is_file()]
    stored += [path.read_text() for path in site.layer.rglob("*.json")]
    assert len(stored) == 2
    assert not any("hunter2" in text for text in stored)
    site.checkout()
    site.variables["HOSTNAME"] = "two"
    assert site.collect() == [TAKEN]
    site.variables["API_KEY"] = "hunter3"
    site.checkout()
    cause = "variables, or files outside of the app, changed"
    assert site.collect()[0].endswith(f"static files: {cause}")


def test_a_file_outside_of_the_app_changes(site: Site, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("1")
    reading = SETTINGS.replace("pass", f"open({str(outside)!r}).read()")
    for text, is_same in (("1", False), ("1", True), ("2", False)):
        outside.write_text(text)
        site.checkout({**FILES, "settings.py": reading})
        assert (site.collect() == [TAKEN]) is is_same
    # Neither its contents nor their digest alone.
    assert "outside" in (site.layer / "read.json").read_text()


def test_the_environment_is_rebuilt(site: Site) -> None:
    site.collect()
    site.checkout()
    log = site.collect(is_reused=False)
    assert log[0] == "  Discarding the previous static files: the environment was rebuilt"


def test_the_layer_was_changed(site: Site) -> None:
    site.collect()
    (site.layer / "files" / "collected" / "a.css").write_text("other")
    site.checkout()
    assert site.collect()[0] == "  Discarding the previous static files: contents changed"


@pytest.mark.parametrize(
    ("does", "cause"),
    [
        ("import subprocess; subprocess.run(['true'])", "it starts other programs"),
        ("os.system('true')", "it starts other programs"),
        ("import socket; socket.getaddrinfo('127.0.0.1', 80)", "it uses the network"),
        ("import sqlite3; sqlite3.connect(':memory:')", "it opens a database"),
        ("import ctypes; ctypes.CDLL('libc.so.6')", "it loads a library by ctypes"),
        ("os.listdir('/etc')", "it lists /etc"),
        ("open('/proc/self/status').close()", "it reads /proc/self/status"),
        ("os.path.exists('x') or open('.git').close()", "it reads "),
        ("os.remove('views.py')", "it removes files, or makes links"),
        ("os.symlink('a.css', 'assets/c.css')", "it removes files, or makes links"),
        ("global IS_LOCAL; IS_LOCAL = False", "its storage isn't a local directory"),
    ],
)
def test_what_cannot_be_watched(site: Site, does: str, cause: str) -> None:
    settings = SETTINGS.replace("pass", does).replace("True", str("IS_LOCAL" not in does))
    for _ in range(2):
        site.checkout({**FILES, "settings.py": settings, ".git": "gitdir: x"})
        log = site.collect()
        assert log[0] == "  Running collectstatic with manage.py"
        assert log[-1].startswith(f"  Each build runs collectstatic: {cause}")


def test_sources_of_bytecode_count(site: Site) -> None:
    reading = SETTINGS.replace("pass", "open('__pycache__/views.cpython-313.pyc').close()")
    compiled = {**FILES, "settings.py": reading, "__pycache__/views.cpython-313.pyc": ""}
    site.checkout(compiled)
    site.collect()
    site.checkout({**compiled, "views.py": "VIEW = 1"})
    assert site.collect()[0].endswith("static files: views.py changed")


def random_edit(random: Random, files: dict[str, str]) -> None:
    """Change, add or remove a file of an app."""
    name = random.choice(("assets/a.css", "assets/c.css", "settings.py", "views.py", "x/t.html"))
    if name == "settings.py":
        files[name] = SETTINGS.replace("collected", random.choice(("collected", "built")))
    elif name not in files or random.random() < 0.7:
        files[name] = f"{random.randint(0, 1)}"
    else:
        del files[name]


@pytest.mark.parametrize("number", range(20))
def test_random_edits(number: int, tmp_path: Path) -> None:
    random = Random(number)  # noqa: S311 - no secret
    files = dict(FILES)
    edited, fresh = Site(tmp_path / "edited"), tmp_path / "fresh"
    edited.root.mkdir()
    for count in range(3):
        edited.checkout(files)
        edited.collect()
        other = Site(fresh / str(count))
        other.root.mkdir(parents=True)
        other.checkout(files)
        other.collect()
        assert tree_digest(edited.app) == tree_digest(other.app)
        random_edit(random, files)
