"""What tests have tried, for the end of the run's output."""

from __future__ import annotations

from collections.abc import Callable

# The name of the property of a test's report whose value is shown.
COUNTED = "counted"

Count = Callable[[str], None]
