"""Settings for the tests of every tier."""

from __future__ import annotations

from hypothesis import settings

# A machine that does something else meanwhile is no fault of the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
