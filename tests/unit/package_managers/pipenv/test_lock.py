from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from python_buildpack.app import pip_configuration
from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import parse_settings
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.package_managers.lock.dependencies import LockDependencies
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    OutdatedLockError,
    UnknownNamesError,
    UnsupportedLockVersionError,
)
from python_buildpack.package_managers.pipenv import lock as pipenv
from python_buildpack.package_managers.pipenv.manager import PIPENV
from python_buildpack.package_managers.protocol import App
from python_buildpack.system.text_file import InvalidTomlError
from tests.unit.package_managers.pipenv.pipenv_locks import (
    COMMIT,
    PIPFILE_HASH,
    SOURCE,
    A,
    B,
    lock_of,
)

PYTHON = "3.13.1"
PIPFILE = """\
[[source]]
url = "https://index.example/simple"
verify_ssl = true
name = "pypi"

[packages]
flask = {version = "*", extras = ["async"]}

[dev-packages]
pytest = "*"

[docs]
colorama = "*"

[requires]
python_version = "3.13"

[scripts]
hello = "echo"

[pipenv]
allow_prereleases = false
"""


@pytest.fixture(autouse=True)
def no_system_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own configuration of pip is none of the tests'."""
    monkeypatch.setattr(pip_configuration, "_SYSTEM_FILES", ())


def read(app_dir: Path, lock: str | bytes, environment: dict[str, str] | None = None) -> str:
    return read_all(app_dir, lock, environment).requirements(PYTHON)


def read_all(
    app_dir: Path, lock: str | bytes, environment: dict[str, str] | None = None
) -> LockDependencies:
    contents = lock.encode() if isinstance(lock, str) else lock
    (app_dir / "Pipfile.lock").write_bytes(contents)
    environment = environment or {}
    app = App(AppFiles(app_dir), parse_settings(environment), environment, PIPENV)
    return pipenv.read(app)


def lines_of(app_dir: Path, name: str, entry: dict[str, Any]) -> list[str]:
    return read(app_dir, lock_of({name: entry}, sources=[])).splitlines()


def test_read_makes_hashed_requirements_of_the_default_category(tmp_path: Path) -> None:
    default = {
        "flask": {"extras": ["async"], "hashes": [B, A], "version": "==3.1.0"},
        "tomli": {"hashes": [A], "markers": "python_version < '3.11'", "version": "==2.0"},
    }
    requirements = read_all(tmp_path, lock_of(default, docs={"colorama": {"version": "==1"}}))
    flask = f"--index-url https://index.example/simple\nflask==3.1.0 --hash={A} --hash={B}\n"
    assert requirements.requirements(PYTHON) == flask
    assert requirements.requirements("3.10.1") == f"{flask}tomli==2.0 --hash={A}\n"
    assert requirements.manager is PIPENV
    assert requirements.display_name == "Pipfile.lock"
    assert requirements.pinning(Resolution(()), PYTHON, {}) is Pinning.LOCKED


def test_read_of_an_empty_lock(tmp_path: Path) -> None:
    requirements = read_all(tmp_path, lock_of())
    assert requirements.is_empty
    assert requirements.requirements(PYTHON) == ""


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"version": "*", "markers": "os_name == 'posix'"}, "name"),
        ({"git": "https://git.example/x", "ref": COMMIT}, f"@ git+https://git.example/x@{COMMIT}"),
        (
            {"git": "git@git.example:team/x.git", "ref": COMMIT, "subdirectory": "sub"},
            f"name @ git+ssh://git@git.example/team/x.git@{COMMIT}#subdirectory=sub",
        ),
        (
            {"git": "https://git.example/x", "ref": COMMIT, "editable": True, "extras": ["y"]},
            f"name @ git+https://git.example/x@{COMMIT}",
        ),
        ({"path": "sub", "extras": ["y"]}, "name @ {app}/sub"),
        ({"path": "./sub", "editable": True}, "--editable {app}/sub"),
        ({"path": ".", "editable": True}, "--editable {app}"),
        ({"path": "a b"}, "name @ {app}/a%20b"),
        ({"path": "./x-1-py3-none-any.whl"}, "name @ {app}/x-1-py3-none-any.whl"),
        (
            {"git": "https://u:${TOKEN}@git.example/x", "ref": COMMIT},
            "name @ git+https://u:${TOKEN}@git.example/x@" + COMMIT,
        ),
        (
            {"path": "./sub", "editable": True, "markers": "os_name == 'posix'"},
            "--editable {app}/sub",
        ),
        (
            {"file": "https://files.example/x-1.tar.gz", "hashes": [A]},
            f"name @ https://files.example/x-1.tar.gz --hash={A}",
        ),
    ],
)
def test_read_of_one_entry(tmp_path: Path, entry: dict[str, Any], line: str) -> None:
    lines = lines_of(tmp_path, "name", entry)
    assert len(lines) == 1
    assert lines[0].endswith(line.replace("{app}", tmp_path.as_uri()))


def test_read_of_an_entry_of_an_old_lock(tmp_path: Path) -> None:
    assert read(tmp_path, lock_of({"tiny": "==1.0"}, sources=[])) == "tiny==1.0\n"


def test_read_where_not_all_can_be_hashed(tmp_path: Path) -> None:
    default = {
        "tiny": {"version": "==1.0", "hashes": [A]},
        "sub": {"path": "./sub", "editable": True},
    }
    lock = lock_of(default, sources=[])
    requirements = read_all(tmp_path, lock)
    editable = f"--editable {tmp_path.as_uri()}/sub"
    assert requirements.requirements(PYTHON) == (
        f"--no-require-hashes\ntiny==1.0 --hash={A}\n{editable}\n"
    )
    assert requirements.pinning(Resolution(()), PYTHON, {}) is Pinning.UNPROVEN
    (tmp_path / "sub").mkdir()
    assert read_all(tmp_path, lock).pinning(Resolution(()), PYTHON, {}) is Pinning.LOCKED


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        ("", ["a"]),
        ("docs", ["a", "c"]),
        ("dev", ["a", "b"]),
        ("develop", ["a", "b"]),
        ("dev-packages,docs", ["a", "b", "c"]),
    ],
)
def test_read_of_groups(tmp_path: Path, groups: str, names: list[str]) -> None:
    entries = {name: {"version": "==1"} for name in "abc"}
    lock = lock_of(
        {"a": entries["a"]},
        sources=[],
        develop={"b": entries["b"], "a": entries["a"]},
        docs={"c": entries["c"]},
    )
    text = read(tmp_path, lock, {"BP_GROUPS": groups})
    assert text == "".join(f"{name}==1\n" for name in names)


@pytest.mark.parametrize(
    ("setting", "known"),
    [("BP_GROUPS", ("dev", "dev-packages", "develop", "docs")), ("BP_EXTRAS", ())],
)
def test_read_of_unknown_names(tmp_path: Path, setting: str, known: tuple[str, ...]) -> None:
    with pytest.raises(UnknownNamesError) as raised:
        read(tmp_path, lock_of(docs={}), {setting: "other"})
    assert raised.value.unknown == ("other",)
    assert raised.value.known == known


@pytest.mark.parametrize(
    "environment",
    [{"PIP_INDEX_URL": "https://mirror.example/simple"}, {"PIP_CONFIG_FILE": "/x/pip.conf"}],
)
def test_read_leaves_the_default_index_to_settings_of_pip(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    other = {"name": "other", "url": "https://u:${TOKEN}@other.example/x", "verify_ssl": False}
    lock = lock_of({"tiny": {"version": "==1.0"}}, sources=[SOURCE, other])
    assert read(tmp_path, lock, environment) == (
        "--extra-index-url https://u:${TOKEN}@other.example/x\n"
        "--trusted-host other.example\n"
        "tiny==1.0\n"
    )


def test_read_of_a_named_index_whatever_the_settings_of_pip(tmp_path: Path) -> None:
    lock = lock_of({"tiny": {"version": "==1.0"}}, sources=[{**SOURCE, "name": "private"}])
    text = read(tmp_path, lock, {"PIP_INDEX_URL": "https://mirror.example/simple"})
    assert text == "--index-url https://index.example/simple\ntiny==1.0\n"


def test_read_of_a_lock_of_a_pipfile_without_sources(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text(PIPFILE[PIPFILE.index("[packages]") :])
    assert read(tmp_path, lock_of()) == ""


def test_read_of_a_pipfile_that_is_nested_too_deeply(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text(f"[deep]\n{'a.' * 100_000}a = 1\n")
    with pytest.raises(InvalidTomlError):
        read(tmp_path, lock_of())


def test_read_of_a_lock_of_the_same_pipfile(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text("# why\n" + PIPFILE.replace("echo", "true"))
    assert read(tmp_path, lock_of()) == ""


# As Pipenv's plette computes it for the name as written, and Pipenv 2026.10.3 for "flask".
@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("Flask_Login", "4e4e448af9eae7b28253921dfd26838013696337835da188f94d0f99c3bf6cd6"),
        ("Flask", PIPFILE_HASH),
    ],
)
def test_read_of_a_lock_of_names_in_other_forms(tmp_path: Path, name: str, digest: str) -> None:
    (tmp_path / "Pipfile").write_text(PIPFILE.replace("flask", name))
    assert read(tmp_path, lock_of().replace(PIPFILE_HASH, digest)) == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("flask", "django"),
        ("pytest", "nose"),
        ("colorama", "rich"),
        ("3.13", "3.14"),
        ("index.example", "other.example"),
    ],
)
def test_read_of_a_lock_of_another_pipfile(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / "Pipfile").write_text(PIPFILE.replace(before, after))
    with pytest.raises(OutdatedLockError) as raised:
        read(tmp_path, lock_of())
    error = raised.value
    assert (error.lock, error.declared_in) == ("Pipfile.lock", "Pipfile")
    assert error.command == "pipenv lock"


@pytest.mark.parametrize(
    ("requires", "rule"),
    [
        ({}, None),
        ({"python_version": "3.13"}, ("Pipfile.lock (python_version)", "3.13", "==3.13.*")),
        (
            {"python_version": "3.13", "python_full_version": "3.13.2"},
            ("Pipfile.lock (python_full_version)", "3.13.2", "==3.13.2"),
        ),
    ],
)
def test_read_the_python_that_is_asked_for(
    tmp_path: Path, requires: dict[str, str], rule: tuple[str, str, str] | None
) -> None:
    lock = json.loads(lock_of())
    lock["_meta"]["requires"] = requires
    (tmp_path / "Pipfile.lock").write_text(json.dumps(lock))
    sources = pipenv.read(App(AppFiles(tmp_path), parse_settings({}), {}, PIPENV)).version_sources
    found = [(each.name, each.text, str(each.specifiers)) for each in sources]
    assert found == ([rule] if rule else [])


def test_read_the_python_that_the_pipfile_asks_for(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text(PIPFILE)
    lock = json.loads(lock_of())
    lock["_meta"]["requires"] = {"python_version": "3.13"}
    (source,) = read_all(tmp_path, json.dumps(lock)).version_sources
    assert (source.name, source.text) == ("Pipfile (python_version)", "3.13")
    assert source.line is not None


@pytest.mark.parametrize(
    "lock",
    [
        "",
        "null",
        "[]",
        "{}",
        lock_of()[:-20],
        "[" * 100_000,
        '{"_meta": ' + "1" * 5000 + "}",
        lock_of(default=["a"]),
        lock_of(sources=[]).replace("6", '"6"', 1).replace(PIPFILE_HASH, ""),
        lock_of({"tiny": {"version": 1}}),
        lock_of({"tiny": {"version": "==1.0\n--index-url https://evil.example"}}),
        lock_of({"tiny": {"version": "@ https://evil.example/x.whl"}}),
        lock_of({"tiny": {"version": "==1.0", "hashes": ["md5:0"]}}),
        lock_of({"tiny": {"version": "==1.0", "hashes": [""]}}),
        lock_of(
            {"tiny": {"version": "==1.0", "hashes": [f"sha256:{i:064x}" for i in range(1001)]}}
        ),
        lock_of({"tiny": {"version": ",".join(f"!={i}" for i in range(100_000))}}),
        lock_of({"tiny": {"version": "==1.0", "markers": "nothing"}}),
        lock_of({"tiny": {"version": "==1.0", "markers": "(" * 100_000}}),
        lock_of({"ti ny": {"version": "==1.0"}}),
        lock_of({"\ud800": {"version": "==1.0"}}),
        lock_of({"tiny": {"path": "a\n--index-url https://evil.example"}}),
        lock_of({"tiny": {"version": "==1.0"}}, sources=["a"]),
        lock_of({"tiny": {"version": "==1.0"}}, sources=[{"name": "a"}]),
        lock_of({"tiny": {"git": "nowhere"}}),
    ],
)
def test_read_of_an_invalid_lock(tmp_path: Path, lock: str) -> None:
    with pytest.raises(InvalidLockError) as raised:
        read(tmp_path, lock)
    assert raised.value.command == "pipenv lock"


def test_read_of_a_lock_of_another_version(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedLockVersionError) as raised:
        read(tmp_path, lock_of().replace(": 6,", ": 7,"))
    assert (raised.value.version, raised.value.supported) == ("7", "6")
