from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.specifiers import Specifier

from python_buildpack.package_managers.pip.pins import Pin, pins
from python_buildpack.package_managers.pip.requirements_file import InvalidRequirementError
from python_buildpack.package_managers.pip.requirements_tree import (
    MAX_DEPTH,
    DeepRequirementsError,
    MissingRequirementsFileError,
    RecursiveRequirementsError,
    RequirementFiles,
    WrongWheelError,
    read_requirement_closure,
)
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.text_file import NotUtf8Error, UnreadableFileError

REQUIREMENTS = "requirements.txt"
DIGEST = "0" * 64
COMMIT = "1" * 40


def closure_of(app_dir: Path, **files: str) -> RequirementFiles:
    """Write ``NAME.txt`` for each keyword and read the closure of requirements.txt."""
    for name, text in files.items():
        (app_dir / f"{name}.txt").write_text(text)
    return read_requirement_closure(app_dir, [REQUIREMENTS], {})


def test_read_requirement_closure_follows_inclusions_relative_to_their_file(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text("a==1\n-c pins/all.txt\n-r ../more.txt\n")
    (tmp_path / "requirements" / "pins").mkdir()
    (tmp_path / "requirements" / "pins" / "all.txt").write_text("c==1\n")
    closure = closure_of(tmp_path, requirements="-r requirements/base.txt\nz\n", more="b\n")
    assert [(file.path, file.is_constraint) for file in closure.files] == [
        ("requirements.txt", False),
        ("requirements/base.txt", False),
        ("requirements/pins/all.txt", True),
        ("more.txt", False),
    ]
    assert [(at.file.path, at.line.number, at.line.text) for at in closure.lines] == [
        ("requirements.txt", 1, "-r requirements/base.txt"),
        ("requirements.txt", 2, "z"),
        ("requirements/base.txt", 1, "a==1"),
        ("requirements/base.txt", 2, "-c pins/all.txt"),
        ("requirements/base.txt", 3, "-r ../more.txt"),
        ("requirements/pins/all.txt", 1, "c==1"),
        ("more.txt", 1, "b"),
    ]
    assert closure.is_provable


def test_read_requirement_closure_reads_a_file_once_for_each_way(tmp_path: Path) -> None:
    closure = closure_of(tmp_path, requirements="-r a.txt\n-r b.txt\n-c a.txt", a="-r b.txt", b="x")
    assert [(file.path, file.is_constraint) for file in closure.files] == [
        ("requirements.txt", False),
        ("a.txt", False),
        ("b.txt", False),
        ("a.txt", True),
    ]


def test_read_requirement_closure_of_many_paths_to_one_file_takes_no_exponential_time(
    tmp_path: Path,
) -> None:
    files = {f"n{i}": f"-r n{i + 1}.txt\n-r ./n{i + 1}.txt\n" for i in range(40)}
    closure = closure_of(tmp_path, requirements="-r n0.txt", n40="a", **files)
    assert len(closure.files) == 42


def test_read_requirement_closure_of_deep_inclusions(tmp_path: Path) -> None:
    files = {f"n{i}": f"-r n{i + 1}.txt\n" for i in range(MAX_DEPTH - 1)}
    closure = closure_of(tmp_path, requirements="-r n0.txt", n99="a", **files)
    assert len(closure.files) == MAX_DEPTH + 1


def test_read_requirement_closure_of_inclusions_that_are_too_deep(tmp_path: Path) -> None:
    files = {f"n{i}": f"# why\n-r n{i + 1}.txt\n" for i in range(5000)}
    with pytest.raises(DeepRequirementsError) as error:
        closure_of(tmp_path, requirements="-r n0.txt", **files)
    assert vars(error.value) == {"path": "n99.txt", "line": 2, "limit": 100}


def test_read_requirement_closure_of_a_file_outside_the_app(tmp_path: Path) -> None:
    app_dir = tmp_path / "app"
    app_dir.mkdir()
    outside = tmp_path / "common.txt"
    outside.write_text("a\n-r other.txt\n")
    (tmp_path / "other.txt").touch()
    closure = closure_of(
        app_dir, requirements=f"-r ../common.txt\n-r {outside}\n-r ../app/in.txt", **{"in": ""}
    )
    assert [file.path for file in closure.files] == [
        "requirements.txt",
        "../common.txt",
        "../other.txt",
        "in.txt",
    ]


def test_read_requirement_closure_of_several_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.txt").write_text("-r a.txt")
    closure = read_requirement_closure(tmp_path, ["a.txt", "./b.txt", "a.txt"], {})
    assert [file.path for file in closure.files] == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("files", "paths", "line"),
    [
        ({"requirements": "-r requirements.txt"}, ("requirements.txt",), 1),
        (
            {"requirements": "\n-c a.txt", "a": "\n\n-r ./b.txt", "b": "-c a.txt"},
            ("a.txt", "b.txt"),
            1,
        ),
        ({"requirements": "a\n-r a.txt", "a": "\n-c requirements.txt"}, (REQUIREMENTS, "a.txt"), 2),
    ],
)
def test_read_requirement_closure_finds_cycles(
    tmp_path: Path, files: dict[str, str], paths: tuple[str, ...], line: int
) -> None:
    with pytest.raises(RecursiveRequirementsError) as error:
        closure_of(tmp_path, **files)
    assert (error.value.paths, error.value.line) == (paths, line)


@pytest.mark.parametrize(
    "path",
    [
        "other-1.0-py3-none-any.whl",
        "a/other-1%2e0-py3-none-any.whl?x=1#y=2",
        "other-1-2a-" + "-".join(["a" + ".a" * 1000] * 3) + ".whl",
    ],
)
def test_read_requirement_closure_of_a_wheel_of_another_name(tmp_path: Path, path: str) -> None:
    with pytest.raises(WrongWheelError) as error:
        closure_of(tmp_path, requirements=f"a\nquery-missing @ https://host/{path}\n")
    assert vars(error.value) == {
        "path": "requirements.txt",
        "line": 2,
        "text": f"query-missing @ https://host/{path}",
        "wheel": "other",
    }


@pytest.mark.parametrize(
    "line",
    [
        "Other.Thing @ https://host/other_thing-1.0-py3-none-any.whl",
        "a @ https://host/other-1.0.tar.gz",
        "a @ https://host/other.whl",
        "a @ git+https://host/other-1.0-py3-none-any.whl",
        "a @ https://host/other-1.0-py3-none-any.whl ; os_name == 'nt'",
        "-c constraints.txt",
    ],
)
def test_read_requirement_closure_of_what_pip_may_take(tmp_path: Path, line: str) -> None:
    constraint = "a @ https://host/other-1.0-py3-none-any.whl"
    assert closure_of(tmp_path, requirements=line, constraints=constraint).lines


def test_read_requirement_closure_of_a_missing_inclusion(tmp_path: Path) -> None:
    with pytest.raises(MissingRequirementsFileError) as error:
        closure_of(tmp_path, requirements="a\n-c nope/x.txt\n")
    assert vars(error.value) == {
        "path": "nope/x.txt",
        "included_from": "requirements.txt",
        "line": 2,
    }


def test_read_requirement_closure_of_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingRequirementsFileError) as error:
        read_requirement_closure(tmp_path, ["nope.txt"], {})
    assert vars(error.value) == {"path": "nope.txt", "included_from": None, "line": None}


def test_read_requirement_closure_of_a_directory(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        closure_of(tmp_path, requirements="-r .")


def test_read_requirement_closure_names_the_file_of_a_wrong_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequirementError) as error:
        closure_of(tmp_path, requirements="-r a.txt", a="\nb=1")
    assert (error.value.source, error.value.line) == ("a.txt", 2)


def test_read_requirement_closure_of_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / REQUIREMENTS).write_bytes("a==1".encode("utf-16-le"))
    with pytest.raises(NotUtf8Error):
        read_requirement_closure(tmp_path, [REQUIREMENTS], {})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_read_requirement_closure_in_the_encoding_of_a_byte_order_mark(
    tmp_path: Path, encoding: str
) -> None:
    (tmp_path / REQUIREMENTS).write_bytes("\ufeff-r ü.txt\r\n".encode(encoding))
    (tmp_path / "ü.txt").write_bytes("\ufeffa==1\r\n# ✓\r\nb==2\r\n".encode(encoding))
    closure = read_requirement_closure(tmp_path, [REQUIREMENTS], {})
    assert set(pins(closure)) == {"a", "b"}
    assert closure.is_provable


@pytest.mark.parametrize("rest", [b"a", b"\x00\xd8", b"\x00\x00"])
def test_read_requirement_closure_of_a_file_that_is_not_what_its_mark_says(
    tmp_path: Path, rest: bytes
) -> None:
    (tmp_path / REQUIREMENTS).write_bytes(b"\xff\xfea\x00" + rest)
    with pytest.raises(NotUtf8Error) as caught:
        read_requirement_closure(tmp_path, [REQUIREMENTS], {})
    assert caught.value.looks_like == "UTF-16"


def test_read_requirement_closure_leaves_out_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / REQUIREMENTS).write_bytes(b"\xef\xbb\xbfa==1\r\n")
    closure = read_requirement_closure(tmp_path, [REQUIREMENTS], {})
    assert set(pins(closure)) == {"a"}


def test_read_requirement_closure_names_variables(tmp_path: Path) -> None:
    closure = closure_of(
        tmp_path, requirements="-i https://${B}@${A}/\n-c a.txt", a="# ${NO}\n-f ${B}"
    )
    assert closure.variables == ("A", "B")


def test_read_requirement_closure_replaces_variables_in_paths(tmp_path: Path) -> None:
    (tmp_path / REQUIREMENTS).write_text("-r ${NAME}.txt")
    (tmp_path / "a.txt").touch()
    closure = read_requirement_closure(tmp_path, [REQUIREMENTS], {"NAME": "a"})
    assert [file.path for file in closure.files] == ["requirements.txt", "a.txt"]


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        f"-e git+https://h.example/p@{COMMIT}#egg=p",
        "./local",
        "p-1.0-py3-none-any.whl",
        "file:///srv/p.zip",
        "p @ file:///srv/p.zip",
        "git+https://h.example/p",
        "p @ git+https://h.example/p@main",
        f"p @ git+https://h.example/p@{COMMIT[1:]}",
        f"p @ svn+https://h.example/p@{COMMIT}",
        "-r https://h.example/r.txt",
        "-c FILE:///srv/c.txt",
        "--find-links wheels",
        "-f file:///srv/wheels",
        "--extra-index-url ./index",
        "# -*- coding: latin-1 -*-",
        "p @ ./local",
        "https://h.example/p; no marker",
        "a==1 --global-option=x",
    ],
)
def test_read_requirement_closure_knows_what_cannot_be_proven(tmp_path: Path, line: str) -> None:
    assert not closure_of(tmp_path, requirements=f"\n{line}\n").is_provable


@pytest.mark.parametrize(
    "line",
    [
        "a",
        "a==1",
        "p @ https://h.example/p.zip",
        f"p @ git+https://h.example/p.git@{COMMIT}",
        f"git+ssh://git@h.example/p.git@{COMMIT}#egg=p",
        "--index-url https://h.example/",
        "-f https://h.example/links.html",
        "# -*- coding: utf-8 -*-",
    ],
)
def test_read_requirement_closure_knows_what_can_be_proven(tmp_path: Path, line: str) -> None:
    assert closure_of(tmp_path, requirements=line).is_provable


def test_read_requirement_closure_masks_credentials(tmp_path: Path) -> None:
    closure = closure_of(tmp_path, requirements="git+https://me:s3cret@h.example/p")
    assert closure.lines[0].line.text == "git+https://****@h.example/p"


@pytest.mark.parametrize(
    ("requirements", "is_empty"),
    [
        ("", True),
        ("# nothing\n--index-url https://h.example/\n-c c.txt\n-r d.txt\n", True),
        ("a", False),
        (".", False),
        ("-e .", False),
        ("-c https://h.example/c.txt", True),
        ("-r https://h.example/r.txt", False),
    ],
)
def test_requirement_closure_is_empty(tmp_path: Path, requirements: str, is_empty: bool) -> None:
    assert closure_of(tmp_path, requirements=requirements, c="x==1", d="").is_empty is is_empty


@pytest.mark.parametrize(
    ("line", "name", "pin"),
    [
        ("A.b_C==1.0", "a-b-c", {"specifier": Specifier("==1.0")}),
        ("a===1.0-x", "a", {"specifier": Specifier("===1.0-x")}),
        ("a>=0.5,==1.0", "a", {"specifier": Specifier("==1.0")}),
        (
            f"a[x]==1 ; python_version<'4' --hash=sha256:{DIGEST}",
            "a",
            {
                "specifier": Specifier("==1"),
                "hashes": (f"sha256:{DIGEST}",),
                "marker": Marker("python_version<'4'"),
            },
        ),
        (f"a @ https://h.example/a.zip#sha256={DIGEST}", "a", {"hashes": (f"sha256:{DIGEST}",)}),
        ("a @ https://h.example/a.zip --hash=sha512:00", "a", {"hashes": ("sha512:00",)}),
        (
            "https://h.example/a_b-1.0-py3-none-any.whl?x=1#sha256=00",
            "a-b",
            {"hashes": ("sha256:00",)},
        ),
        ("https://h.example/a.zip#egg=A_b&sha256=00", "a-b", {"hashes": ("sha256:00",)}),
        (f"a @ git+https://h.example/a@{COMMIT}", "a", {"commit": COMMIT}),
        (f"git+https://h.example/a@{COMMIT}#egg=a", "a", {"commit": COMMIT}),
    ],
)
def test_pins(tmp_path: Path, line: str, name: str, pin: dict[str, object]) -> None:
    fields = {"specifier": None, "hashes": (), "commit": None, "marker": None, **pin}
    expected = Pin(**fields, file=REQUIREMENTS, line=2)  # type: ignore[arg-type]
    assert pins(closure_of(tmp_path, requirements=f"\n{line}")) == {name: (expected,)}


@pytest.mark.parametrize(
    "line",
    [
        "a",
        "a>=1.0",
        "a==1.*",
        "a~=1.0",
        "a @ https://h.example/a.zip",
        "a @ https://h.example/a.zip#md5=00",
        # pip checks the first hash only.
        "a @ https://h.example/a.zip#md5=00&sha256=00",
        "a @ git+https://h.example/a@main",
        "a @ file:///srv/a.zip#sha256=00",
        "https://h.example/a-1.0.tar.gz#sha256=00",
        f"-e git+https://h.example/a@{COMMIT}#egg=a",
        "./a-1.0-py3-none-any.whl --hash=sha256:00",
    ],
)
def test_pins_of_what_is_no_exact_pin(tmp_path: Path, line: str) -> None:
    assert pins(closure_of(tmp_path, requirements=line)) == {}


def test_pins_of_several_files_and_markers(tmp_path: Path) -> None:
    closure = closure_of(
        tmp_path,
        requirements="a==1;python_version<'3'\na==2;python_version>='3'\nb\n-c c.txt",
        c="b==3",
    )
    found = pins(closure)
    assert [(pin.file, pin.line) for pin in found["a"]] == [(REQUIREMENTS, 1), (REQUIREMENTS, 2)]  # type: ignore[index]
    assert [(pin.file, pin.line) for pin in found["b"]] == [("c.txt", 1)]  # type: ignore[index]


LINES = st.lists(
    st.sampled_from(
        [
            *("-r requirements.txt", "-r a.txt", "-c a.txt", "-r .", "-c /etc/hostname", "-r ''"),
            *("-r a\\", "-r ${A}", "-r ../../..", "-r a.txt/b", f"-r {'x' * 300}", "-r file:a"),
            *("a==1", "-e .", "p @ git+https://u:s3cret@h@x", "https://[x", "a #b", "b=1", "\x0c"),
        ]
    )
).map("\n".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(), LINES.map(str.encode)), st.one_of(st.binary(), LINES.map(str.encode)))
def test_read_requirement_closure_of_any_files(tmp_path: Path, first: bytes, other: bytes) -> None:
    (tmp_path / REQUIREMENTS).write_bytes(first)
    (tmp_path / "a.txt").write_bytes(other)
    try:
        closure = read_requirement_closure(tmp_path, [REQUIREMENTS], {"A": "s3cret"})
        seen = str([each.line.text for each in closure.lines]) + str(pins(closure))
    except BuildpackError as error:
        seen = str(vars(error)) if not isinstance(error, MissingRequirementsFileError) else ""
    assert "s3cret" not in seen
