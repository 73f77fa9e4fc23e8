"""What the buildpack has beside its code, where it isn't packaged: in a checkout, in a wheel."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from tools.pinned_wheels import ensure_wheels

_TOOLS = ("poetry", "rattler", "uv")


def write_data(root: Path, directory: Path) -> None:
    """Write the inventory, and what is known of the tools, into the new ``directory``.

    Args:
        root: the checkout; pip's wheel is downloaded into its cache on first use.

    Raises:
        ToolError: the wheel can't be downloaded.
    """
    (pip,) = ensure_wheels(root, root / "requirements" / "pip.txt")
    vendor = directory / "vendor"
    vendor.mkdir(parents=True)
    shutil.copyfile(root / "inventory.toml", directory / "inventory.toml")
    # pip knows the default index.
    shutil.copyfile(pip, vendor / pip.name)
    add_pins(vendor, pip, (root / "requirements" / f"{name}.txt" for name in _TOOLS))


def add_pins(vendor: Path, pip: Path, tools: Iterable[Path]) -> None:
    """Put what is said of the tools into ``vendor``.

    Args:
        pip: the wheel.
        tools: the requirements files of others.
    """
    for requirements in tools:
        shutil.copyfile(requirements, vendor / requirements.name)
    sha256, version = hashlib.sha256(pip.read_bytes()).hexdigest(), pip.name.split("-")[1]
    (vendor / "pip.toml").write_text(f'version = "{version}"\nsha256 = "{sha256}"\n', "utf-8")
