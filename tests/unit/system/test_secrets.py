"""Masking of known secrets, in whatever form a program prints them."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.system.secrets import MIN_LENGTH, Secrets, UrlPath

GIVEN = "pa55/word#of?shop"
# The characters of URLs, so that what is masked is what was encoded.
PLAIN = st.text("abcXYZ019-._~+/=#?@: %", min_size=MIN_LENGTH + 4, max_size=40).filter(
    lambda text: text.strip() == text and not text.isalpha()
)


def masked(text: str, *values: str) -> str:
    return Secrets(frozenset(values)).masked(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"login {GIVEN} failed", "login **** failed"),
        (quote(GIVEN), "****"),
        (quote(GIVEN, safe=""), "****"),
        (quote(GIVEN, safe="").lower(), "****"),
        # What is left where a tool takes the URL apart.
        ("invalid literal for int(): 'pa55'", "invalid literal for int(): 'pa55'"),
        ("host shop.example", "host shop.example"),
    ],
)
def test_masked(text: str, shown: str) -> None:
    assert masked(text, GIVEN) == shown


def test_parts_that_are_long_enough() -> None:
    assert masked("no port: Canary, host Shopping1", "Canary#Shopping1@x") == (
        "no port: ****, host ****"
    )


def test_encoded_secret_is_masked_decoded() -> None:
    assert masked("password p@ssw0rd!", "p%40ssw0rd!") == "password ****"


def test_longest_secret_first() -> None:
    assert masked("token-of-shop-2", "token-of-shop", "token-of-shop-2") == "****"


@pytest.mark.parametrize(("text", "shown"), [("django-cms", "****-cms"), ("djangos", "djangos")])
def test_secret_that_is_a_word(text: str, shown: str) -> None:
    assert masked(text, "django") == shown


@pytest.mark.parametrize("value", ["", "short"])
def test_short_secrets_do_not_count(value: str) -> None:
    assert masked("a short text", value) == "a short text"


@given(PLAIN, st.text("ab:", max_size=4), st.text("yz", max_size=3))
def test_masked_in_base64(secret: str, before: str, after: str) -> None:
    encoded = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
    shown = masked(f"Authorization: Basic {encoded}", secret)
    assert "****" in shown
    # What is left tells of the secret two characters at most.
    left = shown.removeprefix("Authorization: Basic ").split("****")
    assert all(len(part) <= len(encoded) - len(secret) for part in left)


@given(PLAIN)
def test_masked_percent_encoded(secret: str) -> None:
    for text in (quote(secret), quote(secret, safe=""), secret):
        assert text not in masked(f"in {text} it is", secret)


def test_representation_shows_nothing() -> None:
    assert GIVEN not in repr(Secrets(frozenset({GIVEN})))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Looking in http://host:8/team/simple", "Looking in http://host:8/****/simple"),
        ("http://****@host:8/team/simple/", "http://****@host:8/****/simple/"),
        ("broken: /team/simple/flask/", "broken: /****/simple/flask/"),
        ("('/team', 1)", "('/****/', 1)"),
        ("http://other:8/team/simple", "http://other:8/team/simple"),
        ("/workspace/team/app.py", "/workspace/team/app.py"),
        ("/teams/app.py", "/teams/app.py"),
    ],
)
def test_path_of_an_index(text: str, shown: str) -> None:
    secrets = Secrets(paths=frozenset({UrlPath("host:8", "/team/")}))
    assert secrets.masked(text) == shown


def test_secrets_of_both() -> None:
    both = Secrets(frozenset({"first-one"})) | Secrets(frozenset({"second-one"}))
    assert both.masked("first-one, second-one") == "****, ****"
