"""What a build of a directory would do: decided by its own code, while nothing is made."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TextIO

from python_buildpack import __version__
from python_buildpack.app.known_names import unread_files
from python_buildpack.app.request import Build
from python_buildpack.build import start_commands
from python_buildpack.cnb.exit_codes import ExitCode
from python_buildpack.image.report import manager_entry, masked
from python_buildpack.layers import python as python_layer
from python_buildpack.layers import venv
from python_buildpack.layers.app_build import EnvironmentBuild
from python_buildpack.layers.app_layers import PlannedLayers, plan_app_layers
from python_buildpack.layers.plan import Action, Step, provide
from python_buildpack.messages.python_version import source_text
from python_buildpack.preparation import Prepared, PreparedApp, PreparedConda, prepare
from python_buildpack.start_commands.determination import StartCommands
from python_buildpack.system.output import Output
from python_buildpack.system.text import joined

_FORMAT = 1
_TEXTS = {
    Action.REUSE: "reused",
    Action.KEEP: "stays in the image",
    Action.RESOLVE: "reused, if the requirements still resolve to what it has",
    Action.MAKE: "made",
    Action.LEAVE_OUT: "not needed",
}
_DETECTED_AGAIN = """\
Detected again once the dependencies are resolved: what they depend on in turn isn't known yet"""
_END = "\nThe build would end here, with exit code {:d}"
_MOST_CAUSES = 3


@dataclass(frozen=True)
class Explanation:
    """What a build would do.

    Attributes:
        steps: what becomes of each layer, by its name.
        start: what the image would start; None where there is no app.
        python: the version of an environment's own, X.Y.Z; None where only a build can tell.
    """

    prepared: Prepared | PreparedConda
    steps: dict[str, Step]
    start: StartCommands | None = None
    python: str | None = None


def explain(build: Build) -> Explanation:
    """Decide what a build does, and print it as far as its own log tells it before it installs."""
    prepared = prepare(build)
    if isinstance(prepared, PreparedConda):
        return _explain_conda(prepared, build.output)
    if prepared.app is None:
        explanation = Explanation(prepared, {python_layer.NAME: provide(prepared.python.restored)})
        _show_layers(explanation.steps, build.output)
        return explanation
    return _explain_app(prepared, prepared.app, build.output)


def _explain_app(prepared: Prepared, found: PreparedApp, output: Output) -> Explanation:
    app, dependencies = found.build, found.build.dependencies
    planned = plan_app_layers(app)
    record = planned.plan.record
    _show_manager(app)
    steps = dict(_steps(planned))
    _show_layers(steps, output)
    installed = record.versions if record else dependencies.expected(prepared.python.version)
    start = start_commands(prepared.project, app, installed)
    is_certain = record or dependencies.lists_all or dependencies.is_empty
    if not is_certain and (start.are_detected or not start.commands):
        output.line(_DETECTED_AGAIN)
    return Explanation(prepared, steps, start)


def _explain_conda(prepared: PreparedConda, output: Output) -> Explanation:
    from python_buildpack.layers.conda import NAME, plan_conda_layer

    app = prepared.build
    record, step = plan_conda_layer(app, app.wanted({}))
    _show_manager(app)
    tool = Step(Action.MAKE if record is None else Action.LEAVE_OUT)
    steps = {app.dependencies.manager.tool: tool, NAME: step}
    _show_layers(steps, output)
    start = start_commands(prepared.project, app, record.versions if record else {})
    if record is None:
        output.line(_DETECTED_AGAIN)
    return Explanation(prepared, steps, start, record.versions["python"] if record else None)


def _show_manager(app: EnvironmentBuild) -> None:
    files, output = app.dependencies.display_name, app.output
    output.section("Package manager")
    output.line(f"{app.dependencies.manager.name}, by {files}" if files else "None is needed")
    for notice in app.dependencies.notices:
        output.line(notice)


def _steps(planned: PlannedLayers) -> Iterator[tuple[str, Step]]:
    plan = planned.plan
    yield python_layer.NAME, plan.python
    yield from zip((tool.name for tool in planned.tools), plan.tools, strict=True)
    yield venv.NAME, plan.venv
    for name in plan.record.parts if plan.record else ():
        yield name, plan.venv


def _show_layers(steps: dict[str, Step], output: Output) -> None:
    output.section("Layers")
    for name, step in steps.items():
        causes = f": {joined(step.causes, _MOST_CAUSES)}" if step.causes else ""
        output.line(f"{name}: {_TEXTS[step.action]}{causes}")


@dataclass(frozen=True)
class Answer:
    """What the user gets: the log, or one document in its place.

    Attributes:
        stream: where it goes.
        is_json: whether it is a document; docs/explain.schema.json is its schema.
    """

    stream: TextIO
    is_json: bool

    @cached_property
    def log(self) -> TextIO:
        """Where the log goes."""
        return io.StringIO() if self.is_json else self.stream

    def explained(self, output: Output, explanation: Explanation) -> ExitCode:
        """Answer what a build would do."""
        self._write(output, _decisions(explanation), None, ExitCode.PASS)
        return ExitCode.PASS

    def undetected(self, output: Output, code: ExitCode) -> ExitCode:
        """Answer what the log says: that there is nothing to build."""
        if isinstance(self.log, io.StringIO):
            # Of detection, the log is the message.
            heading, _, body = self.log.getvalue().partition("\n")
            self._write(output, {}, {"heading": heading, "body": body, "url": None}, code)
        else:
            output.title(_END.format(code))
        return code

    def failed(self, output: Output, error: Exception, code: ExitCode) -> None:
        """Answer why a build would fail."""
        from python_buildpack.messages.links import more_url
        from python_buildpack.messages.wording import message_for, show_error

        if not self.is_json:
            show_error(error, output)
            output.title(_END.format(code))
        message = {**asdict(message_for(error)), "url": more_url(error)}
        self._write(output, {}, message, code)

    def _write(
        self,
        output: Output,
        decisions: dict[str, object],
        error: dict[str, object] | None,
        code: ExitCode,
    ) -> None:
        document = {
            "format": _FORMAT,
            "buildpack": {"version": __version__},
            **decisions,
            "warnings": [
                {"heading": heading, "body": body, "url": url}
                for heading, body, url in output.warnings
            ],
            "error": error,
            "exit_code": int(code),
        }
        if self.is_json:
            text = json.dumps(masked(document, output), indent=2, ensure_ascii=False)
            self.stream.write(f"{text}\n")


def _decisions(explanation: Explanation) -> dict[str, object]:
    prepared = explanation.prepared
    dependencies = prepared.project.dependencies
    start = explanation.start or StartCommands()
    return {
        **_python(explanation),
        "package_manager": manager_entry(dependencies),
        "layers": {
            name: {
                "action": step.action.name.lower().replace("_", "-"),
                "reasons": list(step.causes),
            }
            for name, step in explanation.steps.items()
        },
        "processes": [
            {
                "type": each.name,
                "command": each.text,
                "source": each.place,
                "default": each is start.default,
            }
            for each in start.commands
        ],
        "notices": list(_notices(prepared)),
    }


def _python(explanation: Explanation) -> dict[str, object]:
    prepared = explanation.prepared
    if isinstance(prepared, PreparedConda):
        target, version = prepared.build.build.context.target, explanation.python
        source = f"from {prepared.build.dependencies.display_name}"
        python = {"version": version, "source": source} if version else None
        return {"target": {"os": target.os, "arch": target.arch}, "python": python}
    artifact = prepared.python.artifact
    return {
        "target": {"os": artifact.os, "arch": artifact.arch},
        "python": {
            "version": prepared.python.version,
            "source": source_text(prepared.python_source),
        },
    }


def _notices(prepared: Prepared | PreparedConda) -> Iterator[str]:
    app: EnvironmentBuild
    if isinstance(prepared, PreparedConda):
        app = prepared.build
    elif prepared.app is None:
        return
    else:
        app = prepared.app.build
    yield from unread_files(prepared.project.files, app.build.settings)
    yield from app.dependencies.notices
