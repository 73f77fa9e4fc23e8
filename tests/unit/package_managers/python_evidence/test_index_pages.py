"""What indexes tell of the files of what is pinned."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from python_buildpack.package_managers.pinned import Pinned
from python_buildpack.package_managers.python_evidence.index_pages import (
    IndexFile,
    Page,
    parse_html_page,
    parse_json_page,
    read_page,
    with_index_files,
)
from tests.integration.loopback_server import Answer, Request, loopback_server

WHEEL = "fast-1.0-py3-none-any.whl"
DOCUMENT = {
    "files": [
        {"filename": WHEEL, "requires-python": ">=3.8", "upload-time": "2024-05-01T10:00:00.1Z"},
        {"filename": "fast-1.0.tar.gz", "requires-python": None},
        {"filename": 1},
        "nothing",
    ]
}
HTML = f"""<!DOCTYPE html><html><head><title>Links</title></head><body>
<a href="x#sha256=0" data-requires-python="&gt;=3.8">{WHEEL}</a><br>
<a href="y">fast-1.0.tar.gz</a> text </body></html>"""


def test_parse_json_page() -> None:
    assert parse_json_page(json.dumps(DOCUMENT).encode()) == [
        IndexFile(WHEEL, ">=3.8", date(2024, 5, 1)),
        IndexFile("fast-1.0.tar.gz", None, None),
    ]


@pytest.mark.parametrize("text", ["[]", "{}", '{"files": 1}', "null"])
def test_parse_json_page_without_files(text: str) -> None:
    assert parse_json_page(text.encode()) == []


def test_parse_html_page() -> None:
    assert parse_html_page(HTML) == [
        IndexFile(WHEEL, ">=3.8", None),
        IndexFile("fast-1.0.tar.gz", None, None),
    ]


@given(st.text("<a hre='\">/&;!- \n", max_size=60))
def test_parse_html_page_of_anything(text: str) -> None:
    assert all(file.requires_python is None for file in parse_html_page(text))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(
            body=json.dumps(DOCUMENT).encode(),
            headers={"Content-Type": "application/vnd.pypi.simple.v1+json"},
        ),
        Answer(
            body=gzip.compress(json.dumps(DOCUMENT).encode()),
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        ),
        Answer(body=HTML.encode(), headers={"Content-Type": "text/html; charset=utf-8"}),
    ],
)
def test_read_page(answer: Answer) -> None:
    def respond(_number: int, request: Request) -> Answer:
        assert request.headers["accept"].startswith("application/vnd.pypi.simple.v1+json")
        assert request.headers["authorization"].startswith("Basic ")
        return answer

    with loopback_server(respond) as server:
        page = read_page(f"http://user:password@{server.host}/simple/fast/", 5.0)
    assert [file.filename for file in page] == [WHEEL, "fast-1.0.tar.gz"]


def test_files_of_the_pinned_version() -> None:
    page = [
        IndexFile("fast-0.9-py3-none-any.whl", None, date(2020, 1, 1)),
        IndexFile(WHEEL, ">=3.8", date(2024, 5, 1)),
        IndexFile("fast-1.0.0.tar.gz", ">=3.8", date(2024, 5, 2)),
        IndexFile("fast.exe", None, None),
    ]
    (found,) = with_index_files([Pinned("fast", "1.0")], ["https://one"], ask=lambda _url: page)
    assert found == Pinned(
        "fast",
        "1.0",
        (WHEEL, "fast-1.0.0.tar.gz"),
        None,
        SpecifierSet(">=3.8"),
        date(2024, 5, 2),
    )


def test_all_indexes_are_asked_for_each_name_once() -> None:
    asked = []

    def ask(url: str) -> Page:
        asked.append(url)
        return []

    pinned = [Pinned("a", "1"), Pinned("a", "2"), Pinned("b", "1")]
    assert with_index_files(pinned, ["https://one/simple/", "https://two"], ask=ask) == (*pinned,)
    assert sorted(asked) == [
        *("https://one/simple/a/", "https://one/simple/b/"),
        *("https://two/a/", "https://two/b/"),
    ]


@pytest.mark.parametrize("error", [OSError("refused"), ValueError("no JSON")])
def test_an_index_that_fails_tells_nothing(error: Exception) -> None:
    def ask(url: str) -> Page:
        if "one" in url:
            raise error
        return [IndexFile(WHEEL, None, None)]

    pinned = [Pinned("fast", "1.0")]
    (found,) = with_index_files(pinned, ["https://one", "https://two"], ask=ask)
    assert found.filenames == (WHEEL,)


def test_an_index_that_is_silent_is_not_waited_for() -> None:
    ended = threading.Event()

    def ask(url: str) -> Page:
        if "/slow/" in url:
            ended.wait()
        return [IndexFile(WHEEL, None, None)]

    pinned = [Pinned("slow", "1.0"), Pinned("fast", "1.0")]
    try:
        slow, fast = with_index_files(pinned, ["https://one"], limit_seconds=0.5, ask=ask)
    finally:
        ended.set()
    assert (slow.filenames, fast.filenames) == ((), (WHEEL,))


@pytest.mark.parametrize("version", ["1.0-unknown", ""])
def test_a_version_that_is_none_stays(version: str) -> None:
    pinned = Pinned("fast", version)
    assert with_index_files([pinned], ["https://one"], ask=lambda _url: []) == (pinned,)


def test_nothing_to_ask() -> None:
    assert with_index_files([Pinned("a", "1")], []) == (Pinned("a", "1"),)
    assert with_index_files([], ["https://one"]) == ()
