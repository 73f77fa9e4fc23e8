"""Whatever is in a lock file, reading it ends in dependencies or in a message."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

# Imported for the wording that it registers.
import python_buildpack.messages.wording  # noqa: F401
from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import parse_settings
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.messages.message import UserMessage
from python_buildpack.package_managers.choice import FoundManager
from python_buildpack.package_managers.lock.dependencies import LockDependencies
from python_buildpack.package_managers.lock.managers import PDM, PYLOCK
from python_buildpack.package_managers.manager import Manager
from python_buildpack.package_managers.pipenv.manager import PIPENV
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.reading import read_dependencies
from python_buildpack.package_managers.uv.manager import UV
from tests.unit.outcome import outcome_of
from tests.unit.package_managers.lock import pdm_locks as pdm
from tests.unit.package_managers.lock import pylock_files as pylock
from tests.unit.package_managers.pipenv import pipenv_locks as pipenv
from tests.unit.package_managers.poetry import poetry_locks as poetry
from tests.unit.package_managers.uv import uv_locks as uv


@dataclass(frozen=True)
class Lock:
    """A valid lock, and the version of its format: ``new`` is one that nobody knows."""

    manager: Manager
    file: str
    text: str
    version: str
    new: str


PIPFILE_LOCK = pipenv.lock_of(
    {
        "flask": {
            "extras": ["async"],
            "hashes": [pipenv.A],
            "version": "==3.1.0",
            "markers": "os_name == 'posix'",
        },
        "git": {"git": "https://git.example/x", "ref": pipenv.COMMIT, "subdirectory": "sub"},
        "sub": {"path": "./sub", "editable": True},
        "file": {"file": "https://files.example/x-1.tar.gz", "hashes": [pipenv.B]},
    }
)
PDM_LOCK = pdm.LOCK + pdm.package('path = "./sub"\neditable = true').removeprefix(pdm.METADATA)
LOCKS = (
    Lock(UV, "uv.lock", uv.LOCK, "version = 1\n", "version = 2\n"),
    Lock(POETRY, "poetry.lock", poetry.LOCK, '"2.1"', '"3.0"'),
    Lock(PYLOCK, "pylock.toml", pylock.WHOLE, '"1.0"', '"2.0"'),
    Lock(PIPENV, "Pipfile.lock", PIPFILE_LOCK, '"pipfile-spec": 6', '"pipfile-spec": 7'),
    Lock(PDM, "pdm.lock", PDM_LOCK, '"4.5.1"', '"5.0"'),
)
each_lock = pytest.mark.parametrize("lock", LOCKS, ids=[lock.file for lock in LOCKS])


def use(lock: Lock, contents: bytes) -> Pinning | UserMessage:
    """Return what becomes of an app that has a file with ``contents`` as its lock."""
    with tempfile.TemporaryDirectory() as directory:
        app_dir = Path(directory)
        (app_dir / lock.file).write_bytes(contents)
        return outcome_of(lambda: pinning(app_dir, lock))


def pinning(app_dir: Path, lock: Lock) -> Pinning:
    found = FoundManager(lock.manager, lock.file)
    dependencies: Dependencies = read_dependencies(AppFiles(app_dir), found, parse_settings({}), {})
    assert lock.file in dependencies.fingerprint({}) or dependencies.display_name == lock.file
    if isinstance(dependencies, LockDependencies):
        assert isinstance(dependencies.requirements("3.13.1"), str)
    return dependencies.pinning(Resolution(()), "3.13.1", {})


@each_lock
def test_lock_as_it_should_be(lock: Lock) -> None:
    assert isinstance(use(lock, lock.text.encode()), Pinning)


@each_lock
def test_lock_of_a_future_version(lock: Lock) -> None:
    assert lock.version in lock.text
    message = use(lock, lock.text.replace(lock.version, lock.new, 1).encode())
    assert isinstance(message, UserMessage)
    assert message.heading == f"{lock.file} has an unsupported version"


@each_lock
@given(data=st.data())
def test_lock_that_is_truncated(lock: Lock, data: st.DataObject) -> None:
    contents = lock.text.encode()
    end = data.draw(st.integers(0, len(contents) - 1))
    assert use(lock, contents[:end]) is not None


@each_lock
@given(data=st.data())
def test_lock_with_an_altered_byte(lock: Lock, data: st.DataObject) -> None:
    contents = lock.text.encode()
    position = data.draw(st.integers(0, len(contents) - 1))
    byte = data.draw(st.binary(min_size=0, max_size=2))
    assert use(lock, contents[:position] + byte + contents[position + 1 :]) is not None


@each_lock
@given(contents=st.binary(max_size=200) | st.text().map(str.encode))
def test_lock_of_anything(lock: Lock, contents: bytes) -> None:
    assert use(lock, contents) is not None


@each_lock
@pytest.mark.parametrize("contents", [b"", b"\x00\xff\x00", b"[" * 5000, b"a" * 200_000])
def test_lock_of_junk(lock: Lock, contents: bytes) -> None:
    assert isinstance(use(lock, contents), UserMessage)
