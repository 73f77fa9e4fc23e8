from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from python_buildpack.app.files import AppFiles
from python_buildpack.app.find_links import (
    NoArchiveError,
    UnreadableWheelsError,
    check_archive,
    check_find_links,
)
from python_buildpack.app.offline import apply_find_links_and_offline
from python_buildpack.app.settings import parse_settings
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.choice import FoundManager
from python_buildpack.package_managers.lock.managers import PYLOCK
from python_buildpack.package_managers.manager import Manager
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.reading import read_dependencies
from python_buildpack.package_managers.uv.manager import UV

PIECES = [
    *(
        "[global]\n",
        "[install]",
        "find-links",
        " = ",
        ":",
        "\n",
        "\n  ",
        "%(x)s",
        ";",
        "#",
        "file:",
    ),
    *("\0", "[", "]", "=", "gone", "file://[", "~", "://", "a" * 5000, "/../", "[DEFAULT]"),
]
WHEEL = "a-1-py3-none-any.whl"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Return the app's directory ``wheels`` with a named pipe that is called like a wheel."""
    directory = tmp_path / "wheels"
    directory.mkdir()
    os.mkfifo(directory / WHEEL)
    return directory


@pytest.fixture
def unreadable() -> Iterator[Path]:
    """Return an app with a directory ``wheels`` that can't be read; root is somebody else."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as app_dir:
        Path(app_dir).chmod(0o755)
        Path(app_dir, "wheels").mkdir(mode=0)
        os.seteuid(user or 65534)
        yield Path(app_dir)
        os.seteuid(user)


def read(app_dir: Path, manager: Manager, file: str, text: str) -> None:
    (app_dir / file).parent.mkdir(exist_ok=True)
    (app_dir / file).write_text(text)
    read_dependencies(AppFiles(app_dir), FoundManager(manager, file), parse_settings({}), {})


@pytest.mark.parametrize("variable", ["PIP_FIND_LINKS", "UV_FIND_LINKS"])
@pytest.mark.parametrize(
    "form", ["wheels", "./wheels/", "{directory}", "file://{directory}", "https://h/x wheels"]
)
def test_pipe_in_a_directory_of_a_variable(wheels: Path, variable: str, form: str) -> None:
    environment = {variable: form.format(directory=wheels)}
    with pytest.raises(NoArchiveError) as caught:
        apply_find_links_and_offline(wheels.parent, parse_settings({}), environment)
    assert (caught.value.path, caught.value.named_by) == (f"wheels/{WHEEL}", variable)


@pytest.mark.parametrize(
    "text",
    [
        "[global]\nfind-links = {directory}\n",
        "[install]\nfind_links =\n    https://host/simple\n    wheels\n",
        "[global]\nfind-links: file://{directory}\n",
    ],
)
@pytest.mark.parametrize("place", ["PIP_CONFIG_FILE", "HOME", "XDG_CONFIG_DIRS"])
def test_pipe_in_a_directory_of_pip_conf(wheels: Path, text: str, place: str) -> None:
    file = wheels.parent / {"HOME": ".pip/pip.conf"}.get(place, "pip/pip.conf")
    file.parent.mkdir()
    file.write_text(text.format(directory=wheels))
    value = file if place == "PIP_CONFIG_FILE" else wheels.parent
    with pytest.raises(NoArchiveError) as caught:
        apply_find_links_and_offline(wheels.parent, parse_settings({}), {place: str(value)})
    assert (caught.value.path, caught.value.named_by) == (f"wheels/{WHEEL}", str(file))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_pip_conf_that_is_no_file(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "pip.conf")
    environment = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    assert apply_find_links_and_offline(tmp_path, parse_settings({}), environment) == environment


@given(text=st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pip_conf_of_any_text(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pip.conf"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    environment = {"PIP_CONFIG_FILE": str(file)}
    assert apply_find_links_and_offline(tmp_path, parse_settings({}), environment) == environment


@pytest.mark.parametrize("text", ["[download]\nfind-links = wheels", "find-links = x", "find\0"])
def test_pip_conf_that_names_no_directory_for_installing(wheels: Path, text: str) -> None:
    (wheels.parent / "pip.conf").write_text(text)
    environment = {"PIP_CONFIG_FILE": str(wheels.parent / "pip.conf")}
    assert (
        apply_find_links_and_offline(wheels.parent, parse_settings({}), environment) == environment
    )


@pytest.mark.parametrize(
    ("file", "text", "named_by"),
    [
        ("requirements.txt", "a\n--find-links wheels\n", "requirements.txt, line 2"),
        ("requirements.txt", "-f ./wheels", "requirements.txt, line 1"),
        ("requirements.txt", f"./wheels/{WHEEL}", "requirements.txt, line 1"),
        ("requirements.txt", f"a @ file:wheels/{WHEEL}#egg=a", "requirements.txt, line 1"),
        # Relative to the file, or else to the app.
        ("deps/all.txt", "-f ../wheels", "deps/all.txt, line 1"),
        ("deps/all.txt", "-f wheels", "deps/all.txt, line 1"),
    ],
)
def test_pipe_that_a_requirements_file_names(
    wheels: Path, file: str, text: str, named_by: str
) -> None:
    with pytest.raises(NoArchiveError) as caught:
        read(wheels.parent, PIP, file, text)
    assert caught.value.named_by == named_by
    assert os.path.normpath(caught.value.path) == f"wheels/{WHEEL}"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Return a directory ``index`` of an app: a page of it is a named pipe."""
    (tmp_path / "index" / "a").mkdir(parents=True)
    os.mkfifo(tmp_path / "index" / "a" / "index.html")
    return tmp_path / "index"


@pytest.mark.parametrize("option", ["--index-url", "--extra-index-url"])
@pytest.mark.parametrize("form", ["index", "file://{directory}"])
def test_pipe_in_an_index_that_is_a_directory(index: Path, option: str, form: str) -> None:
    link = form.format(directory=index)
    name = f"PIP{option.upper().replace('-', '_')[1:]}"
    pip_conf = index.parent / "pip.conf"
    pip_conf.write_text(f"[global]\n{option[2:]} = file://{index}\n")
    for environment in ({name: link}, {"PIP_CONFIG_FILE": str(pip_conf)}):
        with pytest.raises(NoArchiveError) as caught:
            apply_find_links_and_offline(index.parent, parse_settings({}), environment)
        assert caught.value.path == "index/a/index.html"
    with pytest.raises(NoArchiveError) as caught:
        read(index.parent, PIP, "requirements.txt", f"a\n{option} {link}\n")
    assert caught.value.named_by == "requirements.txt, line 2"


UV_LOCK = f"""\
version = 1
[[package]]
name = "a"
version = "1"
source = {{ registry = "wheels" }}
wheels = [{{ path = "{WHEEL}" }}]
"""
LOCKS = {
    UV: f"""\
version = 1
[[package]]
name = "a"
version = "1"
source = {{ path = "wheels/{WHEEL}" }}
wheels = [{{ filename = "{WHEEL}", hash = "sha256:00" }}]
""",
    POETRY: f"""\
[[package]]
name = "a"
version = "1"
files = [{{file = "{WHEEL}", hash = "sha256:00"}}]
[package.source]
type = "file"
url = "wheels/{WHEEL}"
[metadata]
lock-version = "2.1"
""",
    PYLOCK: f"""\
lock-version = "1.0"
created-by = "test"
[[packages]]
name = "a"
version = "1"
wheels = [{{ path = "wheels/{WHEEL}", hashes.sha256 = "{"0" * 64}" }}]
""",
}


@pytest.mark.parametrize("manager", LOCKS)
def test_pipe_that_a_lock_names(wheels: Path, manager: Manager) -> None:
    file = f"{manager.name}.lock" if manager is not PYLOCK else "pylock.toml"
    with pytest.raises(NoArchiveError) as caught:
        read(wheels.parent, manager, file, LOCKS[manager])
    assert (caught.value.path, caught.value.named_by) == (f"wheels/{WHEEL}", file)


def test_pipe_in_a_directory_that_is_an_index_of_uv(wheels: Path) -> None:
    with pytest.raises(NoArchiveError) as caught:
        read(wheels.parent, UV, "uv.lock", UV_LOCK)
    assert (caught.value.path, caught.value.named_by) == (f"wheels/{WHEEL}", "uv.lock")


def test_pipe_in_a_directory_that_two_lines_name(wheels: Path) -> None:
    with pytest.raises(NoArchiveError) as caught:
        read(wheels.parent, PIP, "requirements.txt", "\n-f wheels\n-f wheels\n")
    assert caught.value.named_by == "requirements.txt, line 2"


def test_relative_directory_means_the_same_everywhere(tmp_path: Path) -> None:
    environment = {"PIP_FIND_LINKS": "wheels https://host/simple"}
    found = apply_find_links_and_offline(tmp_path, parse_settings({}), environment)
    assert found == {"PIP_FIND_LINKS": f"{tmp_path}/wheels https://host/simple"}


def test_directory_that_cannot_be_read(unreadable: Path) -> None:
    with pytest.raises(UnreadableWheelsError) as caught:
        check_find_links(unreadable, ["wheels"], "PIP_FIND_LINKS")
    message = message_for(caught.value)
    assert message.heading == "A directory of wheels can't be read"
    assert message.body.startswith(
        "Directory: wheels\nNamed by: PIP_FIND_LINKS\nProblem: Permission denied\n"
    )


@pytest.mark.parametrize("link", [WHEEL, "dir.zip", "https://host/a.whl", "gone.whl", "a\0.whl"])
def test_archives_that_nothing_waits_for(tmp_path: Path, link: str) -> None:
    (tmp_path / WHEEL).touch()
    (tmp_path / "dir.zip").mkdir()
    check_archive(tmp_path, link, "requirements.txt")


def test_message_of_what_a_variable_names() -> None:
    message = message_for(NoArchiveError("wheels/a.whl", "PIP_FIND_LINKS"))
    assert message.body.startswith("Found: wheels/a.whl\nNamed by: PIP_FIND_LINKS\n")
