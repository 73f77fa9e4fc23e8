from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

import python_buildpack.messages.python_version  # noqa: F401 (registers the wording)
from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.wording import message_for
from python_buildpack.python_version.inventory import (
    Artifact,
    InvalidInventoryError,
    Inventory,
    parse_inventory,
    read_inventory,
)
from python_buildpack.system.text_file import UnreadableFileError
from tests.unit.outcome import outcome_of

SHA256 = "0123456789abcdef" * 4
URL = "https://example.com/python.tar.gz"


def artifact_toml(
    version: str = '"3.14.9"',
    os: str = '"linux"',
    arch: str = '"amd64"',
    url: str = f'"{URL}"',
    sha256: str = f'"{SHA256}"',
) -> str:
    return (
        f"[[artifacts]]\nversion = {version}\nos = {os}\narch = {arch}\n"
        f"url = {url}\nsha256 = {sha256}\n"
    )


def inventory_toml(*artifacts: str, end_of_life: str = "") -> str:
    return f'format = "1"\n[end-of-life]\n{end_of_life}\n' + "".join(artifacts)


def problem_of(text: str) -> str:
    with pytest.raises(InvalidInventoryError) as caught:
        parse_inventory(text, "inventory.toml")
    assert "inventory.toml" in message_for(caught.value).body
    return caught.value.problem


def test_parse() -> None:
    text = inventory_toml(artifact_toml(), end_of_life='"3.10" = "2026-10-31"')
    inventory = parse_inventory(text, "inventory.toml")
    assert inventory.artifacts == (Artifact(Version("3.14.9"), "linux", "amd64", URL, SHA256),)
    assert inventory.end_of_life == {"3.10": date(2026, 10, 31)}


def test_parse_free_threaded() -> None:
    text = inventory_toml(artifact_toml(), artifact_toml(version='"3.14.9+freethreaded"'))
    default, free = parse_inventory(text, "inventory.toml").artifacts
    assert (default.series, free.series) == ("3.14", "3.14t")
    assert problem_of(inventory_toml(artifact_toml(version='"3.14.9+debug"'))) == (
        "artifacts[0].version: must be a whole version, such as 3.14.9 or 3.15.0rc1"
    )


def test_parse_libraries() -> None:
    text = inventory_toml(f'{artifact_toml()}libraries = "openssl 1.1.1w, zlib 1.3.2"')
    (artifact,) = parse_inventory(text, "inventory.toml").artifacts
    assert artifact.libraries == (("openssl", "1.1.1w"), ("zlib", "1.3.2"))


@pytest.mark.parametrize("value", ['"openssl"', '"zlib 1.3.2,"', '"zlib 1.3.2; xz 5"', '"x y"'])
def test_parse_libraries_of_another_form(value: str) -> None:
    assert problem_of(inventory_toml(f"{artifact_toml()}libraries = {value}")) == (
        'artifacts[0].libraries: must be names and versions, such as "openssl 3.5.7, zlib 1.3.2"'
    )


def test_parse_without_end_of_life() -> None:
    inventory = parse_inventory(f'format = "1"\n{artifact_toml()}', "inventory.toml")
    assert inventory.end_of_life == {}


def test_versions_of_a_platform_are_sorted() -> None:
    text = inventory_toml(
        artifact_toml(version='"3.14.10"'),
        artifact_toml(version='"3.14.9"'),
        artifact_toml(version='"3.14.10rc1"'),
        artifact_toml(version='"3.13.1"', arch='"arm64"'),
    )
    inventory = parse_inventory(text, "inventory.toml")
    assert [str(v) for v in inventory.versions("linux", "amd64")] == [
        "3.14.9",
        "3.14.10rc1",
        "3.14.10",
    ]
    assert inventory.versions("linux", "s390x") == ()
    assert inventory.platforms() == ("linux/amd64", "linux/arm64")


@pytest.mark.parametrize("text", ["", 'format = "2"', "format = 1"])
def test_parse_other_format(text: str) -> None:
    assert problem_of(text) == 'format: must be "1"'


def test_parse_not_toml() -> None:
    assert problem_of('format = "1"\n[') == (
        "line 2, column 2: Invalid initial character for a key part"
    )


def test_parse_number_of_many_digits() -> None:
    problem = problem_of("format = " + "1" * 5000)
    assert problem.startswith("Exceeds the limit")


@pytest.mark.parametrize("artifacts", ["", "artifacts = []", "artifacts = 3"])
def test_parse_no_artifacts(artifacts: str) -> None:
    assert problem_of(f'format = "1"\n{artifacts}') == (
        "artifacts: must be an array of tables, with at least one"
    )


@pytest.mark.parametrize(
    ("end_of_life", "problem"),
    [
        ('"3.10" = "soon"', '"3.10": must be a date such as "2026-10-31"'),
        ('x = "2026-10-31"', '"x": the name must be X.Y, such as "3.10"'),
        ('"3.11" = 2026-10-31', '"3.11": must be a date such as "2026-10-31"'),
        ('"3.12" = "2026-13-01"', '"3.12": must be a date such as "2026-10-31"'),
    ],
)
def test_parse_invalid_end_of_life(end_of_life: str, problem: str) -> None:
    text = inventory_toml(artifact_toml(), end_of_life=end_of_life)
    assert problem_of(text) == f"end-of-life.{problem}"


@pytest.mark.parametrize("end_of_life", ["3", '"2026-10-31"'])
def test_parse_end_of_life_that_is_no_table(end_of_life: str) -> None:
    text = f'format = "1"\nend-of-life = {end_of_life}\n{artifact_toml()}'
    assert problem_of(text) == "end-of-life: must be a table"


@pytest.mark.parametrize(
    ("artifact", "problem"),
    [
        ("[[artifacts]]\n", "artifacts[1].version: is missing"),
        (artifact_toml(version="3.14"), "artifacts[1].version: must be a string"),
        (artifact_toml(sha256="3"), "artifacts[1].sha256: must be a string"),
    ],
)
def test_parse_invalid_artifact(artifact: str, problem: str) -> None:
    assert problem_of(inventory_toml(artifact_toml(), artifact)) == problem


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("version", "3.14", "must be a whole version, such as 3.14.9 or 3.15.0rc1"),
        ("version", "3.14.9+local", "must be a whole version, such as 3.14.9 or 3.15.0rc1"),
        ("version", "3." + "9" * 5000, "must be a whole version, such as 3.14.9 or 3.15.0rc1"),
        ("version", "3.9.25", "must be 3.10 or newer"),
        ("os", "", 'must be a name such as "linux" or "amd64"'),
        ("arch", "x86 64", 'must be a name such as "linux" or "amd64"'),
        ("sha256", SHA256.upper(), "must be 64 lower-case hexadecimal digits"),
        ("url", "", "must not be empty or hold control characters"),
        ("url", "https://", "has no host"),
        ("url", "https:python.tar.gz", "has no host"),
        ("url", "https://example.com:port/x", "is not a valid URL"),
        ("url", "https://[example.com/x", "is not a valid URL"),
        ("url", "//example.com/x", "is not a valid URL"),
        ("url", "https://example.com/a b", "must have its spaces written as %20"),
        ("url", "file:python.tar.gz", "must begin with file:///"),
        ("url", "file://host/python.tar.gz", "must begin with file:///"),
        (
            "url",
            "s3://u:secret@b/x",
            "must be a https, http or file URL, or a path relative to the inventory",
        ),
    ],
)
def test_parse_invalid_field(field: str, value: str, problem: str) -> None:
    text = inventory_toml(artifact_toml(**{field: f"'{value}'"}))
    assert problem_of(text) == f"artifacts[0].{field}: {problem}"


def test_parse_same_release_twice() -> None:
    text = inventory_toml(artifact_toml(), artifact_toml(arch='"arm64"'), artifact_toml())
    assert problem_of(text) == "artifacts[2]: a second 3.14.9 for linux/amd64"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, URL),
        ("http://user:secret@mirror:8080/x", "http://user:secret@mirror:8080/x"),
        ("file:///srv/x.tar.gz", "file:///srv/x.tar.gz"),
        ("/srv/x.tar.gz", "file:///srv/x.tar.gz"),
        ("sub/a b.tar.gz", "file://{directory}/sub/a%20b.tar.gz"),
    ],
)
def test_read_resolves_relative_paths(tmp_path: Path, url: str, expected: str) -> None:
    path = tmp_path / "inventory.toml"
    path.write_text(inventory_toml(artifact_toml(url=f"'{url}'")))
    assert read_inventory(path).artifacts[0].url == expected.format(directory=tmp_path)


def test_read_of_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inventory.toml").write_text(inventory_toml(artifact_toml(url="'x.tar.gz'")))
    monkeypatch.chdir(tmp_path)
    inventory = read_inventory(Path("inventory.toml"))
    assert inventory.artifacts[0].url == f"file://{tmp_path}/x.tar.gz"


def test_read_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "inventory.toml"
    with pytest.raises(InvalidInventoryError) as caught:
        read_inventory(path)
    message = message_for(caught.value)
    assert message.heading == "Invalid inventory of Python archives"
    assert message.body.startswith(f"{path}:\n  There is no such file.\n")
    assert "BP_PYTHON_INVENTORY" in message.body


def test_read_directory(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_inventory(tmp_path)
    assert caught.value.path == str(tmp_path)


STRINGS = st.text() | st.sampled_from(["3.14.9", "linux", "amd64", URL, SHA256, "file:///x", "a"])


def quoted(text: str) -> str:
    # TOML's \U escapes take any character.
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


VALUES = STRINGS.map(quoted) | st.sampled_from(["1", "[]", "{}", "2026-10-31", "nan"])
ARTIFACTS = st.builds(artifact_toml, VALUES, VALUES, VALUES, VALUES, VALUES)
ENDS = st.builds("{} = {}".format, st.text().map(quoted), VALUES)


@given(
    st.text()
    | st.text().map('format = "1"\n{}'.format)
    | st.builds(inventory_toml, ARTIFACTS, ARTIFACTS, end_of_life=ENDS)
)
def test_parse_any_text(text: str) -> None:
    outcome = outcome_of(lambda: parse_inventory(text, "inventory.toml"))
    assert isinstance(outcome, Inventory) or "inventory.toml" in outcome.body


@given(STRINGS.map(quoted) | st.text(alphabet="/:.@[]file\0 ", max_size=12).map(quoted))
def test_read_any_url(tmp_path_factory: pytest.TempPathFactory, url: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any-url.toml"
    path.write_text(inventory_toml(artifact_toml(url=url)))
    outcome = outcome_of(lambda: read_inventory(path))
    if isinstance(outcome, UserMessage):
        assert "artifacts[0].url" in outcome.body
    else:
        assert outcome.artifacts[0].url.startswith(("https://", "http://", "file:///"))
