"""The steps of examples/ci/tekton/task.yaml, each in a container of its own, as Tekton runs them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.e2e.builds import ROOT
from tools.podman_service import Podman

TASK = ROOT / "examples" / "ci" / "tekton" / "task.yaml"


@dataclass(frozen=True)
class TaskRun:
    """One run of the task.

    Attributes:
        params: as in a TaskRun.
        workspaces: a directory for each.
        volumes: a directory for each of the task's volumes; Secrets have their files.
        extra_mounts: directories by their paths in the containers.
        run_image: in the place of the builder's.
    """

    podman: Podman
    params: Mapping[str, str]
    workspaces: Mapping[str, Path]
    volumes: Mapping[str, Path]
    extra_mounts: Mapping[str, Path]
    run_image: str

    def run(self) -> str:
        """Run all steps; return what they printed.

        Raises:
            AssertionError: a step fails.
        """
        spec = yaml.safe_load(TASK.read_text(encoding="utf-8"))["spec"]
        assert {*self.volumes} == {each["name"] for each in spec["volumes"]}
        defaults = {each["name"]: each.get("default") for each in spec["params"]}
        values = {f"params.{name}": value for name, value in {**defaults, **self.params}.items()}
        for workspace in spec["workspaces"]:
            values[f"workspaces.{workspace['name']}.path"] = workspace["mountPath"]
        values["results.digest.path"] = (
            f"{spec['stepTemplate']['volumeMounts'][0]['mountPath']}/digest"
        )
        printed = ""
        for step in spec["steps"]:
            command = [_replaced(each, values) for each in self._command(spec, step)]
            result = subprocess.run(
                self.podman.command("run", "--rm", *command),
                env=self.podman.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            printed += result.stdout
            assert result.returncode == 0, f"{step['name']}: {result.stdout}"
        return printed

    def _command(self, spec: Any, step: Any) -> Iterator[str]:
        template = spec["stepTemplate"]
        user = template["securityContext"]
        assert user["capabilities"] == {"drop": ["ALL"]}
        yield f"--user={user['runAsUser']}:{user['runAsGroup']}"
        yield from ("--cap-drop=ALL", "--security-opt=no-new-privileges")
        for variable in [*template["env"], *step.get("env", ())]:
            yield f"--env={variable['name']}={variable['value']}"
        for target, source in self._mounts(spec, step):
            yield f"--volume={source}:{target}"
        script = step.get("script")
        yield f"--entrypoint={'/bin/sh' if script else step['command'][0]}"
        yield step["image"]
        yield from ("-c", script) if script else ()
        # The builders of builder/ know their run image; the one of the tests has another.
        if step["name"] == "analyze":
            yield f"-run-image={self.run_image}"
        yield from step.get("args", ())

    def _mounts(self, spec: Any, step: Any) -> Iterator[tuple[str, Path]]:
        for mount in [*spec["stepTemplate"]["volumeMounts"], *step.get("volumeMounts", ())]:
            yield mount["mountPath"], self.volumes[mount["name"]]
        for workspace in spec["workspaces"]:
            yield workspace["mountPath"], self.workspaces[workspace["name"]]
        yield from self.extra_mounts.items()


def _replaced(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\(([\w.-]+)\)", lambda match: values[match[1]], text)
