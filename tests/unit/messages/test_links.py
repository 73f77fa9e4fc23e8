from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

from python_buildpack.messages import links

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "src" / "python_buildpack" / "messages").glob("*.py"))
# Files of the repository, which nobody who reads a log has, without its URL.
_BARE_PATH = re.compile(r"(?<![\w/])docs/[\w.-]+\.md")


def test_homepage_is_that_of_the_buildpack() -> None:
    buildpack = tomli.loads((ROOT / "buildpack.toml").read_text())["buildpack"]
    assert buildpack["homepage"] == links.HOMEPAGE


@pytest.mark.parametrize("url", [links.BINDINGS, links.OFFLINE])
def test_page_is_there(url: str) -> None:
    assert (ROOT / url.removeprefix(f"{links.HOMEPAGE}/blob/main/")).is_file()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_messages_name_pages_by_their_url(source: Path) -> None:
    if source.stem != "links":
        assert _BARE_PATH.findall(source.read_text()) == []
