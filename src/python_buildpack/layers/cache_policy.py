"""Which layers are to be on disk at the next build, and so have to be cached and restored.

A layer that is restored is downloaded and unpacked before our first line runs, and one that is on
disk at the end is archived and hashed again. One that was only for launch is restored as metadata
alone, and stays in the image where its TOML is written again without contents.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.group import ids_after, parse_group
from python_buildpack.cnb.layer_content_metadata import LayerTypes

_AT_LAUNCH_ONLY = LayerTypes(launch=True)
_KEPT = LayerTypes(launch=True, build=True, cache=True)

# Buildpacks that only write launch.toml or labels, whatever is installed.
_INDIFFERENT = frozenset(
    {
        "heroku/procfile",
        "paketo-buildpacks/ca-certificates",
        "paketo-buildpacks/environment-variables",
        "paketo-buildpacks/image-labels",
        "paketo-buildpacks/procfile",
    }
)


@dataclass(frozen=True)
class CachePolicy:
    """Who needs what is installed.

    Attributes:
        resolver: the package manager has to be asked at each build: not all is pinned, or not all
            can be proven.
        later_buildpack: a buildpack that may use Python follows in this build; it will find at
            every build what it found at the first.
        app: what the build does to the app itself, such as collecting its static files.
    """

    resolver: bool
    later_buildpack: bool
    app: bool

    @property
    def python(self) -> LayerTypes:
        """The types of the layer ``python``."""
        return _KEPT if self.resolver or self.later_buildpack or self.app else _AT_LAUNCH_ONLY

    @property
    def are_tools_cached(self) -> bool:
        """Whether pip, and others that install, are kept for the next build."""
        return self.resolver or self.later_buildpack

    @property
    def venv(self) -> LayerTypes:
        """The types of the layer ``venv``."""
        return _KEPT if self.later_buildpack or self.app else _AT_LAUNCH_ONLY


def has_later_buildpacks(layers_dir: Path) -> bool:
    """Return whether a buildpack that may need Python comes after this one; if in doubt, yes.

    Args:
        layers_dir: this buildpack's layers directory, which is named after its id.
    """
    path = layers_dir.parent / "group.toml"
    try:
        followers = ids_after(parse_group(path.read_text(encoding="utf-8")), layers_dir.name)
    except (OSError, UnicodeDecodeError, InvalidDocumentError):
        return True
    return followers is None or not _INDIFFERENT.issuperset(followers)
