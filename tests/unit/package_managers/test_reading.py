from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import parse_settings
from python_buildpack.app.submodules import MissingSubmodulesError

# Imported for what they register.
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.choice import FoundManager
from python_buildpack.package_managers.lock.managers import PYLOCK
from python_buildpack.package_managers.manager import Manager
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pip.strategy import PipRequirements
from python_buildpack.package_managers.pipenv.manager import PIPENV
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.project.managers import PYPROJECT, SETUPTOOLS
from python_buildpack.package_managers.protocol import Dependencies, Unhashed
from python_buildpack.package_managers.reading import HashesRequiredError, read_dependencies
from python_buildpack.package_managers.uv.manager import UV
from tests.unit.package_managers.uv.uv_locks import LOCK

SHA256 = "a" * 64
COMMIT = "b" * 40
HASH = f"--hash=sha256:{SHA256}"
GIT = "git+https://git.example/tool.git"
WHEEL = "https://index.example/tool-1.0-py3-none-any.whl"


def read(
    app_dir: Path, manager: Manager, files: dict[str, str], *, value: str = "true"
) -> Dependencies:
    for name, text in files.items():
        (app_dir / name).write_text(text)
    settings = parse_settings({"BP_REQUIRE_HASHES": value})
    return read_dependencies(
        AppFiles(app_dir), FoundManager(manager, next(iter(files))), settings, {}
    )


def unhashed(app_dir: Path, manager: Manager, files: dict[str, str]) -> tuple[Unhashed, ...]:
    with pytest.raises(HashesRequiredError) as raised:
        read(app_dir, manager, files)
    return raised.value.unhashed


@pytest.mark.parametrize(
    "text",
    [
        f"flask==3.0 {HASH}\n",
        f"flask==3.0 \\\n    {HASH}\n# a comment\n--index-url https://index.example/simple\n",
        f"tool @ {WHEEL}#sha256={SHA256}\n",
        f"{WHEEL}#sha256={SHA256}\n",
    ],
)
def test_requirements_with_hashes(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, PIP, {"requirements.txt": text})
    assert isinstance(found, PipRequirements)
    assert found.more == ("--require-hashes",)


@pytest.mark.parametrize(
    "line",
    [
        "flask==3.0",
        f"tool @ {GIT}@{COMMIT}",
        f"tool @ {WHEEL}",
        f"tool @ {WHEEL}#md5={'c' * 32}",
        "-e .",
        "./local",
        "-r https://index.example/requirements.txt",
    ],
)
def test_requirements_without_hash(tmp_path: Path, line: str) -> None:
    files = {"requirements.txt": f"flask==3.0 {HASH}\n\n{line}\n"}
    assert unhashed(tmp_path, PIP, files) == (Unhashed("requirements.txt", 3, line),)


def test_requirements_without_hash_in_an_included_file(tmp_path: Path) -> None:
    files = {"requirements.txt": "-r base.txt\n-c limits.txt\n", "base.txt": "flask==3.0\n"}
    (tmp_path / "limits.txt").write_text("jinja2<4\n")
    assert unhashed(tmp_path, PIP, files) == (Unhashed("base.txt", 1, "flask==3.0"),)


def test_requirements_without_hash_are_fine_where_none_is_required(tmp_path: Path) -> None:
    found = read(tmp_path, PIP, {"requirements.txt": "flask==3.0\n"}, value="false")
    assert isinstance(found, PipRequirements)
    assert found.more == ()


def test_requirements_that_are_empty(tmp_path: Path) -> None:
    assert read(tmp_path, PIP, {"requirements.txt": "# none\n"}).is_empty


UV_HEAD = 'version = 1\n[[package]]\nname = "app"\nversion = "0"\nsource = { virtual = "." }\n'
UV_REGISTRY = '[[package]]\nname = "tiny"\nversion = "1.0"\nsource = { registry = "x" }\n'
UV_GIT = (
    '[[package]]\nname = "tool"\nversion = "1.0"\nsource = { git = "https://g.example/a#%s" }\n'
)


def test_uv_lock_with_hashes(tmp_path: Path) -> None:
    wheels = f'wheels = [{{ url = "{WHEEL}", hash = "sha256:{SHA256}" }}]\n'
    lock = UV_HEAD + UV_REGISTRY + wheels + UV_GIT % COMMIT
    found = read(tmp_path, UV, {"uv.lock": lock})
    assert found.manager is UV


def test_uv_lock_without_hash(tmp_path: Path) -> None:
    wheels = f'wheels = [{{ url = "{WHEEL}" }}]\n'
    lock = UV_HEAD + UV_REGISTRY + wheels + UV_GIT % COMMIT[:7]
    assert unhashed(tmp_path, UV, {"uv.lock": lock}) == (
        Unhashed("uv.lock", None, "tiny 1.0"),
        Unhashed("uv.lock", None, "tool 1.0"),
    )


POETRY_LOCK = """\
[[package]]
name = "tiny"
version = "1.0"
files = [{0}]

[[package]]
name = "tool"
version = "1.0"
files = []
[package.source]
type = "git"
url = "https://git.example/tool.git"
resolved_reference = "{1}"

[metadata]
lock-version = "2.1"
"""


def test_poetry_lock_with_hashes(tmp_path: Path) -> None:
    file = f'{{file = "tiny-1.0.tar.gz", hash = "sha256:{SHA256}"}}'
    found = read(tmp_path, POETRY, {"poetry.lock": POETRY_LOCK.format(file, COMMIT)})
    assert found.manager is POETRY


def test_poetry_lock_without_hash(tmp_path: Path) -> None:
    assert unhashed(tmp_path, POETRY, {"poetry.lock": POETRY_LOCK.format("", "main")}) == (
        Unhashed("poetry.lock", None, "tiny 1.0"),
        Unhashed("poetry.lock", None, "tool 1.0"),
    )


def test_pylock_of_a_repository(tmp_path: Path) -> None:
    lock = (
        'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "tool"\n'
        'vcs = { type = "git", url = "https://git.example/a", commit-id = "%s" }\n'
    )
    assert read(tmp_path, PYLOCK, {"pylock.toml": lock % COMMIT}).manager is PYLOCK
    found = unhashed(tmp_path, PYLOCK, {"pylock.toml": lock % "main"})
    assert found == (Unhashed("pylock.toml", None, "tool"),)


PIPFILE_LOCK = """\
{"_meta": {"pipfile-spec": 6, "requires": {}, "sources": []}, "default": {
  "local": {"editable": true, "path": "."},
  "tool": {"git": "https://git.example/tool.git", "ref": "REF"},
  "tiny": {"version": "==1.0" HASHES}
}, "develop": {}}
"""


def test_pipfile_lock_with_hashes(tmp_path: Path) -> None:
    text = PIPFILE_LOCK.replace("REF", COMMIT).replace("HASHES", f', "hashes": ["sha256:{SHA256}"]')
    assert read(tmp_path, PIPENV, {"Pipfile.lock": text}).manager is PIPENV


def test_pipfile_lock_without_hash(tmp_path: Path) -> None:
    text = PIPFILE_LOCK.replace("REF", "main").replace("HASHES", "")
    found = unhashed(tmp_path, PIPENV, {"Pipfile.lock": text})
    assert [each.text for each in found] == ["tool", "tiny 1.0"]


@pytest.mark.parametrize(
    ("manager", "file", "text"),
    [
        (PYPROJECT, "pyproject.toml", '[project]\nname = "a"\ndependencies = ["flask"]\n'),
        (SETUPTOOLS, "setup.py", ""),
    ],
)
def test_project_without_lock(tmp_path: Path, manager: Manager, file: str, text: str) -> None:
    with pytest.raises(HashesRequiredError) as raised:
        read(tmp_path, manager, {file: text})
    message = message_for(raised.value)
    assert message.heading == f"BP_REQUIRE_HASHES is set, and {file} can't have hashes"
    assert "uv pip compile --generate-hashes" in message.body


def test_message_names_file_line_and_how_to_make_hashes(tmp_path: Path) -> None:
    lines = "".join(f"p{number}==1\n" for number in range(12))
    with pytest.raises(HashesRequiredError) as raised:
        read(tmp_path, PIP, {"requirements.txt": lines})
    message = message_for(raised.value)
    assert message.heading == "BP_REQUIRE_HASHES is set, and requirements.txt lacks hashes"
    assert "requirements.txt, line 1: p0==1\n" in message.body
    assert "and 2 more\n" in message.body
    assert "pip-compile --generate-hashes" in message.body


POETRY_TABLE = """\
[tool.poetry.dependencies]
local = { path = "libs/local", extras = ["web"] }
"""
PYLOCK_DIRECTORY = """\
lock-version = "1.0"
created-by = "x"
packages = [{ name = "local", directory = { path = "libs/local" } }]
"""


@pytest.mark.parametrize(
    ("manager", "file", "text"),
    [
        (UV, "uv.lock", LOCK),
        (UV, "uv.lock", LOCK.replace("editable", "virtual")),
        (PYLOCK, "pylock.toml", PYLOCK_DIRECTORY),
        (PYPROJECT, "pyproject.toml", POETRY_TABLE),
    ],
)
def test_submodules_that_are_not_checked_out(
    tmp_path: Path, manager: Manager, file: str, text: str
) -> None:
    submodules = '[submodule "local"]\n\tpath = libs/local\n'
    with pytest.raises(MissingSubmodulesError) as raised:
        read(tmp_path, manager, {file: text, ".gitmodules": submodules}, value="false")
    assert (raised.value.submodules, raised.value.named_by) == (("libs/local",), file)
