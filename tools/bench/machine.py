"""What the report says of the machine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path


def describe_machine() -> Mapping[str, str]:
    """Return what is said of the machine, by what it is about; takes a second."""
    cpu_info = Path("/proc/cpuinfo").read_text("utf-8")
    models = [
        line.split(":", 1)[1].strip() for line in cpu_info.splitlines() if "model name" in line
    ]
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processors": f"{os.cpu_count()} x {models[0] if models else platform.machine()}",
        "memory": f"{gigabytes:.0f} GB",
        "busy with other work at the start": f"{_busy_share():.0%}",
    }


def _busy_share() -> float:
    """Return how much of the processors' time went to others in one second, of 1."""
    before, all_before = _idle_and_all_ticks()
    time.sleep(1)
    after, all_after = _idle_and_all_ticks()
    return 1 - (after - before) / max(1, all_after - all_before)


def _idle_and_all_ticks() -> tuple[int, int]:
    # https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat
    ticks = [
        int(field) for field in Path("/proc/stat").read_text("utf-8").split("\n")[0].split()[1:9]
    ]
    return ticks[3] + ticks[4], sum(ticks)
