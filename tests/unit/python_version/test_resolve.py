from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import python_buildpack.messages.python_version  # noqa: F401 (registers the wording)
from python_buildpack.app.files import AppFiles
from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.wording import message_for
from python_buildpack.python_version.inventory import Artifact, Inventory
from python_buildpack.python_version.resolve import (
    ConflictingPythonVersionsError,
    EndOfLife,
    NoFreeThreadedPythonError,
    NoPythonForPlatformError,
    OutdatedRuntimeTxtError,
    PythonNotYetReleasedError,
    PythonTooOldError,
    PythonVersionResolution,
    RuntimeTxtUsed,
    Suggest,
    UnavailablePythonVersionError,
    UnknownPythonVersionError,
    read_version_sources,
    resolve_python_version,
)
from python_buildpack.python_version.sources import (
    InvalidPythonVersionError,
    VersionSource,
    parse_requested_version,
    parse_requires_python,
)
from python_buildpack.python_version.tool_versions import (
    ToolVersion,
    UnusedToolVersion,
    unused_tool_versions,
)
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.text_file import InvalidTomlError, NotUtf8Error
from tests.unit.outcome import outcome_of

TODAY = date(2026, 6, 1)
VERSIONS = (
    *("3.10.0", "3.10.19", "3.11.14", "3.12.0", "3.12.4", "3.12.12"),
    *("3.13.0", "3.13.9", "3.13.14", "3.14.0", "3.14.9", "3.15.0rc1"),
)


def inventory_of(*versions: str, end_of_life: dict[str, date] | None = None) -> Inventory:
    artifacts = (
        Artifact(Version(version), "linux", arch, f"https://example.com/{version}-{arch}", "0" * 64)
        for version in versions
        for arch in ("amd64", "arm64")
    )
    return Inventory(tuple(artifacts), end_of_life or {})


INVENTORY = inventory_of(*VERSIONS)


def setting(text: str) -> VersionSource:
    return parse_requested_version("BP_PYTHON_VERSION", None, text)


def version_file(text: str) -> VersionSource:
    return parse_requested_version(".python-version", 1, text)


def requires_python(text: str) -> VersionSource:
    source = parse_requires_python(4, text)
    assert source is not None
    return source


def resolve(
    *sources: VersionSource,
    inventory: Inventory = INVENTORY,
    last_built: str | None = None,
    today: date = TODAY,
    suggest: Suggest = lambda _candidates: None,
) -> PythonVersionResolution:
    return resolve_python_version(sources, inventory, "linux", "arm64", last_built, today, suggest)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.13", "3.13.14"),
        ("3.13.9", "3.13.9"),
        ("3.12.*", "3.12.12"),
        ("<3.13", "3.12.12"),
        (">=3.12,<3.14", "3.13.14"),
        ("~=3.12.0", "3.12.12"),
        ("3", "3.14.9"),
        ("~=3.12", "3.14.9"),
        (">3.14", "3.14.9"),
        ("==3.13", "3.13.0"),
        ("===3.13.9", "3.13.9"),
        ("3.15.0rc1", "3.15.0rc1"),
        ("3.13.x", "3.13.14"),
        ("latest", "3.14.9"),
    ],
)
def test_resolve_one_source(text: str, expected: str) -> None:
    resolution = resolve(version_file(text))
    assert str(resolution.version) == expected
    assert resolution.artifact.url == f"https://example.com/{expected}-arm64"


@pytest.mark.parametrize(
    ("others", "expected"), [((), "3.15.2"), ((requires_python("<3.14"),), "3.13.14")]
)
def test_resolve_latest(others: tuple[VersionSource, ...], expected: str) -> None:
    latest = version_file("latest")
    inventory = inventory_of(*VERSIONS, "3.15.2")
    resolution = resolve(latest, *others, inventory=inventory, last_built="3.12")
    assert (str(resolution.version), resolution.source) == (expected, latest)


def test_resolve_all_sources_agree() -> None:
    pinned = version_file("3.12")
    resolution = resolve(setting(">=3.10"), pinned, requires_python("!=3.12.12"))
    assert str(resolution.version) == "3.12.4"
    assert resolution.source == pinned


def test_resolve_prerelease_with_a_range_that_allows_it() -> None:
    pinned = version_file("3.15.0rc1")
    resolution = resolve(pinned, requires_python(">=3.10"))
    assert str(resolution.version) == "3.15.0rc1"
    assert resolution.source == pinned


def test_resolve_the_first_of_equal_sources_decides() -> None:
    assert resolve(setting("3.12"), version_file("3.12")).source == setting("3.12")


@pytest.mark.parametrize(
    ("last_built", "expected", "source"),
    [
        pytest.param(None, "3.14.9", "default", id="never built"),
        pytest.param("3.12", "3.12.12", "last build", id="X.Y"),
        pytest.param("3.12.4", "3.12.12", "last build", id="patch moves"),
        pytest.param("3.9", "3.14.9", "default", id="not in the inventory"),
        pytest.param("junk", "3.14.9", "default", id="junk"),
    ],
)
@pytest.mark.parametrize("sources", [(), (requires_python(">=3.10"),)], ids=["none", "range"])
def test_resolve_ranges_keep_the_last_build(
    sources: tuple[VersionSource, ...], last_built: str | None, expected: str, source: str
) -> None:
    resolution = resolve(*sources, last_built=last_built)
    assert (str(resolution.version), resolution.source.name) == (expected, source)


def suggested(series: str) -> VersionSource:
    return VersionSource("what is pinned", None, "for a reason", SpecifierSet(f"=={series}.*"))


@pytest.mark.parametrize("sources", [(), (requires_python(">=3.10"),)], ids=["none", "range"])
def test_resolve_a_choice_as_suggested(sources: tuple[VersionSource, ...]) -> None:
    resolution = resolve(*sources, suggest=lambda _candidates: suggested("3.12"))
    assert str(resolution.version) == "3.12.12"
    assert resolution.source == suggested("3.12")


def test_suggestions_are_for_the_candidates() -> None:
    asked: list[Sequence[Version]] = []
    resolve(requires_python(">=3.13,<3.15"), suggest=asked.append)
    assert [sorted({f"{v.major}.{v.minor}" for v in each}) for each in asked] == [["3.13", "3.14"]]


@pytest.mark.parametrize(("sources", "last_built"), [((), "3.13"), ((version_file("3.13"),), None)])
def test_nothing_is_suggested_where_there_is_no_choice(
    sources: tuple[VersionSource, ...], last_built: str | None
) -> None:
    def suggest(_candidates: Sequence[Version]) -> VersionSource:
        raise AssertionError

    assert str(resolve(*sources, last_built=last_built, suggest=suggest).version) == "3.13.14"


def test_resolve_a_range_without_the_last_build_and_the_default() -> None:
    wanted = requires_python(">=3.11,<3.14")
    resolution = resolve(wanted, last_built="3.10")
    assert str(resolution.version) == "3.13.14"
    assert resolution.source == wanted


def test_resolve_a_pin_wins_over_the_last_build() -> None:
    resolution = resolve(version_file("3.13"), last_built="3.12")
    assert (str(resolution.version), resolution.source.name) == ("3.13.14", ".python-version")


def test_resolve_default_of_an_inventory_without_it() -> None:
    resolution = resolve(inventory=inventory_of("3.11.7", "3.13.0"))
    assert str(resolution.version) == "3.13.0"
    assert (resolution.source.name, resolution.source.text) == ("default", "3.13")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("3.13.99", UnknownPythonVersionError),
        (">=3.13,<3.12", UnknownPythonVersionError),
        ("===anything", UnknownPythonVersionError),
        ("3.12.0rc1", UnknownPythonVersionError),
        ("2.7", PythonTooOldError),
        ("2", PythonTooOldError),
        ("3.9.18", PythonTooOldError),
        ("<3.10", PythonTooOldError),
        (">=3.6,<3.9", PythonTooOldError),
        ("3.15", PythonNotYetReleasedError),
        ("3.14.10", PythonNotYetReleasedError),
        (">=3.15", PythonNotYetReleasedError),
        (">3.14.9", PythonNotYetReleasedError),
        ("4", PythonNotYetReleasedError),
        ("1!3.13.9", InvalidPythonVersionError),
    ],
)
def test_resolve_unavailable(text: str, error: type[BuildpackError]) -> None:
    with pytest.raises(error) as caught:
        resolve(requires_python(">=3.10"), version_file(text))
    assert type(caught.value) is error
    if isinstance(caught.value, UnavailablePythonVersionError):
        assert caught.value.source.name == ".python-version"
    assert text in message_for(caught.value).body


FREE_THREADED = inventory_of(
    *VERSIONS,
    *("3.13.9+freethreaded", "3.14.0+freethreaded", "3.14.9+freethreaded"),
    "3.15.0rc1+freethreaded",
)


@pytest.mark.parametrize(
    ("sources", "last_built", "expected"),
    [
        pytest.param((version_file("3.14"),), None, "3.14.9", id="no t"),
        pytest.param((version_file("3.14"),), "3.14t", "3.14.9", id="no t anymore"),
        pytest.param((version_file(">=3.13"),), None, "3.14.9", id="specifiers"),
        pytest.param((), None, "3.14.9", id="nothing"),
        pytest.param((version_file("latest"),), None, "3.14.9", id="latest"),
        pytest.param((version_file("3.14t"),), None, "3.14.9+freethreaded", id="t"),
        pytest.param((version_file("3t"),), None, "3.14.9+freethreaded", id="major"),
        pytest.param((version_file("3t"),), "3.13", "3.13.9+freethreaded", id="X.Y stays"),
        pytest.param(
            (version_file("latest+freethreaded"),), "3.13t", "3.14.9+freethreaded", id="latest free"
        ),
        pytest.param((version_file("3.14.0t"),), None, "3.14.0+freethreaded", id="release"),
        pytest.param(
            (version_file("3.15.0rc1t"),), None, "3.15.0rc1+freethreaded", id="pre-release"
        ),
        pytest.param(
            (version_file("3.14t"), requires_python("<3.14.5")),
            None,
            "3.14.0+freethreaded",
            id="t and specifiers",
        ),
        pytest.param((), "3.13t", "3.13.9+freethreaded", id="last build"),
        pytest.param(
            (requires_python(">=3.10"),), "3.13t", "3.13.9+freethreaded", id="last build and range"
        ),
        pytest.param(
            (requires_python("<3.13"),), "3.13t", "3.12.12", id="last build is no longer allowed"
        ),
    ],
)
def test_resolve_free_threaded(
    sources: tuple[VersionSource, ...], last_built: str | None, expected: str
) -> None:
    resolution = resolve(*sources, inventory=FREE_THREADED, last_built=last_built)
    assert str(resolution.version) == expected


@pytest.mark.parametrize("text", ["3.12t", "3.14.8t", "3.99t"])
def test_resolve_no_such_free_threaded_build(text: str) -> None:
    with pytest.raises(NoFreeThreadedPythonError) as caught:
        resolve(version_file(text), inventory=FREE_THREADED)
    assert {version.local for version in caught.value.available} == {"freethreaded"}
    message = message_for(caught.value)
    assert message.heading == f"Python {text} is not available"
    assert "newest of each: 3.13.9+freethreaded, 3.14.9+freethreaded\n" in message.body
    assert "Write to .python-version, for example: 3.14t" in message.body


@pytest.mark.parametrize(
    ("text", "only", "listed", "suggested_text"),
    [
        ("3.14t", "3.14.9", "3.14.9", "3.14"),
        ("3.14", "3.14.9+freethreaded", "3.14.9+freethreaded", "3.14t"),
        ("3.99", "3.14.9+freethreaded", "3.14.9+freethreaded", "3.14t"),
    ],
)
def test_resolve_in_an_inventory_of_the_other_build(
    text: str, only: str, listed: str, suggested_text: str
) -> None:
    with pytest.raises(UnavailablePythonVersionError) as caught:
        resolve(version_file(text), inventory=inventory_of(only))
    body = message_for(caught.value).body
    assert f"newest of each: {listed}\n" in body
    assert body.endswith(f"Write to .python-version, for example: {suggested_text}")


def test_resolve_free_threaded_builds_alone_are_no_default() -> None:
    inventory = inventory_of("3.14.9+freethreaded")
    with pytest.raises(NoPythonForPlatformError) as caught:
        resolve(inventory=inventory)
    only = "only free-threaded builds: 3.14.9+freethreaded\n"
    assert only in message_for(caught.value).body


def test_resolve_both_builds_contradict_each_other() -> None:
    with pytest.raises(ConflictingPythonVersionsError):
        resolve(setting("3.14t"), version_file("3.14"), inventory=FREE_THREADED)


def test_resolve_conflict() -> None:
    sources = (setting("3.12"), version_file("3.13"), requires_python(">=3.10"))
    with pytest.raises(ConflictingPythonVersionsError) as caught:
        resolve(*sources)
    assert caught.value.sources == sources


def test_resolve_platform_without_releases() -> None:
    with pytest.raises(NoPythonForPlatformError) as caught:
        resolve_python_version((), INVENTORY, "linux", "s390x", None, TODAY)
    assert caught.value.platforms == ("linux/amd64", "linux/arm64")


def test_resolve_prereleases_alone_are_no_default() -> None:
    inventory = inventory_of("3.15.0rc1")
    with pytest.raises(NoPythonForPlatformError) as caught:
        resolve(inventory=inventory)
    assert caught.value.prereleases == (Version("3.15.0rc1"),)
    assert str(resolve(version_file("3.15.0rc1"), inventory=inventory).version) == "3.15.0rc1"


@pytest.mark.parametrize(
    ("today", "reached"),
    [
        pytest.param(date(2026, 5, 3), None, id="181 days before"),
        pytest.param(date(2026, 5, 4), False, id="180 days before"),
        pytest.param(date(2026, 10, 30), False, id="the day before"),
        pytest.param(date(2026, 10, 31), True, id="the day"),
        pytest.param(date(2028, 1, 1), True, id="after"),
    ],
)
def test_resolve_end_of_life(today: date, reached: bool | None) -> None:
    last_day = date(2026, 10, 31)
    inventory = inventory_of("3.10.19", end_of_life={"3.10": last_day})
    expected = () if reached is None else (EndOfLife("3.10", last_day, reached),)
    assert resolve(inventory=inventory, today=today).warnings == expected


@pytest.mark.parametrize("has_file", [True, False])
def test_resolve_runtime_txt_gives_a_notice(tmp_path: Path, has_file: bool) -> None:
    (tmp_path / "runtime.txt").write_text("python-3.12.4\n")
    if has_file:
        (tmp_path / ".python-version").write_text("3.12\n")
    resolution = resolve(*read_version_sources(AppFiles(tmp_path), None, ()))
    assert str(resolution.version) == "3.12.4"
    assert resolution.source.name == "runtime.txt"
    assert resolution.notices == (RuntimeTxtUsed("3.12.4", has_file),)


def test_read_sources_in_order_of_precedence(tmp_path: Path) -> None:
    (tmp_path / "runtime.txt").write_text("python-3.13")
    (tmp_path / ".python-version").write_text("# comment\n3.13\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nrequires-python = ">=3.10"')
    sources = read_version_sources(AppFiles(tmp_path), " 3 ", ())
    assert [(source.name, source.line, source.text) for source in sources] == [
        ("BP_PYTHON_VERSION", None, "3"),
        (".python-version", 2, "3.13"),
        ("pyproject.toml (requires-python)", 3, ">=3.10"),
        ("runtime.txt", 1, "python-3.13"),
    ]


MISE = ToolVersion("mise.toml", 2, "3.12", "python")
ASDF = ToolVersion(".tool-versions", 1, "3.11.14")


@pytest.mark.parametrize(
    ("files", "setting_text", "expected"),
    [
        ({}, None, ["mise.toml (python)", "pyproject.toml (requires-python)"]),
        ({}, "3.12", ["BP_PYTHON_VERSION", "pyproject.toml (requires-python)"]),
        (
            {".python-version": "3.12"},
            None,
            [".python-version", "pyproject.toml (requires-python)"],
        ),
        (
            {"runtime.txt": "python-3.12.x"},
            None,
            ["pyproject.toml (requires-python)", "runtime.txt"],
        ),
    ],
)
def test_read_versions_of_tools(
    tmp_path: Path, files: dict[str, str], setting_text: str | None, expected: list[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nrequires-python='>=3.10'")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    sources = read_version_sources(AppFiles(tmp_path), setting_text, (MISE, ASDF))
    assert [source.name for source in sources] == expected


@pytest.mark.parametrize(
    ("sources", "version", "expected"),
    [
        pytest.param((setting("3.13"),), "3.13.9", [MISE, ASDF], id="both"),
        pytest.param((setting("3.12.4"),), "3.12.4", [ASDF], id="one is what the app gets"),
        pytest.param(
            (parse_requested_version(MISE.file, 2, "3.12", MISE.key),),
            "3.12.4",
            [ASDF],
            id="one counts",
        ),
    ],
)
def test_unused_tool_versions(
    sources: tuple[VersionSource, ...], version: str, expected: list[ToolVersion]
) -> None:
    unused = unused_tool_versions((MISE, ASDF), sources, Version(version))
    assert [each.tool_version for each in unused] == expected
    assert {each.first for each in unused} == {sources[0].name}


def test_unused_tool_versions_that_mean_nothing() -> None:
    system = ToolVersion(".tool-versions", 1, "system")
    sources = (requires_python(">=3.10"), parse_requested_version("runtime.txt", 1, "3.13"))
    unused = unused_tool_versions((system,), sources, Version("3.13.9"))
    assert unused == (UnusedToolVersion(system, "runtime.txt"),)


@pytest.mark.parametrize("text", ["python-3.9.1", "python-3.12.99", "nothing", "", "3.12\n3.13\n"])
def test_runtime_txt_that_contradicts_python_version(tmp_path: Path, text: str) -> None:
    (tmp_path / "runtime.txt").write_text(text)
    (tmp_path / ".python-version").write_text("3.12\n")
    with pytest.raises(OutdatedRuntimeTxtError) as raised:
        resolve(*read_version_sources(AppFiles(tmp_path), None, ()))
    assert raised.value.version_file.text == "3.12"


@pytest.mark.parametrize("bp_python_version", [None, "", "  "])
@pytest.mark.parametrize(
    "pyproject", ["", "[tool.x]\n", "[project]\n", "[project]\nrequires-python=''"]
)
def test_read_no_sources(tmp_path: Path, bp_python_version: str | None, pyproject: str) -> None:
    (tmp_path / "pyproject.toml").write_text(pyproject)
    assert read_version_sources(AppFiles(tmp_path), bp_python_version, ()) == ()


def test_read_invalid_setting(tmp_path: Path) -> None:
    with pytest.raises(InvalidPythonVersionError) as caught:
        read_version_sources(AppFiles(tmp_path), "v3.13", ())
    assert caught.value.file == "BP_PYTHON_VERSION"


def test_read_invalid_toml(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project")
    with pytest.raises(InvalidTomlError):
        read_version_sources(AppFiles(tmp_path), None, ())


def test_read_not_utf8(tmp_path: Path) -> None:
    (tmp_path / ".python-version").write_bytes("3.13\n".encode("utf-16"))
    with pytest.raises(NotUtf8Error):
        read_version_sources(AppFiles(tmp_path), None, ())


SPECIFIERS = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "~=", "==="]),
        st.sampled_from(["2.7", "3", "3.9", "3.10", "3.12.4", "3.13", "3.14.9", "3.15", "4.0a1"]),
        st.sampled_from(["", "", ".*", ".0", "+local", ".post1", "rc1"]),
    ),
    min_size=1,
    max_size=3,
).map(",".join)


@given(SPECIFIERS, SPECIFIERS | st.text(), st.text())
def test_resolve_any_specifiers(wanted: str, required: str, last_built: str) -> None:
    outcome = outcome_of(
        lambda: resolve(
            setting(wanted),
            parse_requires_python(4, required) or setting("3"),
            last_built=last_built,
        )
    )
    if isinstance(outcome, UserMessage):
        assert outcome.body
    else:
        assert setting(wanted).allows(outcome.version)


@given(st.text(), st.binary(), st.binary(), st.binary())
def test_read_any_bytes_in_any_file(
    tmp_path_factory: pytest.TempPathFactory,
    bp_python_version: str,
    version_file_contents: bytes,
    pyproject: bytes,
    runtime_txt: bytes,
) -> None:
    app_dir = tmp_path_factory.mktemp("app")
    (app_dir / ".python-version").write_bytes(version_file_contents)
    (app_dir / "pyproject.toml").write_bytes(pyproject)
    (app_dir / "runtime.txt").write_bytes(runtime_txt)
    for setting_text in (None, bp_python_version):
        outcome = outcome_of(partial(read_version_sources, AppFiles(app_dir), setting_text, ()))
        assert isinstance(outcome, tuple) or outcome.body
