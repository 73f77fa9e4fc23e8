"""Settings for the tests of every tier."""

from __future__ import annotations

from hypothesis import settings

# A machine that does something else meanwhile isn't a fault of the code. The second profile is that of
# scripts/test --thorough.
settings.register_profile("default", deadline=None, max_examples=15)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("default")
