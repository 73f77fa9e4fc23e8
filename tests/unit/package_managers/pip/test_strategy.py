from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.environment.resolution import Pinning, Resolution, ResolvedDistribution
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pip.requirements_tree import (
    MissingRequirementsFileError,
)
from python_buildpack.package_managers.pip.strategy import (
    pinning,
    read_pip_requirements,
    unpinned,
)
from python_buildpack.package_managers.protocol import App

PYTHON = "3.12.1"
COMMIT = "c" * 40
SHA256 = "a" * 64
OTHER_SHA256 = "b" * 64
URL = "https://files.example/tiny-1.0.tar.gz"


def distribution(name: str = "tiny", version: str = "1.0") -> ResolvedDistribution:
    return ResolvedDistribution(
        name=canonicalize_name(name),
        version=version,
        url=f"https://index.example/{name}-{version}.tar.gz",
        hashes=(f"sha256:{SHA256}",),
        vcs=None,
        commit=None,
        subdirectory="",
        is_editable=False,
        is_requested=True,
        is_direct=False,
    )


TINY = distribution()
REPOSITORY = replace(TINY, hashes=(), vcs="git", commit=COMMIT, is_direct=True)
DIRECTORY = replace(TINY, url="file:///app/tiny", hashes=(), is_direct=True)


def judged(
    app_dir: Path, text: str, *installed: ResolvedDistribution, **files: str
) -> tuple[Pinning, list[str]]:
    """Return the kind, and what isn't pinned, of an app whose requirements.txt is ``text``."""
    for name, contents in {"requirements": text, **files}.items():
        (app_dir / f"{name}.txt").write_text(contents)
    closure = read_pip_requirements(
        App(AppFiles(app_dir), Settings(), {}, PIP), ("requirements.txt",)
    ).closure
    resolution = Resolution(installed)
    names = [str(name) for name in unpinned(resolution, closure, PYTHON)]
    return pinning(resolution, closure, PYTHON), names


@pytest.mark.parametrize(
    ("text", "installed"),
    [
        pytest.param("tiny==1.0", TINY, id="version"),
        pytest.param("tiny==1", TINY, id="version with fewer parts"),
        pytest.param("TINY == 1.0", TINY, id="another spelling"),
        pytest.param("tiny===1.0", TINY, id="arbitrary equality"),
        pytest.param("tiny===1.0-rev7", distribution(version="1.0-rev7"), id="arbitrary version"),
        pytest.param("tiny[fast]==1.0", TINY, id="extras"),
        pytest.param("tiny>=0.9,==1.0", TINY, id="with a range"),
        pytest.param("tiny>=0.9\ntiny==1.0", TINY, id="range in another line"),
        pytest.param("tiny==1.0rc1", distribution(version="1.0rc1"), id="pre-release"),
        pytest.param(f"tiny==1.0 --hash=sha256:{SHA256}", TINY, id="hash"),
        pytest.param("tiny==1.0+cpu", distribution(version="1.0+cpu"), id="local version"),
        # As for other files of one version: which of them the index has isn't asked.
        pytest.param("tiny==1.0", distribution(version="1.0+cpu"), id="local version left open"),
        pytest.param(f"tiny @ {URL}#sha256={SHA256}", TINY, id="URL with a hash"),
        pytest.param(f"{URL}#sha256={SHA256}&egg=tiny", TINY, id="URL alone with a hash"),
        pytest.param(f"tiny @ {URL} --hash=sha256:{SHA256}", TINY, id="URL with a hash option"),
        pytest.param(f"tiny @ git+https://g.example/t@{COMMIT}", REPOSITORY, id="commit"),
        pytest.param("tiny==1.0 ; python_version >= '3.12'", TINY, id="marker that holds"),
        pytest.param("tiny==1.0 ; python_full_version == '3.12.1'", TINY, id="marker of the patch"),
        pytest.param(
            "tiny==0.9 ; python_version < '3.12'\ntiny==1.0 ; python_version >= '3.12'",
            TINY,
            id="one of several",
        ),
        pytest.param("tiny==1.0 ; sys_platform == 'linux'", TINY, id="marker of the platform"),
    ],
)
def test_kind_of_locked(tmp_path: Path, text: str, installed: ResolvedDistribution) -> None:
    assert judged(tmp_path, text, installed) == (Pinning.LOCKED, [])


@pytest.mark.parametrize(
    ("text", "installed"),
    [
        pytest.param("tiny", TINY, id="name only"),
        pytest.param("tiny>=1.0", TINY, id="minimum"),
        pytest.param("tiny~=1.0", TINY, id="compatible"),
        pytest.param("tiny<=1.0,>=1.0", TINY, id="range of one version"),
        pytest.param("tiny==1.*", TINY, id="wildcard"),
        pytest.param("tiny==1.1", TINY, id="another version"),
        pytest.param("tiny===1", TINY, id="another spelling of the version"),
        pytest.param(
            "tiny==1.0+cpu", distribution(version="1.0+cu126"), id="another local version"
        ),
        pytest.param("tiny==1.0", distribution(version="1.0-rev7"), id="arbitrary version"),
        pytest.param(f"tiny @ {URL}", TINY, id="URL"),
        pytest.param(f"tiny @ {URL}#sha256={OTHER_SHA256}", TINY, id="another hash"),
        pytest.param(f"tiny @ {URL}#md5={'0' * 32}", TINY, id="weak hash"),
        pytest.param("tiny==1.0 ; python_version < '3.12'", TINY, id="marker"),
        pytest.param("tiny==1.0 ; sys_platform == 'win32'", TINY, id="marker of the platform"),
        pytest.param("tiny==1.0 ; extra == 'fast'", TINY, id="marker of an extra"),
        pytest.param("tiny==1.0 ; python_version < '3'\ntiny", TINY, id="marker beside a name"),
        pytest.param(
            f"tiny @ {URL}#sha256={SHA256} ; python_version < '3'\ntiny @ {URL}",
            TINY,
            id="marker of a URL",
        ),
    ],
)
def test_kind_of_resolved(tmp_path: Path, text: str, installed: ResolvedDistribution) -> None:
    assert judged(tmp_path, text, installed) == (Pinning.RESOLVED, ["tiny"])


def test_kind_of_another_commit(tmp_path: Path) -> None:
    text = f"tiny @ git+https://git.example/tiny@{'d' * 40}"
    assert judged(tmp_path, text, REPOSITORY) == (Pinning.RESOLVED, ["tiny"])


def test_kind_of_a_branch(tmp_path: Path) -> None:
    text = "tiny @ git+https://git.example/tiny@main"
    assert judged(tmp_path, text, REPOSITORY) == (Pinning.RESOLVED, ["tiny"])


def test_kind_of_transitive_distributions(tmp_path: Path) -> None:
    installed = (distribution("base"), TINY)
    assert judged(tmp_path, "tiny==1.0", *installed) == (Pinning.RESOLVED, ["base"])
    pinned = "tiny==1.0\nbase==1.0"
    assert judged(tmp_path, pinned, *installed) == (Pinning.LOCKED, [])


def test_kind_of_constraints(tmp_path: Path) -> None:
    installed = (distribution("base"), TINY)
    text, pins = "tiny\n-c pins.txt\n", "tiny==1.0\nbase==1.0\n"
    assert judged(tmp_path, text, *installed, pins=pins) == (Pinning.LOCKED, [])
    assert judged(tmp_path, text, *installed, pins="tiny==1.0\nbase>=1.0\n") == (
        Pinning.RESOLVED,
        ["base"],
    )


@pytest.mark.parametrize(
    "line",
    [
        "--find-links ./wheels",
        "--index-url file:///srv/index",
        "./wheels/other-1.0-py3-none-any.whl ; python_version < '3'",
        "-r https://files.example/more.txt",
    ],
)
def test_kind_of_what_the_files_do_not_determine(tmp_path: Path, line: str) -> None:
    assert judged(tmp_path, f"{line}\ntiny==1.0\n", TINY) == (Pinning.RESOLVED, [])


def test_kind_of_local_wheel(tmp_path: Path) -> None:
    # pip's report has its hash, so that asking pip tells whether it has changed.
    text = "./tiny-1.0-py3-none-any.whl"
    assert judged(tmp_path, text, replace(TINY, is_direct=True)) == (Pinning.RESOLVED, ["tiny"])


@pytest.mark.parametrize(
    ("text", "installed"),
    [
        ("./tiny\ntiny==1.0", DIRECTORY),
        ("-e ./tiny", replace(DIRECTORY, is_editable=True)),
        (f"-e git+https://g.example/t@{COMMIT}#egg=tiny", replace(REPOSITORY, is_editable=True)),
    ],
)
def test_kind_of_directories(tmp_path: Path, text: str, installed: ResolvedDistribution) -> None:
    assert judged(tmp_path, text, installed)[0] is Pinning.UNPROVEN


def test_kind_of_nothing(tmp_path: Path) -> None:
    assert judged(tmp_path, "") == (Pinning.LOCKED, [])


@pytest.mark.parametrize("marker", ["platform_version >= 'x'", "platform_release == '1'"])
def test_kind_of_marker_that_cannot_be_judged(tmp_path: Path, marker: str) -> None:
    assert judged(tmp_path, f"tiny==1.0 ; {marker}", TINY) == (Pinning.RESOLVED, ["tiny"])


def test_read_pip_requirements(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("tiny\n")
    (tmp_path / "b.txt").write_text("-r a.txt\n")
    requirements = read_pip_requirements(
        App(AppFiles(tmp_path), Settings(), {}, PIP), ("b.txt", "a.txt")
    )
    assert requirements.display_name == "b.txt, a.txt"
    asked = requirements.pip_input.arguments(tmp_path)
    assert [*asked] == ["--requirement", "b.txt", "--requirement", "a.txt"]
    assert not requirements.closure.is_empty


def test_read_pip_requirements_of_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingRequirementsFileError):
        read_pip_requirements(App(AppFiles(tmp_path), Settings(), {}, PIP), ("requirements.txt",))


def advice(app_dir: Path, text: str, *installed: ResolvedDistribution) -> str | None:
    (app_dir / "requirements.txt").write_text(text)
    requirements = read_pip_requirements(
        App(AppFiles(app_dir), Settings(), {}, PIP), ("requirements.txt",)
    )
    return requirements.advice(Resolution(installed), PYTHON)


def test_advice_names_what_no_line_pins(tmp_path: Path) -> None:
    assert advice(tmp_path, "tiny", TINY) == (
        "Not pinned: tiny. Pin everything (pip freeze), and rebuilds skip resolving."
    )


@pytest.mark.parametrize(
    ("line", "installed"),
    [
        ("./tiny", DIRECTORY),
        ("-e ./tiny", replace(DIRECTORY, is_editable=True)),
        ("tiny @ file:tiny-1.0.whl", replace(DIRECTORY, url="file:///app/tiny-1.0.whl")),
    ],
)
def test_advice_says_nothing_of_what_the_app_itself_has(
    tmp_path: Path, line: str, installed: ResolvedDistribution
) -> None:
    assert advice(tmp_path, line, installed) is None


def test_advice_counts_what_is_chosen_from_a_directory_of_wheels(tmp_path: Path) -> None:
    chosen = replace(DIRECTORY, is_direct=False)
    assert advice(tmp_path, "tiny", chosen) is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("Tiny\n", {"tiny": ""}),
        ("tiny==1.0\nother>=2\n", {"tiny": "1.0", "other": ""}),
        ("-c constraints.txt\ntiny\n", {"tiny": "2.0"}),
        ("-r constraints.txt\n", {"tiny": "2.0", "unused": "1"}),
        ("tiny==1; python_version < '3.12'\ntiny==2; python_version >= '3.12'\n", {"tiny": "2"}),
        ("tiny; sys_platform == 'win32'\n", {}),
        (f"tiny @ git+https://git.example/tiny@{COMMIT}\n", {"tiny": ""}),
        (f"{URL}#egg=tiny\n", {"tiny": ""}),
        ("https://files.example/tiny-1.0-py3-none-any.whl\n", {"tiny": ""}),
        ("./local\n-e .\n", {}),
    ],
)
def test_expected(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    (tmp_path / "constraints.txt").write_text("tiny==2.0\nunused==1\n")
    app = App(AppFiles(tmp_path), Settings(), {}, PIP)
    found = read_pip_requirements(app, ("requirements.txt",))
    assert found.expected(PYTHON) == expected
    assert not found.lists_all
