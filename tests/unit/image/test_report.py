from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import VARIABLES, Settings, tool_version_variable
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layer, Layers
from python_buildpack.image.image import Image
from python_buildpack.image.report import report_label
from python_buildpack.layers.judgement import Decision, discarded, reused
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pip.strategy import read_pip_requirements
from python_buildpack.package_managers.protocol import App, Dependencies
from python_buildpack.package_managers.registry import TOOLS
from python_buildpack.system.output import Output
from tests.unit.requests import request

SETTINGS = sorted((*VARIABLES, *map(tool_version_variable, TOOLS)))
ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "build-report.schema.json").read_text("utf-8"))
SOURCE = "from .python-version:1: 3.13"
INSTALLED = {"flask": "3.1.0", "click": "8.2.0"}
LABEL = "io.github.python-buildpack.report"


@dataclass
class Reports:
    """Reports of a build in ``root``."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()
    dependencies: Dependencies | None = None
    decisions: list[Decision] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.now = 100.0
        self.output = Output(self.log, clock=lambda: self.now)

    @property
    def layers_dir(self) -> Path:
        return self.root / "layers"

    def report(self) -> Mapping[str, object]:
        """Return the report, which fits its schema, and is the same in the log."""
        self.log.seek(0)
        self.log.truncate()
        build = request(self.root, None, self.environment, self.output, bound=self.bound)
        image = Image(tuple(self.decisions), INSTALLED)
        label = report_label(build, "3.13.2", SOURCE, self.dependencies, image)
        assert label.key == LABEL
        document: Mapping[str, object] = json.loads(label.value)
        jsonschema.validate(document, SCHEMA)
        heading, _, logged = self.log.getvalue().partition("Build report\n")
        assert heading == "\n"
        assert json.loads(logged) == document
        return document


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    for name in ("app", "layers", "platform/env"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "app" / "requirements.txt").touch()
    dependencies = read_pip_requirements(
        App(AppFiles(tmp_path / "app"), Settings(), {}, PIP), ("requirements.txt",)
    )
    return Reports(tmp_path, dependencies=dependencies)


def test_report_of_versions(reports: Reports) -> None:
    report = reports.report()
    assert report["format"] == 1
    assert report["python"] == {
        "version": "3.13.2",
        "source": "from .python-version:1: 3.13",
    }
    assert report["package_manager"] == {"name": "pip", "files": "requirements.txt"}
    assert report["distributions"] == {"click": "8.2.0", "flask": "3.1.0"}
    assert report["target"] == {
        "os": "linux",
        "arch": "amd64",
        "arch_variant": None,
        "distro_name": "debian",
        "distro_version": "12",
    }


def test_report_without_an_app(reports: Reports) -> None:
    reports.dependencies = None
    assert reports.report()["package_manager"] is None


def test_report_of_the_configuration(reports: Reports) -> None:
    (reports.root / "platform" / "env" / "BP_PYTHON_VERSION").write_text("3.13")
    reports.environment = {
        "BP_PYTHON_VERSION": "3.13",
        "BP_CLEAN_BUILD": " Yes",
        "BP_STRICT_LINKAGE": "false",
        "BP_DEPENDENCY_MIRROR": "https://mirror.example",
        "BP_GROUPS": "",
        "BP_OTHER": "not ours",
    }
    reports.bound = frozenset({"BP_DEPENDENCY_MIRROR"})
    settings = reports.report()["configuration"]
    assert isinstance(settings, dict)
    assert list(settings) == SETTINGS
    assert settings["BP_PYTHON_VERSION"] == {"value": "3.13", "source": "platform"}
    assert settings["BP_CLEAN_BUILD"] == {"value": True, "source": "environment"}
    assert settings["BP_STRICT_LINKAGE"] == {"value": False, "source": "environment"}
    assert settings["BP_DEPENDENCY_MIRROR"] == {
        "value": "https://mirror.example",
        "source": "binding",
    }
    assert settings["BP_GROUPS"] == {"value": None, "source": "default"}
    assert settings["BP_REPORT"] == {"value": False, "source": "default"}


def test_report_names_the_settings_of_tools(reports: Reports) -> None:
    reports.environment = {
        "PIP_INDEX_URL": "https://canary@index.example/simple",
        "UV_INDEX_SHOP_PASSWORD": "canary",
        "PIP_NO_BINARY": "",
        "HOME": "/home/cnb",
    }
    report = reports.report()
    assert report["tool_settings"] == ["PIP_INDEX_URL", "UV_INDEX_SHOP_PASSWORD"]
    assert "canary" not in json.dumps(report)


def test_report_masks_credentials(reports: Reports) -> None:
    reports.environment = {"BP_DEPENDENCY_MIRROR": "https://shop:canary@mirror.example"}
    cause = "https://shop:canary@index.example changed"
    reports.decisions = [discarded(reports.output, "python", "Python", [cause])]
    with reports.output.timed("Asking https://shop:canary@index.example"):
        pass
    Layers(reports.layers_dir).finish(Layer("python"), LayerTypes(launch=True))
    assert "canary" not in json.dumps(reports.report())
    assert "canary" not in reports.log.getvalue()
    assert "****@mirror.example" in reports.log.getvalue()


def test_report_of_layers(reports: Reports) -> None:
    Layers(reports.layers_dir).finish(Layer("python"), LayerTypes(launch=True))
    venv = Layers(reports.layers_dir).make("venv")
    (venv / "bin").mkdir()
    (venv / "bin" / "flask").write_bytes(b"x" * 1000)
    (venv / "python").symlink_to("seven77")
    Layers(reports.layers_dir).finish(Layer("venv"), LayerTypes(launch=True, cache=True))
    Layers(reports.layers_dir).finish(Layer("sizing"), LayerTypes(launch=True))
    (reports.layers_dir / "store.toml").write_text("not = [")
    reports.decisions = [
        reused(reports.output, "python", "Not needed: the image keeps it"),
        discarded(reports.output, "venv", "environment", ("Python changed", "flask is new")),
        discarded(reports.output, "pip", "pip", ()),
    ]
    report = reports.report()
    assert report["layers"] == {
        "python": {
            "launch": True,
            "build": False,
            "cache": False,
            "reused": True,
            "reasons": ["Not needed: the image keeps it"],
            "bytes": None,
        },
        "venv": {
            "launch": True,
            "build": False,
            "cache": True,
            "reused": False,
            "reasons": ["Python changed", "flask is new"],
            "bytes": 1007,
        },
    }


def test_report_of_durations(reports: Reports) -> None:
    with reports.output.timed("Installing Python 3.13.2"):
        reports.now += 1.23456
    reports.now += 1
    report = reports.report()
    assert report["durations"] == [{"text": "Installing Python 3.13.2", "seconds": 1.235}]
    assert report["seconds"] == 2.235


def test_every_variable_is_documented() -> None:
    settings = (ROOT / "docs" / "settings.md").read_text("utf-8")
    rows = [line for line in settings.splitlines() if line.startswith("| `BP_")]
    documented = [name for row in rows for name in re.findall(r"`(BP_[A-Z_]+)`", row.split("|")[1])]
    assert sorted(documented) == SETTINGS
