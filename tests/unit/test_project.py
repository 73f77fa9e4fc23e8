from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import python_buildpack.error_messages.wording  # noqa: F401 (registers all wording)
from python_buildpack.committed_credentials import CommittedCredential
from python_buildpack.configuration import Configuration
from python_buildpack.credentials.known_secrets import Secrets
from python_buildpack.error_messages.message import UserMessage
from python_buildpack.errors import UserError
from python_buildpack.malformed_urls import MalformedUrlsError
from python_buildpack.package_managers.choice import SeveralPackageManagersError
from python_buildpack.package_managers.pip import PipRequirements
from python_buildpack.package_managers.requirements_closure import MissingRequirementsFileError
from python_buildpack.project import Project, read_project
from python_buildpack.version_source import InvalidPythonVersionError
from tests.unit.outcome import outcome_of


def read(app_dir: Path, configuration: Configuration | None = None) -> Project:
    return read_project(app_dir, configuration or Configuration(), {})


def test_read_project(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask==3.1.0\n-r more.txt\n")
    (tmp_path / "more.txt").write_text("gunicorn\n")
    (tmp_path / ".python-version").write_text("3.13\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    project = read(tmp_path)
    assert isinstance(project.dependencies, PipRequirements)
    assert project.dependencies.app_dir == tmp_path
    assert project.dependencies.files == ("requirements.txt",)
    assert project.dependencies.names == "requirements.txt"
    assert [file.path for file in project.dependencies.closure.files] == [
        "requirements.txt",
        "more.txt",
    ]
    assert [(source.name, source.text) for source in project.version_sources] == [
        (".python-version", "3.13")
    ]
    assert project.committed_environments == (".venv",)
    assert project.committed_credentials == ()


def test_read_project_with_credentials_in_a_file_that_the_user_names(tmp_path: Path) -> None:
    (tmp_path / "deps.txt").write_text("flask\n--index-url https://user:secret@host/simple\n")
    project = read(tmp_path, Configuration(pip_requirements=("deps.txt",)))
    assert project.committed_credentials == (CommittedCredential("deps.txt", 2),)


def test_read_project_with_credentials_in_a_file_that_is_included(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r deps/web.txt\n")
    (tmp_path / "deps").mkdir()
    (tmp_path / "deps" / "web.txt").write_text("a @ https://user:secret@host/a-1.0.tar.gz\n")
    assert read(tmp_path).committed_credentials == (CommittedCredential("deps/web.txt", 1),)


def test_read_project_of_the_files_that_the_user_names(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "a.txt").write_text("gunicorn\n")
    (tmp_path / "b.txt").write_text("django\n")
    project = read(tmp_path, Configuration(pip_requirements=("b.txt", "a.txt")))
    assert isinstance(project.dependencies, PipRequirements)
    assert project.dependencies.files == ("b.txt", "a.txt")
    assert project.dependencies.names == "b.txt, a.txt"


def test_read_project_of_the_lock_that_the_user_names(tmp_path: Path) -> None:
    lock = 'lock-version = "1.0"\ncreated-by = "a test"\npackages = []\n'
    (tmp_path / "main.py").touch()
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "pylock.toml").write_text(lock)
    project = read(tmp_path, Configuration(pylock="deploy/pylock.toml"))
    assert project.dependencies is not None
    assert (project.dependencies.manager, project.dependencies.names) == (
        "pylock",
        "deploy/pylock.toml",
    )


def test_read_project_without_dependencies(tmp_path: Path) -> None:
    (tmp_path / "main.py").touch()
    project = read(tmp_path)
    assert isinstance(project.dependencies, PipRequirements)
    assert project.dependencies.files == ()
    assert project.dependencies.closure.is_empty


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "a @ https://user:a#b@host/a.whl"},
        {"requirements.txt": "-r deps/web.txt", "deps/web.txt": "-i https://user:a/b@host/"},
        {"requirements.txt": "flask", "pyproject.toml": 'url = "https://user:a#b@host/"'},
    ],
)
def test_password_that_is_not_percent_encoded(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(MalformedUrlsError) as raised:
        read(tmp_path)
    assert raised.value.places == ((list(files)[-1], 1),)


def test_secrets_of_the_app_are_known(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "-i https://user:${TOKEN}@host/\n--extra-index-url https://user:committed@host/\n"
    )
    project = read_project(tmp_path, Configuration(), {"TOKEN": "canary-of-token"})
    assert project.secrets.masked("canary-of-token committed") == "**** committed"
    (found,) = project.committed_credentials
    assert found.secrets.masked("it is committed") == "it is ****"
    assert "committed" not in repr(found)


def test_read_project_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "package.json").touch()
    (tmp_path / "site-packages").mkdir()
    assert read(tmp_path, Configuration(python_version="3.13")) == Project(
        version_sources=read(tmp_path, Configuration(python_version="3.13")).version_sources,
        dependencies=None,
        start_commands=(),
        committed_environments=(),
        committed_credentials=(),
        secrets=Secrets(),
    )


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({".python-version": "latest\n"}, InvalidPythonVersionError),
        ({"requirements.txt": "-r missing.txt\n"}, MissingRequirementsFileError),
        ({"requirements.txt": "", "uv.lock": ""}, SeveralPackageManagersError),
    ],
)
def test_read_project_with_a_mistake(
    tmp_path: Path, files: dict[str, str], error: type[UserError]
) -> None:
    for name, contents in files.items():
        (tmp_path / name).write_text(contents)
    with pytest.raises(error):
        read(tmp_path)


# Mere bytes nearly never get far in a parser.
FRAGMENTS = st.sampled_from(
    (
        *(b"\n", b"\r", b"\\\n", b" ", b"\t", b"#", b";", b"=", b"==", b">=", b"~=", b",", b"@"),
        *(b"[", b"]", b"[[", b"{", b"}", b'"', b"'", b'"""', b".", b"\0", b"\xff", b"\xef\xbb\xbf"),
        *(b"-r ", b"-c ", b"-e ", b"--hash=sha256:", b"--index-url ", b"-f ", b"--no-such", b"-"),
        *(b"requirements.txt", b"pyproject.toml", b".", b"../", b"/", b"${HOME}", b"${}"),
        *(b"https://user:pass@host/", b"git+ssh://git@host/r@v1#egg=a", b"file:///", b"a[b]"),
        *(b"flask", b"3.13", b"python-", b"3", b"9" * 5000, b"*", b"python_version", b" and "),
        *(b"[project]\n", b"dependencies = ", b"requires-python = ", b"dynamic = ", b"name"),
    )
)
CONTENTS = st.binary(max_size=60) | st.lists(FRAGMENTS, max_size=12).map(b"".join)
FILES = st.dictionaries(
    st.sampled_from(("requirements.txt", "pyproject.toml", ".python-version", "runtime.txt")),
    CONTENTS,
    min_size=1,
)


@given(files=FILES)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_read_project_of_any_bytes(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Whatever the files hold, it is read, or explained: no traceback, and no password."""
    for path in tmp_path.iterdir():
        path.unlink()
    for name, contents in files.items():
        (tmp_path / name).write_bytes(contents)
    outcome = outcome_of(lambda: read(tmp_path))
    if isinstance(outcome, UserMessage):
        assert outcome.heading
        assert outcome.heading.isprintable()
        assert outcome.body.replace("\n", "").isprintable()
        if files.keys() == {"requirements.txt"}:
            assert "https://user:pass@" not in outcome.body
    else:
        assert isinstance(outcome, Project)
