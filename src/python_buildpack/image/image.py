"""What a build puts into the image, besides the contents of its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from python_buildpack.cnb.launch import Label, Launch
from python_buildpack.layers.judgement import Decision
from python_buildpack.start_commands.determination import StartCommands
from python_buildpack.start_commands.processes import processes

LABEL_PREFIX = "io.github.python-buildpack"


@dataclass(frozen=True)
class Image:
    """The image, as it is described in its report.

    Attributes:
        decisions: what became of the layers of the last build.
        launch: its processes and labels; none where other buildpacks have asked for Python.
    """

    decisions: tuple[Decision, ...]
    installed: Mapping[str, str] = field(default_factory=dict)
    launch: Launch = field(default_factory=Launch)


def app_image(
    decisions: tuple[Decision, ...],
    installed: Mapping[str, str],
    python_version: str,
    package_manager: str,
    start: StartCommands,
    working_dir: str = "",
) -> Image:
    """Return the image of an app; its labels as ``image_labels``.

    Args:
        working_dir: of its processes; "" for the repository's root.
    """
    labels = image_labels(python_version, package_manager, start)
    launch = Launch(labels=labels, processes=processes(start.commands, start.default, working_dir))
    return Image(decisions, installed, launch)


def image_labels(
    python_version: str, package_manager: str, start: StartCommands
) -> tuple[Label, ...]:
    """Return the labels.

    Args:
        start: what the image starts; without a framework or default process, there is no such
            label.
    """
    default = start.default
    values = {
        "python-version": python_version,
        "package-manager": package_manager,
        "framework": start.framework,
        "start-command-source": default.place if default else None,
    }
    return tuple(Label(f"{LABEL_PREFIX}.{name}", value) for name, value in values.items() if value)
