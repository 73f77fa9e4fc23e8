"""What is remembered of a virtual environment, to judge later whether it can be used again.

It is the metadata of the layer, which the lifecycle gives back although the layer itself stays in
the image. Everything in it is a string; nothing in it is a secret, nor the digest of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from python_buildpack.environment.resolution import Pinning
from python_buildpack.layers.judgement import LAYER_FORMAT

_FORMAT = "layer_format"
_RESOLUTION = "resolution"
_DISTRIBUTIONS = "distributions"
_KIND = "kind"
_NEEDS_LIBPYTHON = "needs_libpython"
_PARTS = "parts"
_IS_WHOLE = "is_whole"
_INTERPRETER = "interpreter"
_INPUT = "input "
_SHOWN_INPUTS = frozenset({"Python", "architecture", "distribution", "package manager"})
# The name of an input that only an environment has in which something was built.
BUILD_VARIABLES = "environment variables"


@dataclass(frozen=True)
class VenvRecord:
    """A virtual environment that was built from scratch.

    Attributes:
        inputs: all that it depends on beside the package index, by the name that the log gives it:
            "Python" → "3.13.2", "requirements.txt" → a digest.
        resolution: the digest of the resolution that was installed.
        versions: of each distribution, by name.
        needs_libpython: whether something in it is linked to Python's shared library, which has a
            layer of its own.
        parts: the layers of large distributions, each with a digest of its metadata.
        is_whole: whether these are in it nevertheless, since a later buildpack may change it.
        interpreter: the digest of what pip's resolution takes from Python, if the bundled pip can
            resolve without it; "" if not.
    """

    inputs: Mapping[str, str]
    kind: Pinning
    resolution: str
    versions: Mapping[str, str]
    needs_libpython: bool = False
    parts: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = False
    interpreter: str = ""

    def read_of(self, inputs: Mapping[str, str]) -> dict[str, str]:
        """Return what this installation would have read of some inputs."""
        # Where nothing was built, nothing could read the variables.
        unread = {BUILD_VARIABLES}.difference(self.inputs)
        return {name: inputs[name] for name in inputs if name not in unread}

    def to_metadata(self) -> dict[str, str]:
        """Return the layer's metadata."""
        distributions = " ".join(f"{name}=={self.versions[name]}" for name in sorted(self.versions))
        return {
            _FORMAT: LAYER_FORMAT,
            _KIND: self.kind.value,
            _RESOLUTION: self.resolution,
            _DISTRIBUTIONS: distributions,
            _NEEDS_LIBPYTHON: str(self.needs_libpython),
            _PARTS: " ".join(f"{name}={self.parts[name]}" for name in sorted(self.parts)),
            _IS_WHOLE: str(self.is_whole),
            _INTERPRETER: self.interpreter,
            **{f"{_INPUT}{name}": value for name, value in self.inputs.items()},
        }


def parse_venv_record(metadata: Mapping[str, str]) -> VenvRecord | None:
    """Parse a layer's metadata; None if it has another form, of another version for example."""
    kind = next((kind for kind in Pinning if kind.value == metadata.get(_KIND)), None)
    resolution, distributions = metadata.get(_RESOLUTION), metadata.get(_DISTRIBUTIONS)
    if metadata.get(_FORMAT) != LAYER_FORMAT or not kind or not resolution or distributions is None:
        return None
    pairs = [pin.partition("==") for pin in distributions.split()]
    if not all(name and separator and version for name, separator, version in pairs):
        return None
    return VenvRecord(
        inputs={
            name.removeprefix(_INPUT): value
            for name, value in metadata.items()
            if name.startswith(_INPUT)
        },
        kind=kind,
        resolution=resolution,
        versions={name: version for name, _, version in pairs},
        needs_libpython=metadata.get(_NEEDS_LIBPYTHON) == str(True),
        parts=_parts(metadata.get(_PARTS, "")),
        is_whole=metadata.get(_IS_WHOLE) == str(True),
        interpreter=metadata.get(_INTERPRETER, ""),
    )


def _parts(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split())
    return {name: digest for name, _, digest in pairs}


def changed_names(old: Mapping[str, str], new: Mapping[str, str]) -> frozenset[str]:
    """Return the names of what changed."""
    return frozenset(name for name, _, _ in _changes(old, new))


def changed_inputs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Yield what changed, for the log; values that are digests aren't shown."""
    for name, before, after in _changes(old, new):
        if before is None:
            yield f"{name} is new"
        elif after is None:
            yield f"{name} is gone"
        elif name in _SHOWN_INPUTS:
            yield f"{name} {before} → {after}"
        else:
            yield f"{name} changed"


def changed_versions(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Yield how the installed distributions differ, for the log."""
    for name, before, after in _changes(old, new):
        if before is None:
            yield f"{name} {after} is new"
        elif after is None:
            yield f"{name} {before} is gone"
        else:
            yield f"{name} {before} → {after}"


def _changes(
    old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)
