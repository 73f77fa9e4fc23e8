"""Where messages send their readers: the pages of the documentation, by their URLs."""

from __future__ import annotations

import re

# As buildpack.toml has it; a test compares them.
HOMEPAGE = "https://github.com/python-buildpack/python-buildpack"


def page(path: str) -> str:
    """Return the URL of a file of the repository, such as ``docs/bindings.md``."""
    return f"{HOMEPAGE}/blob/main/{path}"


BINDINGS = page("docs/bindings.md")
INVENTORY = page("docs/inventory.md")
OFFLINE = page("docs/offline.md")
SYSTEM_PACKAGES = page("docs/system-packages.md")


def anchor(kind: type) -> str:
    """Return where docs explain errors or warnings of a class, such as ``no-python-version``."""
    name = re.sub("(Error|Notice)$", "", kind.__name__)
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in name).lstrip("-")


def more_url(subject: object) -> str:
    """Return the URL of the section on an error, in docs/errors.md, or a warning."""
    file = "errors" if isinstance(subject, Exception) else "warnings"
    return f"{page(f'docs/{file}.md')}#{anchor(type(subject))}"
