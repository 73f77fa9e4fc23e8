from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from python_buildpack.package_managers.committed_credentials import (
    CommittedCredential,
    credential_files,
    find_committed_credentials,
    read_texts,
)

URL = "https://user:secret@host.example/simple"


def find(app_dir: Path, environment: Mapping[str, str] | None = None) -> list[tuple[str, int]]:
    found = find_committed_credentials(
        read_texts(app_dir, credential_files(app_dir, environment or {}))
    )
    return [(each.file, each.line) for each in found]


@pytest.mark.parametrize(
    "file",
    [
        *("requirements.txt", "requirements-dev.txt", "dev-requirements.in", "constraints.txt"),
        *("requirements/base.txt", "requirements/prod.in", "constraints/all.txt"),
        *("pip.conf", ".pip/pip.conf", "setup.cfg", "pyproject.toml", ".netrc", ".pypirc"),
        *("Pipfile", "Pipfile.lock", "pylock.toml", "pylock.dev.toml", "pdm.lock", "pdm.toml"),
        *("uv.lock", "uv.toml", "poetry.lock", "poetry.toml"),
    ],
)
def test_files(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"first\n{URL}\n")
    assert find(tmp_path) == [(file, 2)]


def test_files_in_utf16(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(f"first\n--index-url {URL}\n".encode("utf-16"))
    assert find(tmp_path) == [("requirements.txt", 2)]


@pytest.mark.parametrize("file", ["main.py", "README.md", "docs/requirements.txt", "data.txt"])
def test_other_files(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{URL}\n")
    assert find(tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [
        f"--index-url {URL}",
        f'url = "{URL}"',
        '{"url": "https://token@host/simple"}',
        "private @ git+https://user:secret@host/private.git@v1",
        "--extra-index-url http://host/simple?token=secret",
        "--index-url https://${NAME}:secret@host/simple",
        "--index-url https://user:pass/word@host/simple",
    ],
)
def test_credentials(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    assert find(tmp_path) == [("requirements.txt", 1)]


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://host/simple",
        "--index-url https://${TOKEN}@host/simple",
        "--index-url https://user:${PASSWORD}@host/simple",
        "--index-url https://${USER}:${PASSWORD}@host/simple",
        "url = 'https://$USER:${PASSWORD}@host/simple'",
        "--index-url https://host/simple?token=${TOKEN}",
        "private @ git+ssh://git@host/private.git@v1",
        "private @ git+https://git@host/private.git@v1",
        "private @ https://host/private-1.0-py3-none-any.whl?download=1",
        'authors = ["Me <me@example.com>"]  # https://host/',
        "password = 1.0",
    ],
)
def test_no_credentials(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    assert find(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (".netrc", "machine host login user password secret"),
        ("poetry.toml", 'password = "secret"'),
        (".pypirc", "password: secret"),
    ],
)
def test_passwords_outside_of_urls(tmp_path: Path, file: str, line: str) -> None:
    (tmp_path / file).write_text(f"\n{line}\n")
    assert find(tmp_path) == [(file, 2)]


def test_a_variable_for_a_password_is_none(tmp_path: Path) -> None:
    (tmp_path / "pdm.toml").write_text('password = "${PASSWORD}"\n')
    assert find(tmp_path) == []


def test_files_of_settings(tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "ci").mkdir(parents=True)
    for file in (app / "ci/pip", app / "uv-settings", tmp_path / "outside"):
        file.write_text(f"{URL}\n")
    environment = {
        "PIP_CONFIG_FILE": str(app / "ci/pip"),
        "UV_CONFIG_FILE": "uv-settings",
        "NETRC": str(tmp_path / "outside"),
    }
    assert find(app, environment) == [("ci/pip", 1), ("uv-settings", 1)]


def test_files_that_are_named(tmp_path: Path) -> None:
    (tmp_path / "deps.txt").write_text(f"{URL}\n")
    found = find_committed_credentials(read_texts(tmp_path, ("deps.txt", "missing.txt")))
    assert found == (CommittedCredential("deps.txt", 1),)


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").mkdir()
    os.mkfifo(tmp_path / "requirements.txt")
    (tmp_path / "requirements").write_text("")
    (tmp_path / "pip.conf").symlink_to("missing")
    (tmp_path / "uv.lock").write_bytes(URL.encode() + b" " * 4 * 1024 * 1024)
    (tmp_path / "setup.cfg").write_bytes(b"\xff\n" + URL.encode())
    assert find(tmp_path) == [("setup.cfg", 2)]
