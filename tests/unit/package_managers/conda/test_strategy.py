from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import parse_settings
from python_buildpack.environment.resolution import Pinning
from python_buildpack.package_managers.conda import strategy
from python_buildpack.package_managers.conda.managers import CONDA, PIXI
from python_buildpack.package_managers.conda.strategy import CondaDependencies
from python_buildpack.package_managers.locks import MissingLockError, ToolFailedError
from python_buildpack.package_managers.manager import Manager
from python_buildpack.package_managers.protocol import App
from python_buildpack.system.output import Output
from tests.unit.package_managers.tool_runs import tool_run

URL = "https://conda.example/t/tk-1/forge/noarch/idna-3.10-pyhd_0.conda"
IDNA = {
    "name": "idna",
    "version": "3.10",
    "build": "pyhd_0",
    "subdir": "noarch",
    "url": URL,
    "sha256": "ab",
    "md5": None,
}
PYTHON = {**IDNA, "name": "python", "version": "3.13.1"}
# Takes the place of the program: the answer is in a variable, the request is printed.
PROGRAM = """
import json, os, pathlib, sys
request = json.loads(pathlib.Path(sys.argv[1]).read_text())
print(json.dumps(request))
pathlib.Path(request["answer"]).write_text(os.environ["ANSWER"])
if request["prefix"]:
    script = pathlib.Path(request["prefix"], "bin", ".font-post-link.sh")
    script.parent.mkdir(parents=True)
    script.touch()
sys.exit(int(os.environ.get("STATUS", "0")))
"""


def read(
    root: Path, file: str, text: str = "version: 6\n", manager: Manager = PIXI, **variables: str
) -> CondaDependencies:
    (root / file).write_text(text)
    return strategy.read(App(AppFiles(root), parse_settings(variables), variables, manager), file)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    monkeypatch.setattr(strategy, "CONDA_ENVIRONMENT", path)
    (tmp_path / "cache").mkdir()
    return path


def test_read(tmp_path: Path) -> None:
    dependencies = read(tmp_path, "pixi.lock", BP_PIXI_ENVIRONMENT="prod")
    assert dependencies.display_name == "pixi.lock"
    assert dependencies.input_files == ("pixi.lock",)
    assert dependencies.environment == "prod"
    assert dependencies.unhashed() == ()


def test_read_without_a_lock(tmp_path: Path) -> None:
    with pytest.raises(MissingLockError) as caught:
        read(tmp_path, "pixi.toml")
    error = caught.value
    assert (error.file, error.lock, error.command) == ("pixi.toml", "pixi.lock", "pixi lock")


def test_read_what_is_solved(tmp_path: Path) -> None:
    alias = {"BP_CONDA_CHANNEL_ALIAS": "https://conda.example"}
    dependencies = read(tmp_path, "environment.yml", "", CONDA, **alias)
    assert not dependencies.is_lock
    assert dependencies.unhashed() is None
    plain = read(tmp_path, "environment.yml", "", CONDA)
    assert dependencies.fingerprint({}) != plain.fingerprint({})
    assert plain.fingerprint({"CONDA_OVERRIDE_GLIBC": "2.17"}) != plain.fingerprint({})
    lock = read(tmp_path, "pixi.lock")
    assert lock.fingerprint({"CONDA_OVERRIDE_GLIBC": "2.17"}) == lock.fingerprint({})


def test_unhashed_lines_of_an_explicit_file(tmp_path: Path) -> None:
    text = (
        f"# platform: linux-64\n@EXPLICIT\n{URL}#sha256:ab\nhttps://me:pa55@conda.example/x.conda\n"
    )
    (unhashed,) = read(tmp_path, "conda-linux-64.lock", text, CONDA).unhashed() or ()
    assert (unhashed.file, unhashed.line) == ("conda-linux-64.lock", 4)
    assert "pa55" not in unhashed.text


def test_fingerprint_has_the_lock_and_the_environment(tmp_path: Path) -> None:
    first = read(tmp_path, "pixi.lock").fingerprint({})
    assert first != read(tmp_path, "pixi.lock", "version: 7\n").fingerprint({})
    assert first != read(tmp_path, "pixi.lock", BP_PIXI_ENVIRONMENT="prod").fingerprint({})
    assert first == read(tmp_path, "pixi.lock", BP_PIXI_ENVIRONMENT="default").fingerprint({})


def test_resolve(tmp_path: Path, program: Path) -> None:
    assert program.exists()
    answer = json.dumps({"packages": [IDNA], "wheels": [], "requirements": []})
    _, run = tool_run(tmp_path, "rattler", "", ANSWER=answer)
    resolution = read(tmp_path, "pixi.lock").resolve(run)
    assert resolution.versions == {"idna": "3.10"}
    assert resolution.distributions[0].hashes == ("sha256:ab",)
    request = json.loads((run.cache_dir / "request.json").read_text())
    assert request == {
        "site_packages": str(run.executable),
        "file": str(tmp_path / "pixi.lock"),
        "is_solved": False,
        "solved": str(run.cache_dir / "solved.lock"),
        "alias": None,
        "environment": "default",
        "answer": str(run.cache_dir / "answer.json"),
        "prefix": None,
        "cache": str(run.cache_dir / "packages"),
    }


def test_install_names_scripts_that_are_not_run(tmp_path: Path, program: Path) -> None:
    assert program.exists()
    _, run = tool_run(
        tmp_path,
        "rattler",
        "",
        ANSWER=json.dumps({"packages": [PYTHON], "wheels": [], "requirements": []}),
    )
    log = io.StringIO()
    read(tmp_path, "pixi.lock").install(replace(run, output=Output(log)))
    assert log.getvalue().endswith("\n  Not run: the script after the installation of font\n")


@pytest.mark.parametrize("answer", ["", "{}", '{"problem": "unknown"}'])
def test_failure_without_a_known_reason(tmp_path: Path, program: Path, answer: str) -> None:
    assert program.exists()
    _, run = tool_run(tmp_path, "rattler", "", ANSWER=answer, STATUS="3")
    with pytest.raises(ToolFailedError) as caught:
        read(tmp_path, "pixi.lock").resolve(run)
    assert (caught.value.tool, caught.value.exit_status) == ("py-rattler", 3)


@pytest.mark.parametrize(
    ("hashed", "kind"),
    [(IDNA, Pinning.LOCKED), ({**IDNA, "sha256": None}, Pinning.UNPROVEN)],
)
def test_pinning(tmp_path: Path, program: Path, hashed: dict[str, object], kind: Pinning) -> None:
    assert program.exists()
    _, run = tool_run(
        tmp_path,
        "rattler",
        "",
        ANSWER=json.dumps({"packages": [hashed], "wheels": [], "requirements": []}),
    )
    dependencies = read(tmp_path, "pixi.lock")
    assert dependencies.pinning(dependencies.resolve(run), "3.13.0", {}) is kind
