from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.app.malformed_urls import (
    MalformedUrlsError,
    check_urls,
    has_malformed_url,
    malformed_lines,
)

SPECIAL = "#/? "
LETTERS = st.text("abcXYZ", min_size=1, max_size=8)


@pytest.mark.parametrize("character", SPECIAL)
@pytest.mark.parametrize("scheme", ["https", "HTTP", "git+https", "socks5h", "corp=https"])
def test_has_malformed_url_finds(scheme: str, character: str) -> None:
    assert has_malformed_url(f"{scheme}://user:Canary{character}Rest@host/simple")


@pytest.mark.parametrize(
    "value",
    [
        "https://host/simple https://user:a#b@host/simple",
        "https://user:a b@host/simple\nhttps://host/simple",
        "one=https://host/simple,two=https://user:a/b@host/simple",
        "https://:a#b@host/simple",
    ],
)
def test_has_malformed_url_finds_one_of_several(value: str) -> None:
    assert has_malformed_url(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "/vendor/a@b",
        r"C:\wheels\a@b",
        "https://host/path@1.0",
        "https://host:8080/path@1.0",
        "https://host:/path@1.0",
        "https://[::1]:8080/path@1.0",
        "https://[::1]/path@1.0",
        "https://user:password@host/path@1.0",
        "https://user@host/simple",
        "https://user:pass@word@host/simple",
        "https://user%40corp:a%23b@host:8080/simple",
        "https://user@corp.example:password@host/simple https://host/simple",
        "https://host/simple /vendor/a@b",
        "git+https://host/x.git@branch#egg=x",
        "git+ssh://git@host:org/repo",
        "ssh://host:org/repo@branch",
        "git@host:org/repo",
        "file:///vendor/a:b@c",
        "https://host/a https://user:password@host/b,https://host:80/c@d",
    ],
)
def test_has_malformed_url_accepts(value: str) -> None:
    assert not has_malformed_url(value)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://user:a#b@host/simple",
        "a @ https://user:a/b@host/a.whl ; python_version > '3'",
        "a @ git+https://user:a?b@host/a.git@main",
        'url = "https://user:a#b@host/simple"',
        '      "url": "https://user:a/b@host/simple",',
        "-i https://user:${SECRET}@host/simple",
    ],
)
def test_malformed_lines_finds(line: str) -> None:
    text = f"first\n{line}\nhttps://user:password@host\n"
    assert malformed_lines(text, {"SECRET": "a#b"}) == (2,)


@pytest.mark.parametrize(
    "line",
    [
        "# https://user:a#b@host/simple",
        "flask  # https://host:port, ask me@example.com",
        "; https://user:a#b@host/simple",
        "-i https://user:${SECRET}@host/simple",
        "-i https://user:${MISSING}@host/simple",
        "a @ git+https://host:8443/a.git@main",
    ],
)
def test_malformed_lines_accepts(line: str) -> None:
    assert malformed_lines(line, {"SECRET": "a%23b"}) == ()


def test_check_urls_names_all() -> None:
    texts = {"a.txt": "\nhttps://u:a#b@h", "b.txt": "flask", "c.txt": "https://u:a/b@h"}
    with pytest.raises(MalformedUrlsError) as raised:
        check_urls(texts, {})
    assert raised.value.places == (("a.txt", 2), ("c.txt", 1))


@given(st.text(max_size=30).filter(lambda text: text.isprintable()))
def test_has_malformed_url_accepts_any_quoted_password(password: str) -> None:
    url = f"https://user:{quote(password, safe='')}@host/simple"
    assert not has_malformed_url(f"{url} {url}")


@given(LETTERS, st.text("#/? abc1:", max_size=10).filter(lambda text: "://" not in text))
def test_has_malformed_url_finds_any_unquoted_password(start: str, rest: str) -> None:
    for character in SPECIAL:
        assert has_malformed_url(f"https://user:{start}{character}{rest}@host/simple")
