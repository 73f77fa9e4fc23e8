"""The files of examples/ci, checked against what the projects that read them say of their form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tomli
import yaml  # type: ignore[import-untyped]
from jsonschema import validators  # type: ignore[import-untyped]

from tools.go_toolchain import GoModule
from tools.json_schemas import KPACK, SHIPWRIGHT, TEKTON, module_directory, read_schema

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "ci"
BUILDPACK = tomli.loads((ROOT / "buildpack.toml").read_text(encoding="utf-8"))["buildpack"]
CRDS: Mapping[str, tuple[GoModule, str]] = {
    "tekton.dev": (TEKTON, "config/300-crds"),
    "shipwright.io": (SHIPWRIGHT, "deploy/crds"),
}
# https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/
CORE = {
    "Secret": {"apiVersion", "kind", "metadata", "type", "stringData"},
    "ServiceAccount": {"apiVersion", "kind", "metadata", "secrets", "imagePullSecrets"},
}


def documents(path: Path) -> list[Any]:
    # A CRD has 10,000 lines: libyaml's parser, where it is there.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=loader))


def resources() -> Iterator[object]:
    for path in sorted(EXAMPLES.glob("*/*.yaml")):
        for resource in documents(path):
            name = f"{path.parent.name}/{path.name}: {resource['kind']}"
            yield pytest.param(resource, id=name)


def closed(schema: Any) -> Any:
    """Return a schema that allows no other properties than those that it names.

    As the API server does with structural schemas, where it doesn't drop them in silence.
    """
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    is_object = isinstance(made.get("properties"), dict) and made.get("type") == "object"
    if is_object and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


@cache
def crd_schema(api_version: str, kind: str) -> Any:
    group, _, version = api_version.partition("/")
    module, directory = CRDS[group]
    for path in module_directory(ROOT, module, directory).glob("*.yaml"):
        # Text first: a whole CRD takes a second to parse.
        if re.search(rf"(?m)^    kind: {kind}$", path.read_text(encoding="utf-8")) is None:
            continue
        for crd in documents(path):
            if crd is not None and crd["spec"]["names"]["kind"] == kind:
                (found,) = (each for each in crd["spec"]["versions"] if each["name"] == version)
                schema = closed(found["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = {"type": "object"}
                return schema
    raise AssertionError(f"{api_version} has no {kind}")


@cache
def kpack_definitions() -> Any:
    """Return kpack's OpenAPI definitions: its CRDs allow everything."""
    file = module_directory(ROOT, KPACK, "api/openapi-spec") / "swagger.json"
    return closed(json.loads(file.read_text(encoding="utf-8"))["definitions"])


def problems(resource: Any) -> list[str]:
    api_version, kind = resource["apiVersion"], resource["kind"]
    if api_version == "v1":
        return sorted({*resource} - CORE[kind])
    if api_version.startswith("kpack.io/"):
        version = api_version.partition("/")[2]
        # The status is kpack's own to write.
        name, definitions = f"kpack.build.{version}.{kind}", kpack_definitions()
        needed = [each for each in definitions[name].get("required", ()) if each != "status"]
        schema = {**definitions[name], "required": needed, "definitions": definitions}
    else:
        schema = crd_schema(api_version, kind)
    validator = validators.validator_for({})(schema)
    return [f"{each.json_path}: {each.message[:200]}" for each in validator.iter_errors(resource)]


@pytest.mark.parametrize("resource", list(resources()))
def test_resource_has_the_form_of_its_kind(resource: Any) -> None:
    assert problems(resource) == []


@pytest.mark.parametrize("resource", list(resources()))
def test_a_misspelt_field_is_found(resource: Any) -> None:
    """Else the test above would prove nothing."""
    if "spec" in resource:
        assert problems({**resource, "spec": {**resource["spec"], "imagee": "x"}}) != []


def test_gitlab_ci() -> None:
    schema = read_schema(ROOT, "gitlab-ci")
    (pipeline,) = documents(EXAMPLES / ".gitlab-ci.yml")
    assert list(validators.validator_for(schema)(schema).iter_errors(pipeline)) == []


def test_kpack_refers_to_what_is_there() -> None:
    found = [*documents(EXAMPLES / "kpack/cluster.yaml"), *documents(EXAMPLES / "kpack/app.yaml")]
    by_kind: dict[str, dict[str, Any]] = {each["kind"]: each for each in found}
    image, builder = by_kind["Image"]["spec"], by_kind["Builder"]["spec"]
    assert image["builder"]["name"] == by_kind["Builder"]["metadata"]["name"]
    assert builder["stack"]["name"] == by_kind["ClusterStack"]["metadata"]["name"]
    assert (
        builder["order"][0]["group"][0]["name"] == by_kind["ClusterBuildpack"]["metadata"]["name"]
    )
    secrets = {each["metadata"]["name"]: each for each in found if each["kind"] == "Secret"}
    (service,) = image["build"]["services"]
    # https://servicebinding.io/spec/core/1.1.0/#provisioned-service
    assert secrets[service["name"]]["stringData"].keys() == {"type", "pip.conf"}


def test_tekton_runs_the_phases_in_their_order_with_few_secrets() -> None:
    (task,) = documents(EXAMPLES / "tekton" / "task.yaml")
    steps = {step["name"]: step for step in task["spec"]["steps"]}
    assert [*steps] == ["prepare", "analyze", "detect", "restore", "build", "export", "digest"]
    with_registry = {name for name, step in steps.items() if "/registry" in str(step)}
    assert with_registry == {"analyze", "restore", "export"}
    run = documents(EXAMPLES / "tekton" / "run.yaml")[1]["spec"]
    assert {each["name"] for each in run["workspaces"]} == {
        each["name"] for each in task["spec"]["workspaces"]
    }
    declared = {each["name"] for each in task["spec"]["params"]}
    assert {each["name"] for each in run["params"]} <= declared
    assert {*re.findall(r"\$\(params\.([\w-]+)\)", str(task["spec"]))} == declared


def test_every_example_builds_with_this_version() -> None:
    named = [
        name
        for path in EXAMPLES.rglob("*")
        if path.is_file()
        for name in re.findall(
            r"\bpython-buildpack/(?:builder|python):\S+", path.read_text(encoding="utf-8")
        )
    ]
    version, builders = BUILDPACK["version"], [path.stem for path in ROOT.glob("builder/*.toml")]
    allowed = {f"python-buildpack/builder:{each}-{version}" for each in builders}
    assert {*named} <= allowed | {f"python-buildpack/python:{version}"}
    assert len(named) == 5
