"""Environment changes that a layer makes, without touching the filesystem.

They take effect for later buildpacks and for the image's processes, never for the buildpack that
writes them.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#provided-by-the-buildpacks
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Scope(Enum):
    """Where environment changes take effect; the values are the directories of their files."""

    ALL = "env"
    """Later buildpacks and every process of the image."""

    BUILD = "env.build"
    """Later buildpacks."""

    LAUNCH = "env.launch"
    """Every process of the image."""


class ModificationBehavior(Enum):
    """What happens to a variable; the values are the files' suffixes.

    https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#environment-variable-modification-rules
    """

    APPEND = "append"
    DEFAULT = "default"
    DELIMITER = "delim"
    OVERRIDE = "override"
    PREPEND = "prepend"


@dataclass(frozen=True)
class Modification:
    """One change to one variable: one file."""

    scope: Scope
    behavior: ModificationBehavior
    name: str
    value: str

    def path(self) -> str:
        """Return its file, relative to the layer.

        Always with a suffix: what a file without one means has changed between API versions.
        """
        return f"{self.scope.value}/{self.name}.{self.behavior.value}"


@dataclass(frozen=True)
class LayerEnv:
    """All environment changes of a layer; an immutable value.

    Attributes:
        modifications: sorted by their files' paths, which is the order the lifecycle applies
            those of one scope in.
    """

    modifications: tuple[Modification, ...] = ()

    def insert(
        self, scope: Scope, behavior: ModificationBehavior, name: str, value: str
    ) -> LayerEnv:
        """Return these changes and one more, which replaces one of the same kind.

        Append and prepend join with *nothing* in between unless the same scope has a
        ``DELIMITER`` for the variable.

        Raises:
            ValueError: no variable can have this name, or no file can carry it.
        """
        if not _is_variable_name(name):
            raise ValueError(f"Invalid name of a variable: {name!r}")
        added = Modification(scope, behavior, name, value)
        others = [other for other in self.modifications if other.path() != added.path()]
        return LayerEnv(tuple(sorted((*others, added), key=Modification.path)))

    def apply(self, scope: Scope, environment: Mapping[str, str]) -> dict[str, str]:
        """Return ``environment`` as it becomes in ``scope``, as the lifecycle would make it."""
        changed = dict(environment)
        for applied in dict.fromkeys((Scope.ALL, scope)):
            # A delimiter counts in its own directory only.
            modifications = [m for m in self.modifications if m.scope == applied]
            delimiters = {
                m.name: m.value
                for m in modifications
                if m.behavior is ModificationBehavior.DELIMITER
            }
            for m in modifications:
                if m.behavior is not ModificationBehavior.DELIMITER:
                    current = changed.get(m.name, "")
                    changed[m.name] = _modified(current, m, delimiters.get(m.name, ""))
        return changed

    def files(self) -> Mapping[str, str]:
        """Return the files that say so: paths relative to the layer, and their exact contents.

        The lifecycle takes contents literally, a newline at the end included.
        """
        return {m.path(): m.value for m in self.modifications}


def _is_variable_name(name: str) -> bool:
    # The lifecycle takes what follows the first dot for the suffix.
    return name != "" and not set(name) & set("./=\0")


def _modified(current: str, modification: Modification, delimiter: str) -> str:
    """Return a variable's new value; an empty variable counts as unset."""
    value = modification.value
    match modification.behavior:
        case ModificationBehavior.OVERRIDE:
            return value
        case ModificationBehavior.DEFAULT:
            return current or value
        case ModificationBehavior.PREPEND:
            return f"{value}{delimiter}{current}" if current else value
        case ModificationBehavior.APPEND:
            return f"{current}{delimiter}{value}" if current else value
        case ModificationBehavior.DELIMITER:
            return current
