from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.system.redaction import is_token_like, redact_url_credentials, redact_urls


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:s3cret@host/simple", "https://****@host/simple"),
        ("https://s3cret@host/simple", "https://****@host/simple"),
        ("https://s3cret:@host/simple", "https://****@host/simple"),
        ("https://:s3cret@host/simple", "https://****@host/simple"),
        ("https://s3cret:x-oauth-basic@host", "https://****@host"),
        ("https://me@example.com:s3cret@host/", "https://****@host/"),
        ("git+https://user:s3cret@host/repo.git@v1.0", "git+https://****@host/repo.git@v1.0"),
        ("HTTPS://user:s3cret@host", "HTTPS://****@host"),
        ("ssh://user:s3cret@host/repo", "ssh://****@host/repo"),
        ("a https://u:s3cret@h/ b http://s3cret@i c", "a https://****@h/ b http://****@i c"),
        ("https://${USER}:s3cret@host", "https://****@host"),
        # Not valid, but nothing of the password may be shown either.
        ("https://user:s3/cret@host/simple", "https://****@host/simple"),
        ("https://user:s3#cret@host/simple", "https://****@host/simple"),
        ("https://user:s3 cret@host/simple", "https://****@host/simple"),
        ("https://user:s3cret", "https://****"),
        # As tools show a host, too.
        ("connect to user:s3cret@host:8443 failed", "connect to ****@host:8443 failed"),
        ("connect to s3cret@host failed", "connect to ****@host failed"),
        ("host='user:s3cret@host'", "host='****@host'"),
        ("me@example.com:s3cret@[::1]", "me@****@[::1]"),
        ("https://host/x?token=s3cret&b=1", "https://host/x?token=****&b=1"),
        ("https://host/x?a=1&X-Amz-Signature=s3cret#egg=b", None),
        ("https://host/x?access_token=s3cret'", "https://host/x?access_token=****'"),
    ],
)
def test_redact_url_credentials(text: str, expected: str | None) -> None:
    redacted = redact_url_credentials(text)
    assert "cret" not in redacted
    assert expected is None or redacted == expected


@pytest.mark.parametrize(
    "text",
    [
        "requests==2.0 # no URL: me@example.com",
        "${USER}:${TOKEN}@host",
        "git@host:group/repo.git",
        "pkg:pypi/private@1.0",
        "https://host:8443/simple/",
        "https://host:${PORT}/simple/",
        "Could not reach 'https://host:8443', giving up at https://host: closed",
        "https://[::1]:8443/simple/",
        "'https://[::1]', by me@example.com",
        "ssh://git@host/repo.git",
        "git+ssh://deploy@host/repo.git@abc",
        "git+https://git@host/repo.git",
        "git+https://host:8443/group/repo.git@v1.0",
        "https://${USER}:${TOKEN}@host/simple",
        "https://${TOKEN}@host/simple",
        "file:///home/user@host/x",
        "https://host/x?version=1&monkey=2",
    ],
)
def test_redact_url_credentials_leaves_what_is_no_credential(text: str) -> None:
    assert redact_url_credentials(text) == text


@given(st.text(alphabet="ab:/@#?[]$ \n'", max_size=60))
def test_redact_url_credentials_of_any_text_is_stable(text: str) -> None:
    redacted = redact_url_credentials(text)
    assert redact_url_credentials(redacted) == redacted


_VISIBLE = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/?#")


@given(st.text(_VISIBLE, min_size=1), st.text(_VISIBLE, min_size=4, max_size=20))
def test_redact_url_credentials_never_shows_a_password(user: str, password: str) -> None:
    text = f"see https://{user}:<{password}>@index.example/simple/ for more"
    assert f"<{password}>" not in redact_url_credentials(text)


def test_redact_url_credentials_of_a_long_line() -> None:
    text = "https://a:b/" * 50_000 + "\n" + "//a" * 100_000 + ":" * 50_000 + "\n" + "a-" * 100_000
    assert redact_url_credentials(text) != text


@pytest.mark.parametrize(
    "name", ["jwt", "sas", "pwd", "code", "sessionid", "AWSAccessKeyId", "token", "x"]
)
def test_redact_urls_masks_every_parameter(name: str) -> None:
    url = f"https://host/a.whl?{name}=canary&page=canary#{name}=canary"
    assert redact_urls(f"Collecting '{url}' (from b)") == (
        f"Collecting 'https://host/a.whl?{name}=****&page=****#{name}=****' (from b)"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("broken by 'closed': /x/a.whl?jwt=canary", "broken by 'closed': /x/a.whl?jwt=****"),
        ("https://host/a.whl#sha256=canary", "https://host/a.whl#sha256=****"),
        ("https://host/a.whl#c4n4ry0f", "https://host/a.whl#****"),
        ("git+https://host/a#egg=c4n4ry0f", "git+https://host/a#egg=****"),
        ("https%3A%2F%2Fuser%3Acanary%40host", "https%3A%2F%2F****%40host"),
        ("https%3a%2f%2fcanary%40host", "https%3a%2f%2f****%40host"),
    ],
)
def test_redact_urls_of_other_forms(text: str, shown: str) -> None:
    assert redact_urls(text) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c4n4ry0f", True),
        ("eyJhbGciOiJIUzI1NiJ9", True),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", True),
        ("AKIAIOSFODNN7EXAMPLE", True),
        ("dealing-with-dependency-conflicts", False),
        ("my-project-123456", False),
        ("python3utils", False),
        ("manylinux_2_28_x86_64", False),
    ],
)
def test_is_token_like(text: str, *, expected: bool) -> None:
    assert is_token_like(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "https://host/a.whl#sha256=ab12&subdirectory=src",
        "https://pip.example/topics/#dealing-with-conflicts",
        "what is in /etc/pip.conf?",
        "git+https://host/a.git@main#egg=a",
        "https://host/a.whl?ref=${REF}",
        "https://host/simple/",
        "pip install a==1.0 --hash=sha256:ab12",
        "a?b=c and https://host/",
        "--index-url=https://host/simple --option=value",
    ],
)
def test_redact_urls_leaves_what_is_none(text: str) -> None:
    assert redact_urls(text) == text


@given(st.text("ab?&=/", max_size=30))
def test_redact_urls_shows_no_value(text: str) -> None:
    shown = redact_urls(f"https://host/path?first={text}canary&next={text}canary")
    assert "canary" not in shown
