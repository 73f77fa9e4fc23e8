"""A script that says what runs it, and ends."""

from importlib.metadata import version
from platform import python_version

import humanize

number = humanize.intword(1_000_000)
print(f"Hello from a script on Python {python_version()}, {number} times! (humanize {version('humanize')})")
