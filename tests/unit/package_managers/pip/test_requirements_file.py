from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement

from python_buildpack.environment.requirement import MAX_REQUIREMENT_LENGTH
from python_buildpack.package_managers.locks import MAX_HASHES
from python_buildpack.package_managers.pip.requirement_options import Option
from python_buildpack.package_managers.pip.requirements_file import (
    MAX_LINE_LENGTH,
    EditableRequirement,
    Inclusion,
    InvalidRequirementError,
    InvalidRequirementOptionError,
    Line,
    LinkKind,
    LinkRequirement,
    LongRequirementError,
    NamedRequirement,
    OptionLine,
    UnknownRequirementOptionError,
    parse_requirements,
)
from python_buildpack.system.errors import BuildpackError

REQUIREMENTS = "requirements.txt"
HASH = "sha256:" + "0" * 64


def only(text: str, environment: Mapping[str, str] | None = None) -> Line:
    (line,) = parse_requirements(text, REQUIREMENTS, environment or {})
    return line


def test_parse_requirements_gives_each_kind_of_line_with_its_number() -> None:
    text = """\
# a comment
--index-url https://index.example/simple/

requests[socks] >= 2.31 ; python_version >= "3.8"   # why
-r base.txt
-cconstraints.txt
-e ./local
https://host.example/a-1.0.tar.gz
"""
    lines = parse_requirements(text, REQUIREMENTS)
    assert [(type(line), line.number) for line in lines] == [
        (OptionLine, 2),
        (NamedRequirement, 4),
        (Inclusion, 5),
        (Inclusion, 6),
        (EditableRequirement, 7),
        (LinkRequirement, 8),
    ]


@pytest.mark.parametrize(
    ("text", "length", "limit"),
    [
        ("a==1" + f" --hash=sha256:{'0' * 64}" * 100_000, 7_900_004, MAX_LINE_LENGTH),
        ("a" + ",".join(f"!={i}" for i in range(300_000)), 2_588_890, MAX_LINE_LENGTH),
        ("a" + ",".join(f"!={i}" for i in range(3000)), 19_890, MAX_REQUIREMENT_LENGTH),
        (f"a; {'(' * 20_000}", 20_003, MAX_REQUIREMENT_LENGTH),
        (f"https://host/{'a' * 20_000}", 20_013, MAX_REQUIREMENT_LENGTH),
    ],
    ids=["hashes", "specifiers", "fewer specifiers", "marker", "URL"],
)
def test_parse_requirements_refuses_what_is_too_long(text: str, length: int, limit: int) -> None:
    with pytest.raises(LongRequirementError) as error:
        parse_requirements(f"ok\n{text}\n", REQUIREMENTS)
    assert vars(error.value) == {
        "source": REQUIREMENTS,
        "line": 2,
        "length": length,
        "limit": limit,
    }


def test_parse_requirements_with_more_hashes_than_any_release_has() -> None:
    text = "a==1" + "".join(f" --hash=sha512:{i:0128}" for i in range(MAX_HASHES))
    assert len(only(text).hashes) == MAX_HASHES


def test_parse_requirements_of_nothing() -> None:
    assert parse_requirements("\n  # only a comment\n\t\n\\\n", REQUIREMENTS) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requests", "requests"),
        ("requests==2.32.4", "requests==2.32.4"),
        ("requests[a,b]~=2.0,!=2.1", "requests[a,b]~=2.0,!=2.1"),
        ("requests;python_version<'4'", "requests;python_version<'4'"),
        ("requests ; ", "requests"),
        ("git@h.example:me/p.git", "git @ h.example:me/p.git"),
        ("pkg @ https://h.example/p.zip", "pkg @ https://h.example/p.zip"),
    ],
)
def test_parse_requirements_named(text: str, expected: str) -> None:
    line = only(text)
    assert isinstance(line, NamedRequirement)
    assert line.requirement == Requirement(expected)


def test_parse_requirements_marker_directly_after_a_url() -> None:
    line = only("pkg @ https://h.example/p; python_version<'4'")
    assert isinstance(line, NamedRequirement)
    assert line.requirement.url == "https://h.example/p"
    assert line.requirement.marker == Marker("python_version<'4'")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://h.example/p-1.0-py3-none-any.whl", LinkKind.URL),
        ("HTTPS://h.example/p.zip", LinkKind.URL),
        ("file:///srv/p", LinkKind.PATH),
        ("git+https://h.example/p.git@main#egg=p", LinkKind.VCS),
        ("git+ssh://git@h.example/p.git", LinkKind.VCS),
        ("hg+https://h.example/p", LinkKind.VCS),
        ("./local", LinkKind.PATH),
        ("../local[extra] ; python_version<'4'", LinkKind.PATH),
        ("./wheels/p-1.0-py3-none-any.whl", LinkKind.PATH),
        ("p-1.0.tar.gz", LinkKind.PATH),
        ("p-1.0.zip[extra] ; python_version<'4'", LinkKind.PATH),
        (".", LinkKind.PATH),
        ("/srv/p", LinkKind.PATH),
        ("./local; not a marker", LinkKind.UNKNOWN),
        ("https://h.example/p.zip; not a marker", LinkKind.UNKNOWN),
        ("https://[bad/p.zip", LinkKind.URL),
    ],
)
def test_parse_requirements_never_rejects_a_url_or_path(text: str, kind: LinkKind) -> None:
    line = only(text)
    assert isinstance(line, LinkRequirement)
    assert line.kind is kind


@pytest.mark.parametrize(
    ("text", "target", "is_constraint"),
    [
        ("-r base.txt", "base.txt", False),
        ("-rbase.txt", "base.txt", False),
        ("--requirement=base.txt", "base.txt", False),
        ("--requirement 'my file.txt'", "my file.txt", False),
        ("-c https://h.example/c.txt", "https://h.example/c.txt", True),
        ("--constraint c.txt", "c.txt", True),
        # What pip does with several: one is read, requirements first.
        ("-c c.txt -r a.txt -r b.txt", "a.txt", False),
    ],
)
def test_parse_requirements_inclusion(text: str, target: str, is_constraint: bool) -> None:
    line = only(text)
    assert isinstance(line, Inclusion)
    assert (line.target, line.is_constraint) == (target, is_constraint)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("-i https://h.example/", [("--index-url", "https://h.example/")]),
        ("--index-url=https://h.example/", [("--index-url", "https://h.example/")]),
        ("--extra-index https://h.example/", [("--extra-index-url", "https://h.example/")]),
        ("-f wheels --no-index", [("--find-links", "wheels"), ("--no-index", "")]),
        ("--no-binary :all:", [("--no-binary", ":all:")]),
        ("--only-binary a,b --prefer-binary", [("--only-binary", "a,b"), ("--prefer-binary", "")]),
        ("--pre --all-releases a --only-final b", None),
        ("--require-hashes --trusted-host h.example", None),
        ("--use-feature fast-deps --use-feature of-another-pip", None),
    ],
)
def test_parse_requirements_options(text: str, options: list[tuple[str, str]] | None) -> None:
    line = only(text)
    assert isinstance(line, OptionLine)
    if options is not None:
        assert line.options == tuple(Option(*option) for option in options)


def test_parse_requirements_per_requirement_options() -> None:
    line = only(f"a==1 --hash={HASH} --hash {HASH} -C key=value --global-option=x")
    assert isinstance(line, NamedRequirement)
    assert line.hashes == (HASH, HASH)
    assert Option("--config-settings", "key=value") in line.options


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a==1 \\\n  --hash=sha256:00\nb", [(1, "a==1   --hash=sha256:00"), (3, "b")]),
        ("a==1 \\\n  # why\nb", [(1, "a==1"), (3, "b")]),
        ("# a \\\nb", [(2, "b")]),
        ("a==\\\n1", [(1, "a==1")]),
        ("a \\", [(1, "a")]),
        ("a\\\n# c \\\nb", [(1, "a"), (3, "b")]),
        ("a#b==1 # c", None),
        ("\ufeffa", None),
        ("a\x0cb\u2028c", [(1, "a"), (2, "b"), (3, "c")]),
        ("a\r\nb\rc", [(1, "a"), (2, "b"), (3, "c")]),
    ],
)
def test_parse_requirements_joins_continued_lines(
    text: str, lines: list[tuple[int, str]] | None
) -> None:
    if lines is None:
        with pytest.raises(InvalidRequirementError):
            parse_requirements(text, REQUIREMENTS)
    else:
        parsed = parse_requirements(text, REQUIREMENTS)
        assert [(line.number, line.text) for line in parsed] == lines


def test_parse_requirements_keeps_a_fragment() -> None:
    line = only("https://h.example/p.zip#sha256=00 # comment")
    assert isinstance(line, LinkRequirement)
    assert line.target == "https://h.example/p.zip#sha256=00"


def test_parse_requirements_replaces_variables_and_names_them() -> None:
    line = only(
        "--index-url https://${USER_1}:${TOKEN}@${HOST}/ --pre",
        {"USER_1": "me", "TOKEN": "s", "HOST": ""},
    )
    assert line.variables == ("USER_1", "TOKEN", "HOST")
    assert line.options[0].value == "https://me:s@${HOST}/"
    assert line.text == "--index-url https://${USER_1}:${TOKEN}@${HOST}/ --pre"


@pytest.mark.parametrize("text", ["a==$VERSION", "a==${version}", "a==${}", "a==%VERSION%"])
def test_parse_requirements_of_what_is_no_variable(text: str) -> None:
    with pytest.raises(InvalidRequirementError):
        parse_requirements(text, REQUIREMENTS, {"VERSION": "1", "version": "1"})


def test_parse_requirements_masks_credentials_in_the_text() -> None:
    assert only("-i https://me:s3cret@h.example/").text == "-i https://****@h.example/"


@pytest.mark.parametrize(
    "text",
    [
        "requests=2",
        "requests 2.0",
        "requests==",
        "requests[",
        "==1.0",
        "requests; pyton_version<'3'",
        "<<<<<<< HEAD",
        "pip install requests",
        "requests==1.0 flask",
        "'requests'",
        "a; " + "(" * 10_000,
    ],
)
def test_parse_requirements_rejects_what_is_no_requirement(text: str) -> None:
    with pytest.raises(InvalidRequirementError) as error:
        parse_requirements(f"# first\n{text}\n", REQUIREMENTS)
    assert (error.value.source, error.value.line) == (REQUIREMENTS, 2)
    assert error.value.text == text
    assert error.value.problem
    assert "\n" not in error.value.problem


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("--nope", "--nope"),
        ("-x", "-x"),
        ("requests --upgrade", "--upgrade"),
        ("--index_url=https://u:s3cret@h.example", "--index_url"),
        ("--index_url:https://u:s3cret@h.example", "--index_url:https://****@h.example"),
        ("-${TOKEN}", ""),
    ],
)
def test_parse_requirements_rejects_an_unknown_option(text: str, option: str) -> None:
    with pytest.raises(UnknownRequirementOptionError) as error:
        parse_requirements(text, REQUIREMENTS, {"TOKEN": "s3cret"})
    assert error.value.option == option
    assert "s3cret" not in error.value.text


@pytest.mark.parametrize(
    "text",
    [
        "-r",
        "--index-url",
        "--pre=yes",
        "--no",
        "-e 'unbalanced",
        "a --hash=00",
        "a --hash=md5:00",
        "a --config-settings=key",
        "--no-binary --pre",
    ],
)
def test_parse_requirements_rejects_a_wrong_option(text: str) -> None:
    with pytest.raises(InvalidRequirementOptionError) as error:
        parse_requirements(text, REQUIREMENTS)
    assert error.value.text == text
    assert error.value.problem


def test_parse_requirements_error_shows_no_value_of_a_variable() -> None:
    with pytest.raises(InvalidRequirementError) as error:
        parse_requirements("a==1 ${TOKEN}", REQUIREMENTS, {"TOKEN": "s3cret"})
    assert error.value.text == "a==1 ${TOKEN}"
    assert error.value.problem == ""
    assert error.value.__suppress_context__


WORDS = st.sampled_from(
    [
        *("a==1", ";", "python_version<'3'", "-r", "-c", "-e", "--hash=sha256:", "--hash", "-"),
        *("--", "=", "@", "https://u:s3cret@h/", "git+ssh://", "\\", "\n", "#", "${A}", "'", '"'),
        *("[x]", ".", "/", "file:", ".zip", "--no", "--pre", "-i", "(", ")", ",", "===", "*", "\t"),
    ]
)


def shown(text: str) -> str:
    """Return all that a user may see of the lines or the error."""
    try:
        lines = parse_requirements(text, REQUIREMENTS, {"A": "-e 's3cret"})
    except BuildpackError as error:
        return str(vars(error))
    return "\n".join(line.text for line in lines)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
def test_parse_requirements_of_any_text(text: str) -> None:
    assert "s3cret" not in shown(text)


@given(st.binary())
def test_parse_requirements_of_binary_junk(junk: bytes) -> None:
    assert "s3cret" not in shown(junk.decode("latin-1"))
