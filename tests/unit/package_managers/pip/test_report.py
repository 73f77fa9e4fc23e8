from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from python_buildpack.environment.resolution import ResolvedDistribution
from python_buildpack.package_managers.pip.report import InvalidReportError, parse_report
from tests.unit.package_managers.pip.reports import COMMIT, FIXTURES, only, report

TINY_SHA256 = "sha256:5d1fcd93f12ec8bc59dfad2f073dad698ae0e8f49788db3275f4bbd3a38338b8"
BUILT_SHA256 = "sha256:23c8910a538efff3944d02091bee13a5d933e3815b8a6ddada22213d5490380d"


def report_of(**item: object) -> str:
    """Return a report of one distribution that has all fields, some of them replaced."""
    whole = {
        "metadata": {"name": "tiny", "version": "1.0"},
        "download_info": {"url": "https://index.example/tiny-1.0.tar.gz", "archive_info": {}},
    }
    return json.dumps({"version": "1", "install": [{**whole, **item}]})


def test_parse_report_of_wheels_and_what_they_require() -> None:
    resolution = report("wheels")
    assert resolution.versions == {"docopt": "0.6.2", "jinja2": "3.1.6", "markupsafe": "3.0.4"}
    jinja2 = resolution.distributions[1]
    assert jinja2 == ResolvedDistribution(
        name=jinja2.name,
        version="3.1.6",
        url=(
            "https://index.example/packages/62/a1/"
            "3d680cbfd5f4b8f15abc1d571870c5fc3e594bb582bc3b64ea099db13e56/"
            "jinja2-3.1.6-py3-none-any.whl"
        ),
        hashes=("sha256:85ece4451f492d0c13c5dd7c13a64681a86afae63a5f347908daf103ce6d2f67",),
        vcs=None,
        commit=None,
        subdirectory="",
        is_editable=False,
        is_requested=True,
        is_direct=False,
    )
    assert [each.is_requested for each in resolution.distributions] == [True, True, False]
    assert resolution.unproven == ()


# Where an index, a directory or a URL gives no hash, pip computes the SHA-256 of what it got.
@pytest.mark.parametrize(
    ("name", "url", "hashes", "is_direct"),
    [
        ("sdist", "https://index.example/built/built-2.0.tar.gz", (BUILT_SHA256,), False),
        (
            "index_without_hashes",
            "https://index.example/tiny/tiny-1.0-py3-none-any.whl",
            (TINY_SHA256,),
            False,
        ),
        (
            "local_find_links",
            "file:///app/links/tiny-1.0-py3-none-any.whl",
            (TINY_SHA256,),
            False,
        ),
        ("local_wheel", "file:///app/links/tiny-1.0-py3-none-any.whl", (TINY_SHA256,), True),
        ("local_sdist", "file:///app/links/built-2.0.tar.gz", (BUILT_SHA256,), True),
        ("url", "https://index.example/built/built-2.0.tar.gz", (BUILT_SHA256,), True),
        (
            "url_md5",
            "https://index.example/built/built-2.0.tar.gz",
            ("md5:663f822ada289af43a6919783f56bc62",),
            True,
        ),
    ],
)
def test_parse_report_of_archives(
    name: str, url: str, hashes: tuple[str, ...], is_direct: bool
) -> None:
    distribution = only(name)
    assert (distribution.url, distribution.hashes) == (url, hashes)
    assert (distribution.vcs, distribution.commit) == (None, None)
    assert distribution.is_direct is is_direct
    # An MD5 can be forged.
    assert distribution.is_proven is (name != "url_md5")


@pytest.mark.parametrize("name", ["vcs_commit", "vcs_branch"])
def test_parse_report_of_a_repository(name: str) -> None:
    distribution = only(name)
    assert (distribution.vcs, distribution.commit) == ("git", COMMIT)
    assert (distribution.url, distribution.subdirectory) == ("file:///app/src/built-2.0", "")
    assert distribution.hashes == ()
    assert distribution.is_proven


def test_parse_report_of_a_directory_in_a_repository() -> None:
    distribution = only("vcs_subdirectory")
    assert (distribution.url, distribution.subdirectory) == ("file:///app/mono", "sub")
    assert distribution.is_proven


@pytest.mark.parametrize(
    ("name", "url", "is_editable"),
    [
        ("local_directory", "file:///app/src/built-2.0", False),
        ("editable", "file:///app/src/built-2.0", True),
        # pip doesn't tell the commit, but where it has cloned the repository to.
        ("editable_vcs", "file:///app/env/src/built", True),
    ],
)
def test_parse_report_of_directories_proves_nothing(name: str, url: str, is_editable: bool) -> None:
    resolution = report(name)
    (distribution,) = resolution.distributions
    assert (distribution.url, distribution.is_editable) == (url, is_editable)
    assert not distribution.is_proven
    assert resolution.unproven == ("built",)


def test_parse_report_keeps_no_credentials() -> None:
    text = (FIXTURES / "url.json").read_text(encoding="utf-8")
    assert "user:pa55word@" in text
    assert "token=pa55word" in text
    assert "pa55word" not in repr(parse_report(text))


def test_parse_report_of_an_experimental_format() -> None:
    with pytest.raises(InvalidReportError) as caught:
        report("pip_223_local_wheel")
    assert caught.value.problem == "it isn't a report of format 1"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("null", "it isn't a report of format 1"),
        ("[]", "it isn't a report of format 1"),
        ('{"version": "2", "install": []}', "it isn't a report of format 1"),
        ('{"version": 1, "install": []}', "it isn't a report of format 1"),
        ('{"version": "1", "install": {}}', "it isn't a report of format 1"),
        ('{"version": "1", "install": [1]}', "install[0] is not an object"),
        (report_of(metadata=1), "install[0].metadata is not an object"),
        (report_of(metadata={"version": "1"}), "install[0].metadata.name is not a string"),
        (report_of(metadata={"name": "a"}), "install[0].metadata.version is not a string"),
        (report_of(download_info=None), "install[0].download_info is not an object"),
        (report_of(download_info={}), "install[0].download_info is not a direct URL"),
        (
            report_of(download_info={"url": "https://[index.example/", "archive_info": {}}),
            "install[0].download_info is not a direct URL",
        ),
        (
            report_of(download_info={"url": "https://index.example/tiny-1.0.tar.gz"}),
            "install[0].download_info is not a direct URL",
        ),
        (
            report_of(download_info={"url": "", "archive_info": []}),
            "install[0].download_info is not a direct URL",
        ),
        (
            report_of(download_info={"url": "", "archive_info": {"hashes": ""}}),
            "install[0].download_info is not a direct URL",
        ),
        (
            report_of(download_info={"url": "", "vcs_info": ""}),
            "install[0].download_info is not a direct URL",
        ),
        (
            report_of(download_info={"url": "", "dir_info": ""}),
            "install[0].download_info is not a direct URL",
        ),
    ],
)
def test_parse_report_of_another_form(text: str, problem: str) -> None:
    with pytest.raises(InvalidReportError) as caught:
        parse_report(text)
    assert caught.value.problem == problem


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=8,
)
_URLS = st.text() | st.sampled_from(["https://[", "https://a]/b", "//[v1.x]", "file:///a b"])


def _tables(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.fixed_dictionaries({}, optional={name: _JSON | it for name, it in fields.items()})


_ITEMS = _tables(
    metadata=_tables(name=st.text(), version=st.text()),
    download_info=_tables(
        url=_URLS,
        vcs_info=_tables(vcs=st.text(), commit_id=st.text()),
        archive_info=_tables(hashes=st.dictionaries(st.text(), _JSON), hash=st.text()),
        dir_info=_tables(editable=st.booleans()),
        subdirectory=st.text(),
    ),
    requested=st.booleans(),
    is_direct=st.booleans(),
)
_REPORTS = st.fixed_dictionaries({"version": st.just("1"), "install": st.lists(_ITEMS)})


@given(_JSON | _REPORTS)
@settings(deadline=None)
def test_parse_report_of_any_json(value: object) -> None:
    try:
        resolution = parse_report(json.dumps(value))
    except InvalidReportError as error:
        assert error.problem  # noqa: PT017
    else:
        assert len(resolution.digest()) == 64


@given(st.text())
@settings(deadline=None)
def test_parse_report_of_any_text(text: str) -> None:
    with pytest.raises(InvalidReportError):
        parse_report(text)
