"""The files of an app."""

from __future__ import annotations

import os
from pathlib import Path


def leaves_app(app_dir: Path, named: str) -> bool:
    """Tell whether a path leads out of the app: by itself, or by a link on its way or at its end.

    Args:
        app_dir: the app.
        named: relative to it, or absolute.
    """
    try:
        real = os.path.realpath(app_dir / named)
    except ValueError:
        # With a NUL in it, it leads nowhere.
        return False
    return not Path(real).is_relative_to(os.path.realpath(app_dir))
