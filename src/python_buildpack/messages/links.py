"""Where messages send their readers: the pages of the documentation, by their URLs."""

from __future__ import annotations

# As buildpack.toml has it; a test compares them.
HOMEPAGE = "https://github.com/python-buildpack/python-buildpack"


def page(path: str) -> str:
    """Return the URL of a file of the repository, such as ``docs/bindings.md``."""
    return f"{HOMEPAGE}/blob/main/{path}"


BINDINGS = page("docs/bindings.md")
INVENTORY = page("docs/inventory.md")
OFFLINE = page("docs/offline.md")
