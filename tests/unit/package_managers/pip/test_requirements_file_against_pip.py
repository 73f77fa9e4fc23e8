"""Our parser beside pip's own: nothing that pip accepts is rejected or read differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from python_buildpack.package_managers.pip.requirements_file import (
    EditableRequirement,
    Inclusion,
    Line,
    LinkRequirement,
    NamedRequirement,
    OptionLine,
    parse_requirements,
)
from python_buildpack.system.errors import BuildpackError

pip = pytest.importorskip("pip")
constructors = pytest.importorskip("pip._internal.req.constructors")
req_file = pytest.importorskip("pip._internal.req.req_file")

# The grammar of options and of version specifiers differs in older ones.
needs_the_pip_we_ship = pytest.mark.skipif(
    pip.__version__ != "26.3", reason="the rules are those of pip 26.3"
)


@dataclass(frozen=True)
class Read:
    """What both parsers see in a line."""

    is_editable: bool
    name: str | None
    hashes: frozenset[str]


@pytest.fixture
def app_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VARIABLE", "value")
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "setup.py").touch()
    (tmp_path / "empty.txt").touch()
    return tmp_path


def read_by_pip(file: Path, text: str) -> list[Read] | None:
    """Return what pip reads; None if it rejects the file, by a crash too."""
    file.write_bytes(text.encode())
    found = []
    try:
        for parsed in req_file.parse_requirements(str(file), session=None):
            # A requirement that is no longer accepted is rejected in the constructor.
            made = constructors.install_req_from_parsed_requirement(parsed)
            hashes = (parsed.options or {}).get("hashes", {}).items()
            digests = frozenset(f"{kind}:{value}" for kind, values in hashes for value in values)
            is_named = made.req is not None and not made.link
            name = str(made.req.name) if is_named else None
            found.append(Read(parsed.is_editable, name, digests))
    except Exception:  # noqa: BLE001 - pip crashes on some lines, and installs nothing
        return None
    return found


def read_by_us(lines: tuple[Line, ...]) -> Iterator[Read]:
    for line in lines:
        if isinstance(line, EditableRequirement):
            yield Read(True, None, frozenset())
        elif isinstance(line, LinkRequirement):
            yield Read(False, None, frozenset(line.hashes))
        elif isinstance(line, NamedRequirement):
            name = None if line.requirement.url else line.requirement.name
            yield Read(False, name, frozenset(line.hashes))
        else:
            assert isinstance(line, (Inclusion, OptionLine))


def without_hashes_of_editables(found: list[Read]) -> list[Read]:
    # pip ignores them there.
    return [Read(True, None, frozenset()) if read.is_editable else read for read in found]


def assert_reads_as_pip(app_dir: Path, text: str) -> None:
    by_pip = read_by_pip(app_dir / "requirements.txt", text)
    if by_pip is None:
        return
    # Byte order marks are left out where files are read.
    lines = parse_requirements(
        text.removeprefix("\ufeff"), "requirements.txt", {"VARIABLE": "value"}
    )
    assert list(read_by_us(lines)) == without_hashes_of_editables(by_pip)


ACCEPTED = [
    "requests",
    "requests==2.32.4 ; python_version > '3'",
    "requests [socks] >= 2, < 3",
    "requests;",
    "requests === 2.0",
    "pkg @ https://h.example/p.zip",
    "pkg @ https://h.example/p.zip ; python_version > '3'",
    "pkg @ https://h.example/p; python_version > '3'",
    "pkg@git+https://h.example/p.git@main",
    "https://h.example/p-1.0.tar.gz#egg=p",
    "https://h.example/p;a.zip ; python_version > '3'",
    "git+ssh://git@h.example/p.git",
    "file:///srv/p",
    "./local",
    "./local ; python_version > '3'",
    "p-1.0.tar.gz",
    "p-1.0.zip[extra]",
    "p-1.0-py3-none-any.whl",
    "-e ./local",
    "-e ./local -c empty.txt",
    "-e git+https://h.example/p.git#egg=p",
    "--editable='./local'",
    "-r empty.txt",
    "-rempty.txt junk",
    "-c empty.txt --pre",
    "requests -r empty.txt",
    "--index-url https://h.example/simple --extra-index https://h.example",
    "-i https://h.example/ --pypi-url=https://h.example",
    "--no-index -f local",
    "--no-binary :all:\n--only-binary=a,b",
    "--prefer-binary --pre --require-hashes",
    "--trusted-host h.example",
    f"requests==1 --hash=sha256:{'0' * 64} --hash sha512:00",
    "requests==1 \\\n    --hash=sha256:00 \\\n    # why\nflask",
    "requests==1 --hash=sha256:00 junk",
    "# comment \\\nrequests",
    "requests # comment",
    "requests\\\n==1",
    "\\\\requests\\",
    "-i https://${NOT_SET}/",
    "${VARIABLE}",
    "a${VARIABLE}b-${VARIABLE}",
    "--",
    "\ufeffrequests",
    "a\x0cb\x0bc\u2028d\x85e\r\nf",
]

REJECTED = [
    "requests=2",
    "requests 2.0",
    "requests==2.0 flask",
    "requests; not a marker",
    "<<<<<<< HEAD",
    "--nope",
    "requests --upgrade",
    "-r",
    "--no",
    "--pre=yes",
    "-e 'unbalanced",
    "a --hash=00",
    "a --hash=md5:00",
    "--no-binary --pre",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_parse_requirements_reads_what_pip_accepts(app_dir: Path, text: str) -> None:
    assert read_by_pip(app_dir / "requirements.txt", text) is not None
    assert_reads_as_pip(app_dir, text)


@pytest.mark.parametrize("text", REJECTED)
def test_parse_requirements_rejects_only_what_pip_rejects(app_dir: Path, text: str) -> None:
    with pytest.raises(BuildpackError):
        parse_requirements(text, "requirements.txt")
    assert read_by_pip(app_dir / "requirements.txt", text) is None


WORDS = st.sampled_from(
    [
        *("a", "a==1", "b[x]", "@", ";", "python_version<'3'", "(", ")", ",", "===1.*", ">=1"),
        *("-r empty.txt", "-c empty.txt", "-e ./local", "-", "--", "=", "--hash=sha256:00"),
        *("--pre", "--no", "--no-binary", ":all:", "-i", "-fx", "-C a=b", "--use-feature"),
        *("https://h.example/p", "git+ssh://h.example", "file:x", "./local", ".", "/", ".zip"),
        *("\\", "\\\n", "\n", "#", " # ", "${VARIABLE}", "${NOT_SET}", "'", '"', "\t", "\x0c"),
        *("-r", "empty.txt", "#egg=p", "&", "é", "\u2028", "--hash", "sha256:00", "~"),
    ]
)


@needs_the_pip_we_ship
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.lists(WORDS, max_size=6).map(" ".join), st.lists(WORDS).map("".join), st.text())
)
def test_parse_requirements_reads_any_text_as_pip_does(app_dir: Path, text: str) -> None:
    assert_reads_as_pip(app_dir, text)
