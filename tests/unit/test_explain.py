from __future__ import annotations

import datetime
import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import tomli

from python_buildpack import main
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.contexts import Target
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layer, Layers
from python_buildpack.environment.resolution import Pinning
from python_buildpack.explain import explain as explain_build
from python_buildpack.layers.plan import Action
from python_buildpack.layers.venv_record import VenvRecord
from python_buildpack.preparation import PreparedConda, prepare
from python_buildpack.system.output import Output
from tests.unit.app_build import Builds, first_builds, published
from tests.unit.requests import request

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "explain.schema.json").read_text(encoding="utf-8"))
SECRET = "hunter2-and-more"  # noqa: S105 - a canary


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Builds]:
    """An empty app, and an inventory of one Python."""
    builds = first_builds(tmp_path)
    (tmp_path / "app" / "requirements.txt").unlink()
    digest = builds.archive_sha256
    (tmp_path / "buildpack" / "inventory.toml").write_text(
        'format = "1"\n[end-of-life]\n"3.13" = "2029-10-31"\n[[artifacts]]\nversion = "3.13.0"\n'
        f'os = "linux"\narch = "amd64"\nurl = "{builds.archive.as_uri()}"\nsha256 = "{digest}"\n'
    )
    for name in os.environ:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("CNB_BUILDPACK_DIR", str(tmp_path / "buildpack"))
    old = os.umask(0o022)
    yield builds
    os.umask(old)


class Explain:
    """Runs the command on the app."""

    def __init__(
        self, app_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.app_dir = app_dir
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Return what it prints."""
        command = ["python-buildpack", "explain", str(self.app_dir), "--no-network"]
        self._monkeypatch.setattr("sys.argv", [*command, "--arch", "amd64", *arguments])
        assert main.explain_main() == code
        return self._capsys.readouterr().out

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Return the document, which has the form of the schema."""
        document: dict[str, Any] = json.loads(self("--json", *arguments, code=code))
        jsonschema.validate(document, SCHEMA)
        assert document["exit_code"] == code
        return document

    def build(self, builds: Builds) -> None:
        """Build in earnest, as the lifecycle would have it done."""
        variables = {
            "CNB_PLATFORM_DIR": builds.root / "platform",
            "CNB_BP_PLAN_PATH": builds.root / "plan.toml",
            "CNB_LAYERS_DIR": builds.layers_dir,
            "CNB_TARGET_OS": "linux",
            "CNB_TARGET_ARCH": "amd64",
        }
        (builds.root / "plan.toml").touch()
        with self._monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, str(value))
            patch.chdir(self.app_dir)
            assert main.build_main() == 0
        self._capsys.readouterr()


@pytest.fixture
def explain(
    builds: Builds, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Explain:
    return Explain(builds.root / "app", monkeypatch, capsys)


def write(builds: Builds, **files: str) -> None:
    for name, text in files.items():
        (builds.root / "app" / name.replace("__", ".")).write_text(text)


def built_image(builds: Builds, **labels: str) -> str:
    """Return what docker inspect says of the image whose layers are here."""
    layers = {}
    for path in builds.layers_dir.glob("*.toml"):
        toml = tomli.loads(path.read_text())
        if path.stem not in ("launch", "store") and toml["types"]["launch"]:
            layers[path.stem] = {"sha": "sha256:0", "data": toml["metadata"], **toml["types"]}
    store = tomli.loads((builds.layers_dir / "store.toml").read_text())
    own = {"key": "python-buildpack/python", "version": "0.1.0", "layers": layers, "store": store}
    metadata = json.dumps({"buildpacks": [{"key": "other/one", "layers": {}}, own]})
    labels = {"io.buildpacks.lifecycle.metadata": metadata, **labels}
    image = {"Os": "linux", "Architecture": "amd64", "Config": {"Labels": labels}}
    (builds.root / "image.json").write_text(json.dumps([image]))
    return str(builds.root / "image.json")


def test_explain_an_app(builds: Builds, explain: Explain) -> None:
    write(builds, requirements__txt="flask==3.1.0\ngunicorn==23.0.0\n")
    write(builds, app__py="from flask import Flask\napp = Flask(__name__)\n")
    before = sorted(builds.root.rglob("*"))
    log = explain().splitlines()
    assert log[0].endswith(": what a build would do")
    assert log[1:4] == [
        "",
        "Python",
        "  Using Python 3.13.0, the default; to choose another, set .python-version or"
        + " BP_PYTHON_VERSION",
    ]
    assert log[5:12] == [
        *("Package manager", "  pip, by requirements.txt", ""),
        *("Layers", "  python: made", "  pip: made", "  venv: made"),
    ]
    assert log[14].startswith("  Process web: gunicorn --bind ")
    assert log[14].endswith(" app:app (app.py:2), the default")
    assert log[16].startswith("  Detected again once the dependencies are resolved")
    assert sorted(builds.root.rglob("*")) == before


def test_explain_as_json(builds: Builds, explain: Explain) -> None:
    write(
        builds,
        requirements__txt="",
        Procfile="web: gunicorn -b 0.0.0.0 app:app\nwork: python w.py\n",
    )
    found = explain.json()
    assert found["target"] == {"os": "linux", "arch": "amd64"}
    assert found["python"]["version"] == "3.13.0"
    assert found["package_manager"] == {"name": "pip", "files": "requirements.txt"}
    assert found["layers"]["venv"] == {"action": "make", "reasons": []}
    assert found["processes"] == [
        {
            "type": "web",
            "command": "gunicorn -b 0.0.0.0 app:app",
            "source": "Procfile:1",
            "default": True,
        },
        {"type": "work", "command": "python w.py", "source": "Procfile:2", "default": False},
    ]
    assert [each["heading"] for each in found["warnings"]] == [
        "The process web can't start: gunicorn isn't installed"
    ]
    assert found["error"] is None


def test_explain_what_is_reused_of_the_last_image(builds: Builds, explain: Explain) -> None:
    write(builds, requirements__txt="flask==3.1.0\n", app__py="")
    builds.publish(published("flask", "3.1.0"))
    explain.build(builds)
    image = built_image(builds)
    found = explain.json("--image", image)["layers"]
    assert found == {
        "python": {"action": "keep", "reasons": []},
        "pip": {"action": "leave-out", "reasons": []},
        "venv": {"action": "reuse", "reasons": []},
    }
    write(builds, requirements__txt="flask==3.1.0\nrich\n")
    found = explain.json("--image", image)["layers"]
    assert found["venv"] == {"action": "make", "reasons": ["requirements.txt changed"]}
    assert "  venv: made: requirements.txt changed" in explain("--image", image).splitlines()


def test_explain_by_the_target_of_the_last_image(builds: Builds, explain: Explain) -> None:
    write(builds, requirements__txt="")
    explain.build(builds)
    distro = {"io.buildpacks.base.distro.name": "ubuntu"}
    found = explain.json("--image", built_image(builds, **distro))["layers"]["venv"]
    assert found["reasons"] == ["distribution unknown → ubuntu"]


def test_explain_what_is_reused_of_restored_layers(builds: Builds, explain: Explain) -> None:
    write(builds, requirements__txt="flask==3.1.0\n", app__py="")
    builds.publish(published("flask", "3.1.0"))
    explain.build(builds)
    (builds.layers_dir / "launch.toml").unlink()
    (builds.layers_dir / "store.toml").unlink()
    builds.restore()
    before = sorted(builds.layers_dir.rglob("*"))
    found = explain.json("--layers", str(builds.layers_dir))["layers"]
    assert found["venv"] == {"action": "reuse", "reasons": []}
    assert sorted(builds.layers_dir.rglob("*")) == before


@pytest.mark.parametrize("text", ["", "{}", "[]", "[{}]", '[{"Config": {"Labels": null}}]', "\0"])
def test_explain_with_what_is_no_image(
    builds: Builds, explain: Explain, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    write(builds, image__json=text)
    with pytest.raises(SystemExit, match="2"):
        explain("--image", str(builds.root / "app" / "image.json"))
    assert "image.json: not what docker inspect prints" in capsys.readouterr().err


def test_explain_an_error(builds: Builds, explain: Explain) -> None:
    write(builds, requirements__txt="flask=\n")
    log = explain(code=1).splitlines()
    assert log[2] == "Error: Invalid requirement in requirements.txt"
    assert log[-3].startswith("  More: ")
    assert log[-1] == "The build would end here, with exit code 1"
    error = explain.json(code=1)["error"]
    assert error["heading"] == "Invalid requirement in requirements.txt"
    assert "requirements.txt, line 1:" in error["body"]
    assert error["url"].endswith("#invalid-requirement")


def test_explain_what_is_no_app(explain: Explain) -> None:
    assert explain(code=100).startswith("No Python project found. Looked for: ")
    error = explain.json(code=100)["error"]
    assert error["heading"].startswith("No Python project found. Looked for: ")


def test_explain_an_app_below(builds: Builds, explain: Explain) -> None:
    (builds.root / "app" / "backend").mkdir()
    (builds.root / "app" / "backend" / "requirements.txt").touch()
    assert "BP_PYTHON_PROJECT_PATH=backend" in explain.json(code=1)["error"]["body"]
    found = explain.json("--env", "BP_PYTHON_PROJECT_PATH=backend")
    assert found["package_manager"] == {"name": "pip", "files": "requirements.txt"}


@pytest.mark.parametrize("table", ["io.buildpacks.build.env", "build.env"])
def test_explain_takes_variables_from_project_toml_the_caller_and_options(
    builds: Builds, explain: Explain, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    def web(*arguments: str) -> str:
        return str(explain.json(*arguments)["processes"][0]["command"])

    write(builds, requirements__txt="")
    entry = f'[[{table}]]\nname = "BP_WEB_COMMAND"\nvalue = "from-project"\n'
    write(builds, project__toml=entry)
    assert web() == "from-project"
    monkeypatch.setenv("BP_WEB_COMMAND", "from-caller")
    assert web() == "from-caller"
    assert web("-e", "BP_WEB_COMMAND=from-option") == "from-option"
    monkeypatch.setenv("MINE", "value")
    assert web("-e", "MINE", "-e", "BP_WEB_COMMAND=${MINE}") == "${MINE}"


def test_explain_with_a_project_toml_that_is_none(
    builds: Builds, explain: Explain, capsys: pytest.CaptureFixture[str]
) -> None:
    write(builds, project__toml="=")
    with pytest.raises(SystemExit, match="2"):
        explain()
    assert "project.toml: not valid TOML" in capsys.readouterr().err


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_explain_shows_no_credentials(
    builds: Builds, explain: Explain, form: tuple[str, ...]
) -> None:
    write(builds, requirements__txt=f"--index-url https://me:{SECRET}@index.example/simple\n")
    shown = explain("-e", f"BP_WEB_COMMAND=run https://me:{SECRET}@db.example", *form)
    shown += explain("-e", f"MY_TOKEN={SECRET}", "-e", f"BP_WEB_COMMAND=run {SECRET}", *form)
    assert SECRET not in shown
    assert "****" in shown


def test_explain_by_what_a_lock_has(builds: Builds, explain: Explain) -> None:
    lock = 'lock-version = "1.0"\ncreated-by = "me"\n'
    for name, platform in (("flask", "linux"), ("gunicorn", "win32")):
        wheel = f"{name}-1.0-py3-none-any.whl"
        lock += (
            f'[[packages]]\nname = "{name}"\nversion = "1.0"\n'
            f"marker = \"sys_platform == '{platform}'\"\n"
            f'[[packages.wheels]]\nname = "{wheel}"\nurl = "https://files.example/{wheel}"\n'
            f'hashes = {{ sha256 = "{"a" * 64}" }}\n'
        )
    write(builds, pylock__toml=lock, app__py="from flask import Flask\napp = Flask(__name__)\n")
    (process,) = explain.json()["processes"]
    assert "flask" in process["command"]
    assert "gunicorn" not in process["command"]
    assert "Detected again" not in explain()


def test_explain_an_end_of_life(
    builds: Builds, explain: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Later:
            return cls(2030, 1, 1, tzinfo=tz)

    monkeypatch.setattr("datetime.datetime", Later)
    write(builds, requirements__txt="")
    (warning,) = (each for each in explain.json()["warnings"] if "Python" in each["heading"])
    assert warning["heading"] == "Python 3.13 reached end of life on 2029-10-31"
    assert warning["url"].endswith("/docs/warnings.md#end-of-life")


def test_explain_without_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["python-buildpack"])
    with pytest.raises(SystemExit, match="usage: python-buildpack explain"):
        main.explain_main()


def test_image_from_standard_input(
    builds: Builds, explain: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(builds, requirements__txt="")
    explain.build(builds)
    text = Path(built_image(builds)).read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert explain.json("--image", "-")["layers"]["venv"]["action"] == "reuse"


def test_explain_python_alone(builds: Builds) -> None:
    log = io.StringIO()
    target = Target("linux", "amd64", None, None, None)
    run = request(builds.root, output=Output(log))
    explanation = explain_build(replace(run, context=replace(run.context, target=target)))
    assert {name: step.action for name, step in explanation.steps.items()} == {
        "python": Action.MAKE
    }
    assert log.getvalue().endswith("\nLayers\n  python: made\n")


def test_explain_an_environment_with_its_own_python(builds: Builds, explain: Explain) -> None:
    write(builds, pixi__lock="version: 6\n", app__py="", Procfile="web: python app.py\n")
    log = explain()
    assert "\nPackage manager\n  pixi, by pixi.lock\n" in log
    assert "\nLayers\n  rattler: made\n  conda: made\n" in log
    document = explain.json()
    assert (document["python"], document["target"]["arch"]) == (None, "amd64")
    assert document["package_manager"] == {"name": "pixi", "files": "pixi.lock"}


def test_explain_an_environment_that_was_made(builds: Builds) -> None:
    write(builds, pixi__lock="version: 6\n", app__py="", Procfile="web: python app.py\n")
    build = request(builds.root, Settings(), {}, Output(io.StringIO()))
    target = Target("linux", "amd64", None, None, None)
    context = replace(build.context, target=target, layers_dir=builds.layers_dir)
    build = replace(build, context=context)
    found = prepare(build)
    assert isinstance(found, PreparedConda)
    inputs = found.build.wanted({}).inputs
    record = VenvRecord(inputs, Pinning.LOCKED, "digest", {"python": "3.13.1"})
    Layers(builds.layers_dir).finish(Layer("conda", record.to_metadata()), LayerTypes(launch=True))
    explanation = explain_build(build)
    assert explanation.steps["conda"].action is Action.KEEP
    assert explanation.steps["rattler"].action is Action.LEAVE_OUT
    assert explanation.python == "3.13.1"
