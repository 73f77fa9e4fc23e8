"""What the benchmark measures: plain values, written as JSON and read by the report."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass

PHASES = ("analyze", "detect", "restore", "build", "export")


@dataclass(frozen=True)
class LayerSize:
    """One layer of an image.

    Attributes:
        name: as ``Image.layer_diff_ids`` has it.
        compressed: bytes in the registry or the layout.
        uncompressed: bytes of the tar.
    """

    name: str
    compressed: int
    uncompressed: int


@dataclass(frozen=True)
class BuildSample:
    """One build through the lifecycle.

    Attributes:
        target: ``layout`` or ``registry``.
        scenario: what had changed since the build before.
        run: counts from 1.
        seconds: by phase (see PHASES; none that did not run), and ``total``.
        registry_received: bytes from the registry, or None.
        registry_sent: bytes to the registry, or None.
        wheel_bytes: of distributions, from the index.
        index_bytes: of pages and metadata, from the index.
        changed_layers: names of the layers that the previous image has not.
        is_same_image: whether the image's digest is that of the previous image.
        layers: all of the image, but those of the run image.
        own_peak_bytes: memory of the buildpack's own process.
        tree_peak_bytes: memory of it and what it starts, together.
        log_lines: how many lines the buildpack printed.
    """

    target: str
    scenario: str
    run: int
    seconds: Mapping[str, float]
    registry_received: int | None
    registry_sent: int | None
    wheel_bytes: int
    index_bytes: int
    changed_layers: tuple[str, ...]
    is_same_image: bool
    layers: tuple[LayerSize, ...]
    own_peak_bytes: int
    tree_peak_bytes: int
    log_lines: int

    def with_index_bytes(self, wheels: int, others: int) -> BuildSample:
        """Return this sample with what the index has sent."""
        return dataclasses.replace(self, wheel_bytes=wheels, index_bytes=others)


@dataclass(frozen=True)
class PlainSample:
    """How long something took that is measured beside the builds."""

    work: str
    run: int
    seconds: float


@dataclass(frozen=True)
class AppResults:
    """Everything about one app."""

    app: str
    distributions: int
    builds: tuple[BuildSample, ...] = ()
    plain: tuple[PlainSample, ...] = ()

    def with_build(self, sample: BuildSample) -> AppResults:
        """Return these results and one more build."""
        return dataclasses.replace(self, builds=(*self.builds, sample))

    def with_plain(self, samples: tuple[PlainSample, ...]) -> AppResults:
        """Return these results and more of what is measured beside them."""
        return dataclasses.replace(self, plain=(*self.plain, *samples))


@dataclass(frozen=True)
class Results:
    """Everything that a benchmark has measured.

    Attributes:
        date: ISO 8601, of its start.
        machine: where; by its settings.
        versions: of the programs that took part.
        notes: what the reader has to know.
        runs: how often each was measured.
        start_up: seconds of each measurement, by what was started.
        apps: in the order in which they were measured.
        managers: one app, declared for one package manager after the other, which it is called by.
    """

    date: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    notes: tuple[str, ...]
    runs: int
    start_up: Mapping[str, tuple[float, ...]]
    apps: tuple[AppResults, ...]
    managers: tuple[AppResults, ...] = ()

    def to_json(self) -> str:
        """Return all of it as JSON."""
        return json.dumps({"format": "1", **dataclasses.asdict(self)}, indent=1) + "\n"
