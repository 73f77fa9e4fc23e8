"""What GitHub and its apps read of this repository has the form that they document."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from jsonschema import validators  # type: ignore[import-untyped]

from tools.json_schemas import read_schema

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("ISSUE_TEMPLATE/build.yml", "github-issue-forms"),
        ("ISSUE_TEMPLATE/proposal.yml", "github-issue-forms"),
        ("ISSUE_TEMPLATE/config.yml", "github-issue-config"),
        ("renovate.json", "renovate"),
    ],
)
def test_has_the_documented_form(name: str, schema: str) -> None:
    document = yaml.safe_load((GITHUB / name).read_text(encoding="utf-8"))
    found = read_schema(ROOT, schema)
    assert list(validators.validator_for(found)(found).iter_errors(document)) == []


def test_the_form_for_builds_asks_for_the_log_and_all_versions() -> None:
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "build.yml").read_text(encoding="utf-8"))
    required = {
        field["id"] for field in form["body"] if field.get("validations", {}).get("required")
    }
    assert {"log", "buildpack", "platform", "lifecycle", "builder"} <= required


def test_renovate_sees_every_pin_that_is_no_package() -> None:
    managers = json.loads((GITHUB / "renovate.json").read_text(encoding="utf-8"))["customManagers"]
    found: dict[str, str] = {}
    for manager in managers:
        (files,) = (re.compile(each.strip("/")) for each in manager["managerFilePatterns"])
        (match,) = manager["matchStrings"]
        python = match.replace("(?<", "(?P<")
        for path in [*ROOT.glob("tools/**/*.py"), *ROOT.glob("builder/*.toml")]:
            if files.search(path.relative_to(ROOT).as_posix()):
                for each in re.finditer(python, path.read_text(encoding="utf-8")):
                    found[each["depName"]] = each["currentValue"]
    assert found.keys() >= {
        *("github.com/buildpacks/lifecycle", "github.com/buildpacks/pack"),
        *("github.com/rhysd/actionlint", "paketobuildpacks/ubuntu-noble-run"),
    }
    assert all(version[0] == "v" or "." not in version for version in found.values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_steps_are_programs_that_are_here(path: Path) -> None:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    steps = [step for job in jobs.values() for step in job.get("steps", ())]
    named = {match for step in steps for match in re.findall(r"\bscripts/[\w-]+", str(step))}
    assert named
    assert all((ROOT / name).is_file() for name in named)
    # Nothing is fetched but by actions, which are pinned, and by these scripts, whose pins are tested.
    words = {word for step in steps for word in re.findall(r"[\w-]+", step.get("run", ""))}
    assert not words & {"curl", "wget", "pip", "pipx", "npm", "npx", "go", "apt-get"}


def test_the_release_workflow_runs_each_step_of_the_program() -> None:
    text = (GITHUB / "workflows" / "release.yml").read_text(encoding="utf-8")
    steps = set(re.findall(r"scripts/release ([a-z-]+)", text))
    assert steps == {"prepare", "notes", "files", "push", "push-builders", "registry-entry"}
