from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.warning import show_warning
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pip.strategy import read_pip_requirements
from python_buildpack.package_managers.pip.uninstallable_lines import (
    LineProblem,
    UninstallableLine,
    UninstallableLinesError,
)
from python_buildpack.package_managers.protocol import App
from python_buildpack.package_managers.reading import UnsetVariables
from python_buildpack.system.output import Output

REQUIREMENTS = "requirements.txt"
PYTHON = "3.13.1"
DIGEST = "sha256:" + "0" * 64
COMMIT = "1" * 40
ENVIRONMENT = {"TOKEN": "s3cret", "EMPTY": ""}


def check(app_dir: Path, **files: str) -> str:
    """Check requirements.txt, with a file ``NAME.txt`` for each keyword; return the log."""
    return check_with(app_dir, ENVIRONMENT, **files)


def check_with(app_dir: Path, environment: Mapping[str, str], **files: str) -> str:
    """Check as ``check`` does, with other variables."""
    for name, text in files.items():
        (app_dir / f"{name}.txt").write_text(text)
    app = App(AppFiles(app_dir), Settings(), environment, PIP)
    requirements = read_pip_requirements(app, (REQUIREMENTS,))
    log = io.StringIO()
    if unset := requirements.check(PYTHON, environment):
        show_warning(UnsetVariables(unset, requirements.display_name), Output(log))
    return log.getvalue()


def problems_of(app_dir: Path, **files: str) -> tuple[UninstallableLine, ...]:
    with pytest.raises(UninstallableLinesError) as error:
        check(app_dir, **files)
    return error.value.lines


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("./wheels/x-1.0-py3-none-any.whl", LineProblem.MISSING_PATH),
        ("wheels/x-1.0-py3-none-any.whl; python_version >= '3.8'", LineProblem.MISSING_PATH),
        ("./sdk[web]", LineProblem.MISSING_PATH),
        ("-e ../sdk", LineProblem.MISSING_PATH),
        # pip passes over markers of what is editable.
        ("-e ../sdk ; sys_platform == 'win32'", LineProblem.MISSING_PATH),
        ("-e file:///nowhere/sdk#egg=sdk", LineProblem.MISSING_PATH),
        ("x @ file:///nowhere/x-1.0-py3-none-any.whl", LineProblem.MISSING_PATH),
        ("numpy @ file:///croot/numpy_and_numpy_base_1682520569166/work", LineProblem.CONDA_PATH),
        ("six @ file:///tmp/build/80754af9/six_1644875935023/work", LineProblem.CONDA_PATH),
        (
            "certifi @ file:///home/conda/feedstock_root/build_artifacts/certifi_17/work/certifi",
            LineProblem.CONDA_PATH,
        ),
        (
            "idna @ file:///C:/b/abs_bdhbebrioa/croot/idna_1666125572046/work",
            LineProblem.CONDA_PATH,
        ),
        ("idna @ C:/ci/idna_1666125572046/work", LineProblem.CONDA_PATH),
        ("pkg_resources==0.0.0", LineProblem.DEBIAN),
        ("pkg-resources==0.0.0", LineProblem.DEBIAN),
        ("distro-info===0.23ubuntu1", LineProblem.DEBIAN),
        ("python-debian===0.1.36ubuntu1", LineProblem.DEBIAN),
        ("distro-info===1.1+ubuntu0.1", LineProblem.DEBIAN),
        ("distro-info==1.1+ubuntu0.2", LineProblem.DEBIAN),
        ("python-apt==2.4.0+ubuntu4", LineProblem.DEBIAN),
        ("ubuntu-pro-client==8001", LineProblem.DEBIAN),
        ("cloud-init==25.1.4", LineProblem.DEBIAN),
        ("pywin32==306", LineProblem.WINDOWS),
        ("PyWinPTY>=2", LineProblem.WINDOWS),
        ("pypiwin32==223", LineProblem.WINDOWS),
        ("windows-curses", LineProblem.WINDOWS),
        ("pywin32==306; python_version >= '3.9'", LineProblem.WINDOWS),
        ("os", LineProblem.STANDARD_LIBRARY),
        ("sqlite3==3.0", LineProblem.STANDARD_LIBRARY),
        ("JSON; python_version >= '3.9'", LineProblem.STANDARD_LIBRARY),
        ("py_compile", LineProblem.STANDARD_LIBRARY),
        ("https://example.com/${VERSION}/x.tar.gz", LineProblem.UNSET_VARIABLE),
        ("x @ git+https://${HOST}/x.git", LineProblem.UNSET_VARIABLE),
        ("x @ git+https://${TOKEN}@example.com/x.git@${EMPTY}", LineProblem.UNSET_VARIABLE),
        ("--index-url https://${HOST}/simple", LineProblem.UNSET_VARIABLE),
        ("-e ${SDK}/sdk", LineProblem.UNSET_VARIABLE),
    ],
)
def test_check_refuses_a_line(tmp_path: Path, line: str, problem: LineProblem) -> None:
    number = 3
    found = problems_of(tmp_path, requirements=f"a==1\n\n{line}\n")
    assert found == (UninstallableLine(problem, REQUIREMENTS, number, line),)


@pytest.mark.parametrize(
    "line",
    [
        "./wheels/x-1.0-py3-none-any.whl",
        "x @ file:wheels/x-1.0-py3-none-any.whl",
        "./sdk",
        "./sdk[web]",
        "-e sdk",
        "-e ./sdk[web]",
        "./gone.whl; sys_platform == 'win32'",
        "x @ file:///croot/x/work ; sys_platform == 'win32'",
        "-e git+https://example.com/x.git#egg=x",
        "x @ https://example.com/x.zip",
        "pkg_resources==0.0.0; sys_platform == 'win32'",
        "pkg_resources==0.0.1",
        "distro===1.9.0",
        "pywin32==306; sys_platform == 'win32'",
        "pywin32==306; platform_system == 'Windows' and python_version >= '3.9'",
        "pywin32==306; python_version < '3.13'",
        "pywin32==306; extra == 'windows'",
        "pywin32-ctypes==0.2.3",
        "argparse\nasyncio\ndataclasses\nenum34\ntyping\nlogging",
        "json; sys_platform == 'win32'",
        "--extra-index-url https://example.com/simple\nqueue",
        "-f https://example.com/wheels\npywin32==306",
        "--extra-index-url https://example.com/simple\npywin32==306",
        "-c constraints.txt",
        "x @ git+https://${SECRET}@example.com/x.git",
        "x @ https://${USER}:${PASSWORD}@example.com/x.zip",
        "x @ https://${TOKEN}.example.com/x.zip",
        "--index-url https://${USER}:${PASSWORD}@example.com/simple",
        "--extra-index-url https://${HOST}/simple",
        "--index-url https://${HOST}/simple\n--index-url https://example.com/simple",
        f"x @ git+https://example.com/x.git@{COMMIT}",
        f"a==1 --hash={DIGEST}\nx @ git+https://example.com/x.git@{COMMIT}; sys_platform=='win32'",
        f"--no-require-hashes\na==1 --hash={DIGEST}\nx @ git+https://example.com/x.git@{COMMIT}",
        f"a==1 --hash={DIGEST}\n./wheels/x-1.0-py3-none-any.whl --hash={DIGEST}",
        "# pywin32==306 ${NAME}",
    ],
)
def test_check_refuses_no_line_that_pip_can_install_or_passes_over(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "x-1.0-py3-none-any.whl").touch()
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk" / "pyproject.toml").touch()
    constraints = (
        "pywin32==306\nidna @ file:///croot/idna/work\npkg_resources==0.0.0\n./gone.whl\n"
        "x @ https://example.com/${VERSION}/x.zip\n"
    )
    check(tmp_path, requirements=f"{line}\n", constraints=constraints)


@pytest.mark.parametrize("variable", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"])
def test_check_refuses_no_name_that_another_index_or_directory_may_have(
    tmp_path: Path, variable: str
) -> None:
    environment = {variable: "https://example.com"}
    check_with(tmp_path, environment, requirements="pywin32\npkg_resources==0.0.0")


@pytest.mark.parametrize(
    "line",
    [
        f"x @ git+https://example.com/x.git@{COMMIT}",
        f"git+https://example.com/x.git@{COMMIT}#egg=x",
        f"-e git+https://example.com/x.git@{COMMIT}#egg=x",
        "./sdk",
        "-e sdk",
    ],
)
def test_check_refuses_what_has_no_hash_beside_hashes(tmp_path: Path, line: str) -> None:
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk" / "pyproject.toml").touch()
    found = problems_of(tmp_path, requirements=f"{line}\na==1 --hash={DIGEST}\n")
    assert found == (UninstallableLine(LineProblem.NOT_HASHABLE, REQUIREMENTS, 1, line),)


def test_check_tells_all_lines_of_all_files_at_once(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        requirements="pkg_resources==0.0.0\n-r base.txt\n-c pins.txt\nidna\n",
        base="distro-info===0.23ubuntu1\npywin32==306\n",
        pins="six @ file:///croot/six/work\nidna @ file:///croot/idna/work\n",
    )
    assert [(each.file, each.line, each.problem) for each in found] == [
        ("requirements.txt", 1, LineProblem.DEBIAN),
        ("base.txt", 1, LineProblem.DEBIAN),
        ("base.txt", 2, LineProblem.WINDOWS),
        ("pins.txt", 2, LineProblem.CONDA_PATH),
    ]


def test_check_warns_of_variables_in_credentials_that_are_not_set(tmp_path: Path) -> None:
    log = check(
        tmp_path,
        requirements="x @ git+https://${SECRET}@example.com/x.git\ny @ https://${TOKEN}@e.com/y.zip",
    )
    assert "    ${SECRET}\n" in log
    assert "TOKEN" not in log


def test_check_warns_of_nothing_where_all_variables_are_set(tmp_path: Path) -> None:
    assert check(tmp_path, requirements="y @ https://${TOKEN}@e.com/y.zip") == ""


def message_of(app_dir: Path, **files: str) -> UserMessage:
    with pytest.raises(UninstallableLinesError) as error:
        check(app_dir, **files)
    return message_for(error.value)


def test_message_of_lines_has_each_with_file_and_line_and_the_cure_of_each_kind(
    tmp_path: Path,
) -> None:
    message = message_of(
        tmp_path,
        requirements="pkg_resources==0.0.0\n-r base.txt\nsix @ file:///croot/six_1/work",
        base="distro-info===0.23ubuntu1\npywin32==306\nx @ https://u:s3cret@${HOST}/x.zip\n",
    )
    assert message.heading == "Lines of the requirements can't be installed"
    for part in (
        "    requirements.txt, line 1: pkg_resources==0.0.0\n    base.txt, line 1: distro-info==",
        "\nDelete the lines.",
        "    requirements.txt, line 3: six @ file:///croot/six_1/work\n",
        "pip list --format=freeze > requirements.txt",
        "    base.txt, line 2: pywin32==306\n",
        'pywin32==306; sys_platform == "win32"',
        "isn't set in the build",
    ):
        assert part in message.body
    assert "s3cret" not in message.body


def test_message_of_one_line_names_the_file(tmp_path: Path) -> None:
    message = message_of(tmp_path, requirements="./gone.whl")
    assert message.heading == "A line of requirements.txt can't be installed"


def test_message_of_very_many_lines_counts_the_rest(tmp_path: Path) -> None:
    lines = "".join(f"a{number} @ file:///croot/a/work\n" for number in range(60))
    assert "\n    and 10 more\n" in message_of(tmp_path, requirements=lines).body


SUBMODULE = '[submodule "sdk"]\n\tpath = libs/sdk\n\turl = https://example.com/sdk.git\n'


@pytest.mark.parametrize(
    ("line", "files", "problem"),
    [
        ("-e .", {}, LineProblem.NO_PROJECT),
        ("./sdk", {"sdk/a.py": ""}, LineProblem.NO_PROJECT),
        ("-e ./sdk", {"sdk/a.py": "", ".gitmodules": ""}, LineProblem.NO_PROJECT),
        ("-e ./libs/sdk", {".gitmodules": SUBMODULE, "libs/sdk": None}, LineProblem.SUBMODULE),
        ("./libs/sdk/python", {".gitmodules": SUBMODULE}, LineProblem.SUBMODULE),
        ("./libs/sdk2", {".gitmodules": SUBMODULE}, LineProblem.MISSING_PATH),
        ("./libs/sdk", {".gitmodules": SUBMODULE, "libs/sdk/a.py": ""}, LineProblem.NO_PROJECT),
        ("-e ./sdk", {"sdk/setup.py": ""}, None),
        ("-e ./sdk#subdirectory=python", {"sdk/python/setup.py": ""}, None),
    ],
)
def test_directories_without_a_project(
    tmp_path: Path, line: str, files: dict[str, str | None], problem: LineProblem | None
) -> None:
    for name, text in files.items():
        file = tmp_path / name
        (file if text is None else file.parent).mkdir(parents=True, exist_ok=True)
        if text is not None:
            file.write_text(text)
    if problem is None:
        check(tmp_path, requirements=line)
        return
    (found,) = problems_of(tmp_path, requirements=line)
    assert found.problem is problem


def test_check_refuses_all_modules_of_the_standard_library_at_once(tmp_path: Path) -> None:
    found = problems_of(tmp_path, requirements="os\nflask\njson\nre\n")
    assert [(each.line, each.text) for each in found] == [(1, "os"), (3, "json"), (4, "re")]
    body = message_for(UninstallableLinesError(found)).body
    assert "requirements.txt, line 3: json\n" in body
    assert "Delete the lines" in body
