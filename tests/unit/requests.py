"""The input of builds of an app."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from pathlib import Path

from python_buildpack.app.request import Build
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.buildpack_plan import BuildpackPlan
from python_buildpack.cnb.contexts import BuildContext, Target
from python_buildpack.system.output import Output

TODAY = datetime.date(2026, 1, 1)


def request(
    root: Path,
    settings: Settings | None = None,
    environment: Mapping[str, str] | None = None,
    output: Output | None = None,
    *,
    bound: frozenset[str] = frozenset(),
) -> Build:
    """Return a build of ``root/app``."""
    return Build(
        context=BuildContext(
            app_dir=root / "app",
            buildpack_dir=root / "buildpack",
            platform_dir=root / "platform",
            layers_dir=root / "layers",
            buildpack_plan_path=root / "plan.toml",
            target=Target("linux", "amd64", None, "debian", "12"),
        ),
        plan=BuildpackPlan(()),
        store={},
        settings=settings or Settings(),
        environment=environment or {},
        today=TODAY,
        output=output or Output(io.StringIO()),
        bound=bound,
    )
