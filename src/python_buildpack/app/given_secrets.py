"""Where a build is given secrets: variables, bindings, and files of settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from python_buildpack.app.pip_configuration import read_pip_configuration
from python_buildpack.app.tool_configuration import ToolConfiguration
from python_buildpack.system.redaction import is_token_like
from python_buildpack.system.secrets import MIN_LENGTH, Secrets, UrlPath, union
from python_buildpack.system.text_file import read_small_file

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PIP_PROXY")
_SECRET_NAME = re.compile(
    r"CREDENTIAL|KEY(?!RING)|PASSPHRASE|PASSWD|PASSWORD|SECRET|TOKEN(?!IZER)", re.IGNORECASE
)
# The value is where the secret is, or what is public of it.
_PLACE_NAME = re.compile(r"_(?:DIR|FILE|HOST|ID|NAME|PATH|URL|USERNAME)$|^GPG_KEY$", re.IGNORECASE)
_HOME_FILES = (".netrc", ".git-credentials")
_MAX_FILE_BYTES = 1024 * 1024

# Several URLs in one value are separated by white space, or by commas.
_URL = re.compile(r"""://(?:(?!,[^\s,/]+://)[^\s'"<>])+""")
_REFERENCE = re.compile(r"\$\{(\w+)\}|\$([A-Z_][A-Z0-9_]*)")
_PASSWORD = re.compile(
    r"""(?:password|passwd|secret|token|api[_-]?key)["']?(?:\s*[=:]\s*|[^\S\n]+)"""
    r"""(?:"(?P<double>[^"\n]+)"|'(?P<single>[^'\n]+)'|(?P<bare>[^\s"']\S*))""",
    re.IGNORECASE,
)
_LONG_WORD = re.compile(r"[\w.+=-]{16,}")
# What stands in the URLs of package indexes and tells nothing.
_PUBLIC_SEGMENT = re.compile(
    r"[a-z]{1,3}\d{0,4}|\d{1,9}|\+?simple|index(?:\.html)?|pypi|api|artifactory|files?|groups?"
    r"|legacy|nexus|packages?|_packaging|projects?|python|repositor(?:y|ies)|wheels?|root"
)
# Longer ones are masked wherever they stand, shorter ones only in the URLs of that index.
_LONG_SEGMENT = 16


def environment_secrets(environment: Mapping[str, str], prefixes: tuple[str, ...]) -> Secrets:
    """Return the secrets in variables: in their URLs, and those whose name says that they are one.

    Args:
        prefixes: of the package managers' variables, in whose URLs the path and the query may be
            secret, too.
    """
    of_indexes = (*prefixes, "BP_DEPENDENCY_MIRROR")
    return union(
        secrets
        for name, value in environment.items()
        for secrets in _variable_secrets(name, value, is_index=name.startswith(of_indexes))
    )


def _variable_secrets(name: str, value: str, *, is_index: bool) -> Iterator[Secrets]:
    if _SECRET_NAME.search(name) and not _PLACE_NAME.search(name):
        yield _values(line.strip() for line in value.splitlines())
    if "://" in value:
        yield _url_secrets(value, is_index=is_index)
    elif "@" in value and name.upper() in _PROXIES:
        yield _url_secrets(f"://{value}", is_index=False)


def settings_secrets(
    environment: Mapping[str, str], configurations: Iterable[ToolConfiguration]
) -> Secrets:
    """Return the secrets in the files of settings that package managers and Git read."""
    paths = [Path(netrc)] if (netrc := environment.get("NETRC")) else []
    for each in configurations:
        if place := environment.get(each.variable):
            files = [Path(place, name) for name in each.files]
            paths += files if each.is_directory else [Path(place)]
    if home := environment.get("HOME"):
        paths += [Path(home, name) for name in _HOME_FILES]
    texts = (*map(read_settings, paths), *(text for _, text in read_pip_configuration(environment)))
    return union(map(text_secrets, texts))


def text_secrets(text: str) -> Secrets:
    """Return the secrets in the text of a file of settings or credentials."""
    passwords = (match[match.lastgroup or 0] for match in _PASSWORD.finditer(text))
    words = (word for word in _LONG_WORD.findall(text) if is_token_like(word))
    return _values((*passwords, *words)) | _url_secrets(text, is_index=True)


def referenced_secrets(texts: Iterable[str], environment: Mapping[str, str]) -> Secrets:
    """Return the values of the variables that URLs in ``texts`` refer to, but for a host's.

    Args:
        texts: of files of requirements, with URLs such as ``https://user:${TOKEN}@host``.
    """
    names = {
        match[1] or match[2]
        for text in texts
        if "$" in text
        for url in _URL.findall(text)
        for part in _without_host(url)
        for match in _REFERENCE.finditer(part)
    }
    return _values(environment.get(name, "") for name in names)


def _without_host(url: str) -> tuple[str, str]:
    authority, rest = _split(url)
    return authority.rpartition("@")[0], rest


def _split(url: str) -> tuple[str, str]:
    """Return the authority and what follows it."""
    bare = url.removeprefix("://")
    end = next((index for index, character in enumerate(bare) if character in "/?#"), len(bare))
    if "@" not in bare[:end] and "@" in bare:
        # A password in which such a character isn't percent-encoded.
        user_info, _, host = bare.rpartition("@")
        length = len(re.split("[/?#]", host, maxsplit=1)[0])
        end = len(user_info) + 1 + length
    return bare[:end], bare[end:]


def _url_secrets(text: str, *, is_index: bool) -> Secrets:
    values = set[str]()
    paths = set[UrlPath]()
    for url in _URL.findall(text):
        authority, rest = _split(url)
        user_info, _, host = authority.rpartition("@")
        values |= set(_login_secrets(user_info, is_index=is_index))
        if is_index:
            path, _, query = rest.partition("?")
            values |= {part.partition("=")[2] or part for part in re.split("[&#]", query)}
            values |= {part for part in path.split("/") if _is_long_secret(part)}
            paths |= _secret_path(host, path.partition("#")[0])
    return Secrets(_values(values).values, frozenset(paths))


def _login_secrets(user_info: str, *, is_index: bool) -> Iterator[str]:
    user, separator, password = user_info.partition(":")
    # Alone, it is the token of an index, but hardly ever that of a database.
    if is_token_like(user) or (is_index and not separator):
        yield user
    yield password


def _is_long_secret(segment: str) -> bool:
    is_public = _PUBLIC_SEGMENT.fullmatch(segment)
    return not is_public and (len(segment) >= _LONG_SEGMENT or is_token_like(segment))


def _secret_path(host: str, path: str) -> set[UrlPath]:
    segments = [segment for segment in path.split("/") if segment]
    while segments and _PUBLIC_SEGMENT.fullmatch(segments[-1]):
        segments.pop()
    return {UrlPath(host, f"/{'/'.join(segments)}/")} if segments else set()


def _values(values: Iterable[str]) -> Secrets:
    return Secrets(
        frozenset(
            value for value in values if len(value) >= MIN_LENGTH and not _REFERENCE.match(value)
        )
    )


def read_settings(path: Path) -> str:
    """Return the text of a file of settings or credentials; "" for what can't be read."""
    return read_small_file(path, _MAX_FILE_BYTES).decode("utf-8", errors="replace")
