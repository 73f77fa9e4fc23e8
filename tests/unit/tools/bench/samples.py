"""Results of a benchmark as tests want them."""

from __future__ import annotations

from tools.bench.results import BuildSample, LayerSize

MEGABYTE = 1_000_000


def build_sample(
    scenario: str = "cold",
    run: int = 1,
    *,
    target: str = "registry",
    build: float = 2.0,
    total: float = 4.0,
    received: int | None = MEGABYTE,
    sent: int | None = 2 * MEGABYTE,
    is_same_image: bool = False,
    own_peak_bytes: int = 30 * MEGABYTE,
) -> BuildSample:
    """Return a build with plausible values where a test says none."""
    return BuildSample(
        target=target,
        scenario=scenario,
        run=run,
        seconds={"detect": 0.1, "build": build, "total": total},
        registry_received=received,
        registry_sent=sent,
        wheel_bytes=0,
        index_bytes=0,
        changed_layers=("venv", "app"),
        is_same_image=is_same_image,
        layers=(LayerSize("venv", MEGABYTE, 3 * MEGABYTE), LayerSize("app", 0, 0)),
        own_peak_bytes=own_peak_bytes,
        tree_peak_bytes=own_peak_bytes,
        log_lines=10,
    )
