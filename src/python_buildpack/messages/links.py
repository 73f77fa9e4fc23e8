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
SYSTEM_PACKAGES = page("docs/system-packages.md")


def error_anchor(error: type[Exception]) -> str:
    """Return where docs/errors.md explains a class, such as ``unknown-python-version``."""
    name = error.__name__.removesuffix("Error")
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in name).lstrip("-")


def error_url(error: Exception) -> str:
    """Return the URL of the section of docs/errors.md on ``error``."""
    return f"{page('docs/errors.md')}#{error_anchor(type(error))}"
