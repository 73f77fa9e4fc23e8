from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app import pip_configuration
from python_buildpack.package_managers.pip.inputs import (
    build_settings,
    pip_inputs,
    reads_other_files,
)
from python_buildpack.package_managers.pip.requirements_tree import read_requirement_closure

REQUIREMENTS = "requirements.txt"
OPTIONS = "the options of requirements"
SHA_A, SHA_B = "a" * 64, "b" * 64
BASE = f"""\
--index-url https://index.example/simple
flask[async]>=3.1 ; python_version >= "3.10"
tiny==1.0 --hash=sha256:{SHA_A} --hash=sha256:{SHA_B}
built @ https://files.example/built-2.0.tar.gz
./local
-e ./editable
"""


@pytest.fixture(autouse=True)
def no_system_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own configuration of pip is none of the tests'."""
    monkeypatch.setattr(pip_configuration, "_SYSTEM_FILES", ())


def inputs_of(
    app_dir: Path, text: str, environment: dict[str, str] | None = None, **files: str
) -> dict[str, str]:
    """Return the inputs of an app whose requirements.txt is ``text``, with more ``NAME.txt``."""
    app_dir.mkdir(exist_ok=True)
    for name, contents in {"requirements": text, **files}.items():
        (app_dir / f"{name}.txt").write_text(contents)
    environment = environment or {}
    closure = read_requirement_closure(app_dir, [REQUIREMENTS], environment)
    return pip_inputs(closure, environment)


def settings_of(**environment: str) -> dict[str, str]:
    return pip_inputs(read_requirement_closure(Path("/nowhere"), [], environment), environment)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# For production\n" + BASE, id="comment"),
        pytest.param(BASE.replace("/built-2.0.tar.gz", "/built-2.0.tar.gz  # why"), id="comment 2"),
        pytest.param(BASE.replace("\n", "\n\n"), id="blank lines"),
        pytest.param(BASE.replace("\n", "\r\n"), id="line ends"),
        pytest.param(BASE.rstrip("\n"), id="end of file"),
        pytest.param("\ufeff" + BASE, id="byte order mark"),
        pytest.param(BASE.replace(" --hash", " \\\n    --hash"), id="continued lines"),
        pytest.param(BASE.replace("--index-url ", "-i  "), id="short option"),
        pytest.param(BASE.replace("--index-url ", "--index-url="), id="option with ="),
        pytest.param(BASE.replace("flask[async]>=3.1 ;", "flask [async] >= 3.1;"), id="spaces"),
        pytest.param(BASE.replace('"3.10"', "'3.10'"), id="quotes"),
        pytest.param(
            BASE.replace(SHA_A, "c").replace(SHA_B, SHA_A).replace("sha256:c", f"sha256:{SHA_B}"),
            id="order of hashes",
        ),
    ],
)
def test_pip_inputs_layout_does_not_count(tmp_path: Path, text: str) -> None:
    assert inputs_of(tmp_path, text) == inputs_of(tmp_path, BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(">=3.1", ">=3.2", id="version"),
        pytest.param("flask[async]", "flask", id="extras"),
        pytest.param("flask[async]", "quart", id="name"),
        pytest.param('python_version >= "3.10"', 'python_version >= "3.11"', id="marker"),
        pytest.param("./local", "./local ; sys_platform == 'linux'", id="marker of a path"),
        pytest.param(SHA_B, "c" * 64, id="hash"),
        pytest.param(f" --hash=sha256:{SHA_B}", "", id="a hash less"),
        pytest.param("https://index.example/", "https://other.example/", id="host"),
        pytest.param("https://index.example/", "http://index.example/", id="scheme"),
        pytest.param("--index-url", "--extra-index-url", id="option"),
        pytest.param("tiny==1.0", "tiny==1.0 --config-settings a=b", id="option of a requirement"),
        pytest.param("built-2.0", "built-2.1", id="URL"),
        pytest.param(".tar.gz", f".tar.gz#sha256={SHA_A}", id="hash of a URL"),
        pytest.param("./local", "./other", id="path"),
        pytest.param("./local", "-e ./local", id="editable"),
        pytest.param("-e ./editable", "-e ./other", id="editable path"),
        pytest.param("./local\n", "", id="a line less"),
        pytest.param("./local\n", "./local\ngunicorn\n", id="a line more"),
        pytest.param("./local\n-e ./editable\n", "-e ./editable\n./local\n", id="order of lines"),
    ],
)
def test_pip_inputs_changes(tmp_path: Path, old: str, new: str) -> None:
    assert old in BASE
    before, after = inputs_of(tmp_path, BASE), inputs_of(tmp_path, BASE.replace(old, new))
    assert before.keys() == after.keys() == {REQUIREMENTS, OPTIONS}
    assert before[REQUIREMENTS] != after[REQUIREMENTS]
    is_option = "index" in old or "--config-settings" in new
    assert (before[OPTIONS] != after[OPTIONS]) is is_option


def test_pip_inputs_order_of_other_options_counts(tmp_path: Path) -> None:
    # The last one wins.
    assert inputs_of(tmp_path, "--no-binary a --only-binary a") != inputs_of(
        tmp_path, "--only-binary a --no-binary a"
    )


def test_pip_inputs_names_every_file(tmp_path: Path) -> None:
    text = "-r more.txt\n-c more.txt\n-c pins.txt\n"
    before = inputs_of(tmp_path, text, more="a", pins="b==1")
    assert before.keys() == {
        REQUIREMENTS,
        "more.txt",
        "more.txt (constraints)",
        "pins.txt (constraints)",
    }
    after = inputs_of(tmp_path, text, more="a", pins="b==2")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"pins.txt (constraints)"}


@pytest.mark.parametrize("text", ["-r more.txt", "-c more.txt"])
def test_pip_inputs_how_a_file_is_included(tmp_path: Path, text: str) -> None:
    assert inputs_of(tmp_path, text, more="a")[REQUIREMENTS] not in (
        inputs_of(tmp_path, "-r other.txt", other="a")[REQUIREMENTS],
        inputs_of(tmp_path, "-c other.txt", other="a")[REQUIREMENTS],
    )


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://{}@index.example/simple",
        "--extra-index-url=https://{}@index.example/simple",
        "--find-links https://{}@index.example/wheels/",
        "built @ https://{}@files.example/built-2.0.tar.gz",
        "https://{}@files.example/built-2.0.tar.gz ; sys_platform == 'linux'",
        "built @ git+https://{}@git.example/built@main",
        "-e git+https://{}@git.example/built#egg=built",
        "https://files.example/built-2.0.tar.gz?token={}",
        "-r https://{}@files.example/more.txt",
    ],
)
def test_pip_inputs_new_credentials_change_nothing(tmp_path: Path, line: str) -> None:
    old, new = "user:pa55word", "user:n3wword"
    assert inputs_of(tmp_path, line.format(old)) == inputs_of(tmp_path, line.format(new))
    variable = line.format("${USER}:${TOKEN}") if "token=" not in line else line.format("${TOKEN}")
    by_variable = [
        inputs_of(tmp_path, variable, {"USER": "user", "TOKEN": token}) for token in (old, new)
    ]
    assert by_variable[0] == by_variable[1]


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"])
def test_pip_inputs_settings(name: str) -> None:
    def inputs(value: str) -> dict[str, str]:
        return settings_of(**{name: value})

    known = inputs("https://user:pa55word@index.example/simple")
    assert known.keys() == {name}
    assert "pa55word" not in str(known)
    assert known == inputs("https://user:n3wword@index.example/simple")
    assert known != inputs("https://user:pa55word@other.example/simple")
    assert known != inputs("https://user:pa55word@index.example/other")
    assert inputs("") == {}


@pytest.mark.parametrize(
    "name",
    [
        *("PIP_PRE", "PIP_NO_BINARY", "PIP_CONSTRAINT", "PIP_REQUIRE_HASHES", "PIP_NO_INDEX"),
    ],
)
def test_pip_inputs_other_settings(name: str) -> None:
    assert settings_of(**{name: "1"}).keys() == {name}
    assert settings_of(**{name: "1"}) != settings_of(**{name: "2"})


@pytest.mark.parametrize(
    "name",
    [
        *("PIP_CACHE_DIR", "PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_NO_INPUT", "PIP_PROGRESS_BAR"),
        *(
            "PIP_PROXY",
            "PIP_QUIET",
            "PIP_RETRIES",
            "PIP_TIMEOUT",
            "PIP_TRUSTED_HOST",
            "PIP_VERBOSE",
        ),
        *("HOME", "PATH", "LANG", "PIPENV_VERBOSITY", "HTTPS_PROXY", "CNB_TARGET_ARCH", "BP_X"),
    ],
)
def test_pip_inputs_harmless_settings(name: str) -> None:
    assert settings_of(**{name: "/nowhere"}) == {}


@pytest.mark.parametrize(
    ("path", "environment"),
    [
        (".config/pip/pip.conf", {"HOME": "{root}"}),
        (".pip/pip.conf", {"HOME": "{root}"}),
        ("xdg/pip/pip.conf", {"HOME": "{root}", "XDG_CONFIG_HOME": "{root}/xdg"}),
        ("two/pip/pip.conf", {"XDG_CONFIG_DIRS": "{root}/one:{root}/two"}),
        ("mine.conf", {"PIP_CONFIG_FILE": "{root}/mine.conf"}),
    ],
)
def test_pip_inputs_configuration_file(
    tmp_path: Path, path: str, environment: dict[str, str]
) -> None:
    variables = {name: value.format(root=tmp_path) for name, value in environment.items()}
    file = tmp_path / path
    without = settings_of(**variables)
    assert str(file) not in without
    file.parent.mkdir(parents=True, exist_ok=True)

    def inputs(text: str) -> dict[str, str]:
        file.write_text(text)
        return settings_of(**variables)

    known = inputs("[global]\nindex-url = https://user:pa55word@index.example/simple\n")
    assert known.keys() - without.keys() == {str(file)}
    assert "pa55word" not in str(known)
    assert known == inputs("[global]\nindex-url = https://user:n3wword@index.example/simple\n")
    assert known != inputs("[global]\nindex-url = https://user:pa55word@other.example/simple\n")


def test_pip_inputs_xdg_config_home_replaces_the_one_in_home(tmp_path: Path) -> None:
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".config" / "pip" / "pip.conf").write_text("[global]\npre = true\n")
    assert settings_of(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "xdg")) == {}


def test_pip_inputs_system_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pip.conf"
    monkeypatch.setattr(pip_configuration, "_SYSTEM_FILES", (str(file),))
    assert settings_of() == {}
    file.write_bytes(b"[global]\nindex-url = \xff\n")
    assert settings_of().keys() == {str(file)}


def test_pip_inputs_configuration_file_is_a_directory(tmp_path: Path) -> None:
    assert settings_of(PIP_CONFIG_FILE=str(tmp_path)).keys() == {"PIP_CONFIG_FILE"}


def test_build_settings(tmp_path: Path) -> None:
    def settings(text: str, **environment: str) -> str:
        (tmp_path / REQUIREMENTS).write_text(text)
        closure = read_requirement_closure(tmp_path, [REQUIREMENTS], environment)
        return build_settings(closure.lines, environment)

    plain = settings("built==2.0\n")
    assert plain == settings("built==2.1\ntiny\n", PIP_TIMEOUT="1", HOME=str(tmp_path))
    with_options = settings("built==2.0 --config-settings a=b\n")
    others = {
        plain,
        with_options,
        settings("built==2.0 --config-settings a=c\n"),
        settings("built==2.0\n", PIP_INDEX_URL="https://index.example/"),
    }
    assert len(others) == 4


def links_to(*directories: Path) -> dict[str, str]:
    return {"PIP_FIND_LINKS": " ".join(map(str, directories))}


def test_files_in_directories_of_wheels(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    (wheels / "below").mkdir(parents=True)
    seen = []
    for name, contents in (("a.whl", "1"), ("a.whl", "2"), ("b.whl", "2")):
        (wheels / name).write_text(contents)
        seen.append((settings_of(**links_to(wheels)), built_with(links_to(wheels))))
    assert (
        len({inputs[str(wheels)] for inputs, _ in seen}) == len({built for _, built in seen}) == 3
    )
    # pip looks at none of these.
    (wheels / "below" / "c.whl").touch()
    assert settings_of(**links_to(wheels)) == seen[-1][0]
    assert not reads_other_files(links_to(wheels, wheels))


def built_with(environment: dict[str, str]) -> str:
    closure = read_requirement_closure(Path("/nowhere"), [], environment)
    return build_settings(closure.lines, environment)


@pytest.mark.parametrize("name", ["index.html", "a.HTM"])
def test_pages_in_directories_of_wheels(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert reads_other_files(links_to(tmp_path))
    assert str(tmp_path) not in settings_of(**links_to(tmp_path))


@pytest.mark.parametrize("link", ["wheels", "/no/such", "file:///wheels"])
def test_other_links_to_wheels(link: str) -> None:
    assert reads_other_files({"PIP_FIND_LINKS": link})
    assert settings_of(PIP_FIND_LINKS=link).keys() == {"PIP_FIND_LINKS"}
