"""The image's labels: what it was made of, for whoever looks at many images."""

from __future__ import annotations

from python_buildpack.cnb.launch import Label
from python_buildpack.start_commands.determination import StartCommands

LABEL_PREFIX = "io.github.python-buildpack"


def image_labels(
    python_version: str, package_manager: str, start: StartCommands
) -> tuple[Label, ...]:
    """Return the labels.

    Args:
        python_version: X.Y.Z.
        package_manager: such as "uv".
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
