"""What a wheel's author may write into its dist-info directory, read by everything that reads it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from packaging.metadata import RawMetadata, parse_email

from python_buildpack.environment.installed import installed_distributions
from python_buildpack.environment.lock_file import pylock_toml
from python_buildpack.environment.record import owners_of, read_record
from python_buildpack.environment.sbom.cyclonedx import cyclonedx_json
from python_buildpack.environment.sbom.distributions import environment_sbom
from python_buildpack.environment.sbom.spdx import spdx_json
from python_buildpack.layers.bytecode.venv import recorded_sources
from python_buildpack.layers.venv_normalization import normalize_installed
from python_buildpack.package_managers.locked_packages import installed_resolution

SITE_PACKAGES = "lib/python3.13/site-packages"

# What means something to a parser, a path or a terminal, among anything else.
_PIECES = st.sampled_from(
    [
        *(
            "\0",
            "\x1c",
            "\x85",
            "\u2028",
            "\r",
            "\t",
            " ",
            '"',
            "\\",
            ",",
            ":",
            "-",
            "(",
            ";",
            "==",
        ),
        *("..", "../", "/etc/passwd", "x.py", "tiny/a.py", "../../../bin/tiny", "a" * 300),
        *("__pycache__/a.cpython-313.pyc", "\U0010ffff", "=?utf-8?q?x?=", "(" * 2000),
    ]
)
_LINES = st.lists(_PIECES | st.text(max_size=5), max_size=5).map("".join)
_FIELDS = st.sampled_from(
    [
        *("Name", "Version", "Requires-Dist", "License", "License-Expression", "Classifier", "Tag"),
        *("Metadata-Version", "Description", "Keywords", "Project-URL"),
    ]
)
_VALUES = _LINES | st.sampled_from(
    [
        *(
            "tiny",
            "1.0",
            "v1!2",
            "MIT AND (",
            "License :: X",
            "py3-none-any",
            "-a-",
            "--",
            "a.b-c-d",
        ),
        *("tiny (>=1)", "tiny[x]; extra == 'x'", "tiny; 'x' in extras", "tiny; os_name ~= '3'"),
        *("tiny; " + "(" * 2000, "tiny" + ",!=1" * 5000, "-".join(["a" + ".a" * 300] * 3)),
    ]
)


def _bytes(lines: SearchStrategy[str]) -> SearchStrategy[bytes]:
    texts = st.lists(lines, max_size=6).map("\n".join)
    return st.binary(max_size=60) | texts.map(lambda text: text.encode("utf-8", "surrogatepass"))


_HEADERS = _bytes(st.tuples(_FIELDS, _VALUES).map(": ".join) | _LINES)
RECORDS = _bytes(st.lists(_LINES, min_size=1, max_size=3).map(",".join))
METADATA = _HEADERS | _HEADERS.map(lambda rest: b"Name: tiny\nVersion: 1.0\n" + rest)
WHEELS = _HEADERS
ENTRY_POINTS = _bytes(_LINES | st.sampled_from(["[console_scripts]", "tiny = tiny:main", "x ="]))


@contextmanager
def venv_with(**files: bytes) -> Iterator[Path]:
    """Give the block an environment with one distribution; METADATA is a plain one by default."""
    with tempfile.TemporaryDirectory() as temporary:
        venv = Path(temporary)
        dist_info = venv / SITE_PACKAGES / "tiny-1.0.dist-info"
        for directory in (venv / "bin", venv / SITE_PACKAGES / "tiny", dist_info):
            directory.mkdir(parents=True)
        for file in (venv / SITE_PACKAGES / "tiny/a.py", venv / "bin/tiny"):
            file.write_text("x = 1\n")
        for name, contents in {"METADATA": b"Name: tiny\nVersion: 1.0\n", **files}.items():
            (dist_info / name).write_bytes(contents)
        yield venv


def dist_info_of(venv: Path) -> Path:
    return venv / SITE_PACKAGES / "tiny-1.0.dist-info"


@given(record=RECORDS)
def test_read_record_of_any_bytes(record: bytes) -> None:
    with venv_with(RECORD=record) as venv:
        for row in read_record(dist_info_of(venv)) or ():
            assert row[0]
            # It can be looked at, wherever it leads.
            (venv / row[0]).is_absolute()
            assert "\0" not in row[0]


@given(record=RECORDS)
def test_recorded_sources_of_any_record(record: bytes) -> None:
    with venv_with(RECORD=record) as venv:
        for source in recorded_sources(dist_info_of(venv)):
            assert source.is_relative_to(venv / SITE_PACKAGES)
            assert ".." not in source.parts


@given(record=RECORDS)
def test_owners_of_any_record(record: bytes) -> None:
    with venv_with(RECORD=record) as venv:
        files = [venv / SITE_PACKAGES / "tiny/a.py", venv / "bin/tiny"]
        assert set(owners_of(venv, files).values()) <= {"tiny"}


@given(record=RECORDS, entry_points=ENTRY_POINTS)
def test_normalize_installed_of_any_record(record: bytes, entry_points: bytes) -> None:
    with venv_with(RECORD=record, **{"entry_points.txt": entry_points}) as venv:
        normalize_installed(venv, str)
        once = (dist_info_of(venv) / "RECORD").read_bytes()
        normalize_installed(venv, str)
        assert (dist_info_of(venv) / "RECORD").read_bytes() == once


@given(metadata=METADATA, wheel=WHEELS)
@example(metadata=b"Name: tiny\nVersion: 1.0\n", wheel=b"Tag: -a-\nTag: a--b\n")
def test_installed_distributions_of_any_metadata(metadata: bytes, wheel: bytes) -> None:
    with venv_with(METADATA=metadata, WHEEL=wheel) as venv:
        found = installed_distributions(venv)
        assert len(found) <= 1
        assert all(each.name and each.version for each in found)
        pylock_toml(installed_resolution(venv, ())).encode()


@given(metadata=METADATA)
@example(metadata=b"Name: a\nVersion: 1\nRequires-Dist: a; 'x' in extras\n")
@example(metadata=b"Name: a\nVersion: 1\nRequires-Dist: a; " + b"(" * 2000)
def test_environment_sbom_of_any_metadata(metadata: bytes) -> None:
    with venv_with(METADATA=metadata) as venv:
        sbom = environment_sbom("venv", venv, "3.13.1", None)
        assert len(sbom.components) <= 1
        for document in (cyclonedx_json(sbom), spdx_json(sbom)):
            json.loads(document.encode())


@pytest.mark.parametrize("name", ["METADATA", "WHEEL", "RECORD", "entry_points.txt"])
def test_a_directory_in_the_place_of_a_file(name: str) -> None:
    with venv_with() as venv:
        (dist_info_of(venv) / "METADATA").rename(dist_info_of(venv) / "METADATA.old")
        (dist_info_of(venv) / name).mkdir()
        normalize_installed(venv, str)
        assert installed_distributions(venv) == ()
        assert environment_sbom("venv", venv, "3.13.1", None).components == ()
        assert owners_of(venv, [venv / "bin/tiny"]) == {}


@pytest.mark.parametrize("separator", ["\x1c", "\x85", "\u2028", "\x0c"])
def test_names_with_what_python_takes_for_the_end_of_a_line(separator: str) -> None:
    name = f"tiny/a{separator}b.py"
    with venv_with(RECORD=f"{name},,\n".encode()) as venv:
        file = venv / SITE_PACKAGES / name
        file.touch()
        assert list(recorded_sources(dist_info_of(venv))) == [file]
        assert owners_of(venv, [file]) == {file: "tiny"}
        normalize_installed(venv, str)
        assert f"{name},sha256=" in (dist_info_of(venv) / "RECORD").read_text()


def test_names_that_are_no_utf8() -> None:
    with venv_with(RECORD=b"tiny/\xff.py,,\n") as venv:
        file = venv / SITE_PACKAGES / "tiny/\udcff.py"
        file.touch()
        assert owners_of(venv, [file]) == {file: "tiny"}


def test_a_path_with_a_nul_is_no_other_path() -> None:
    with venv_with(RECORD=b"gone\0/../tiny/a.py,,\n") as venv:
        assert owners_of(venv, [venv / SITE_PACKAGES / "tiny/a.py"]) == {}


def test_fields_that_nobody_knows_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each of them is looked for among all others.
    parsed: list[str] = []

    def parse(text: str) -> tuple[RawMetadata, dict[str, list[str]]]:
        parsed.extend(text.splitlines())
        return parse_email(text)

    monkeypatch.setattr("packaging.metadata.parse_email", parse)
    unknown = "".join(f"Field-{number}: x\n Classifier: y\n" for number in range(20_000))
    metadata = f"{unknown}Name: tiny\nVersion: 1.0\nLicense: The\n  MIT License\n"
    with venv_with(METADATA=metadata.encode()) as venv:
        (component,) = environment_sbom("venv", venv, "3.13.1", None).components
    assert component.license.expression == "MIT"
    assert parsed == ["Name: tiny", "Version: 1.0", "License: The", "  MIT License"]


@pytest.mark.parametrize("record", [b"x" * 200_000, None], ids=["unreadable", "missing"])
def test_without_a_record_there_is_no_credential_either(record: bytes | None) -> None:
    url = b'{"url": "https://user:canary@host/a.whl?token=canary", "archive_info": {}}'
    files = {} if record is None else {"RECORD": record}
    with venv_with(**files, **{"direct_url.json": url}) as venv:
        normalize_installed(venv, str)
        assert b"canary" not in (dist_info_of(venv) / "direct_url.json").read_bytes()
