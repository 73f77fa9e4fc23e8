"""The build report in the image's label, of a first build and of one that reuses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.integration.catalog import plain
from tests.integration.indexed_workspace import IndexedWorkspace
from tools.oci_image import Image

ROOT = Path(__file__).parent.parent.parent
LABEL = "io.github.python-buildpack.report"
LOCKED = {"requirements.txt": "plain==1.0\n", "app.py": ""}


@pytest.fixture(scope="module")
def world(indexed: IndexedWorkspace) -> IndexedWorkspace:
    indexed.index.upload(plain("1.0"))
    return indexed


def build(world: IndexedWorkspace) -> tuple[dict[str, Any], Image]:
    """Build with a report; return it, and the image."""
    result = world.build(LOCKED, {"BP_REPORT": "true"})
    image = result.require_image()
    report: dict[str, Any] = json.loads(image.labels[LABEL])
    schema = json.loads((ROOT / "docs" / "build-report.schema.json").read_text("utf-8"))
    jsonschema.validate(report, schema)
    _, _, logged = result.buildpack_log.partition("\nBuild report\n")
    assert json.loads(logged) == report
    return report, image


def test_report_of_a_first_build_and_a_rebuild(world: IndexedWorkspace) -> None:
    first, image = build(world)
    assert first["configuration"]["BP_REPORT"] == {"value": True, "source": "platform"}
    assert first["configuration"]["BP_CLEAN_BUILD"] == {"value": False, "source": "default"}
    assert first["distributions"] == {"plain": "1.0"}
    assert {name: each["reused"] for name, each in first["layers"].items()} == {
        "pip": False,
        "python": False,
        "venv": False,
    }
    assert all(each["bytes"] > 0 for each in first["layers"].values())
    assert first["durations"][0]["text"].startswith("Installing Python ")
    before = image.layer_diff_ids()
    before.pop("config")
    second, image = build(world)
    assert second["layers"]["venv"]["reused"]
    assert second["layers"]["venv"]["bytes"] is None
    assert second["durations"] == []
    # The lifecycle's own layer "config" has the labels, too.
    assert before.items() <= image.layer_diff_ids().items()


def test_no_report_unless_asked_for(world: IndexedWorkspace) -> None:
    result = world.build(LOCKED, image="quiet")
    assert LABEL not in result.require_image().labels
    assert "Build report" not in result.log
