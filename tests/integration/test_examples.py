"""The examples through the real lifecycle and launcher: what they answer, and how they end."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack
from tools.started_process import kill_group, process_to_start
from tools.web_page import free_port, wait_for_page

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
EXPLAIN = ROOT / "scripts" / "explain"
SCHEMA = ROOT / "docs" / "explain.schema.json"
SLOW_SECONDS = 2.0
# It says by a file that it has begun.
SLOW = f"""

import time
from pathlib import Path

def slow_answer() -> str:
    Path.home().joinpath("begun").touch()
    time.sleep({SLOW_SECONDS})
    return "complete"
"""
SLOW_VIEWS = {
    "flask/app.py": '\n\n@app.get("/slow")\ndef slow() -> str:\n    return slow_answer()\n',
    "fastapi/main.py": '\n\n@app.get("/slow")\ndef slow() -> str:\n    return slow_answer()\n',
    "django/mysite/urls.py": (
        '\n\nurlpatterns.append(path("slow", lambda _: HttpResponse(slow_answer())))\n'
    ),
}
# Of these, the exit code after SIGTERM: uvicorn ends by the signal itself, when all is done.
# https://github.com/encode/uvicorn/blob/0.29.0/uvicorn/server.py#L322-L325
SHUTDOWNS = [("flask", 0), ("fastapi", -signal.SIGTERM), ("django", 0)]
SERVERS = {"flask": "gunicorn", "fastapi": "uvicorn", "django": "gunicorn"}


@dataclass(frozen=True)
class Examples:
    """Builds of the examples, each made once; flask's, fastapi's and django's have a slow view."""

    workspace: Workspace
    env: Mapping[str, str]
    copies: Path
    builds: dict[str, BuildResult]

    def build(self, name: str) -> BuildResult:
        if name not in self.builds:
            app = self.copies / name
            # Without flask's Procfile, as the others: the command is found by reading the code.
            shutil.copytree(EXAMPLES / name, app, ignore=shutil.ignore_patterns("Procfile"))
            for path, view in SLOW_VIEWS.items():
                if path.startswith(f"{name}/"):
                    with (self.copies / path).open("a", encoding="utf-8") as module:
                        module.write(SLOW + view)
            self.builds[name] = self.workspace.build(app, self.env, image=name)
        return self.builds[name]

    def run(self, name: str, arguments: list[str], env: Mapping[str, str]) -> tuple[int, str]:
        image = self.build(name).require_image()
        result = self.workspace.run(image, arguments, env)
        return result.returncode, result.stdout

    @contextmanager
    def started(
        self, name: str, process_type: str = "web", env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        image = self.build(name).require_image()
        with self.workspace.start(image, [process_type], env) as process:
            try:
                yield process
            finally:
                kill_group(process)


@pytest.fixture(scope="module")
def examples(
    lifecycle: Path, prepared: PreparedBuildpack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Examples]:
    env = {
        "BP_PYTHON_INVENTORY": f"{prepared.runtimes_dir}/inventory.toml",
        "BP_PYTHON_VERSION": prepared.versions[0],
    }
    with temporary_workspace(lifecycle, prepared.buildpack) as workspace:
        yield Examples(workspace, env, tmp_path_factory.mktemp("examples"), {})


def web_env(port: int) -> dict[str, str]:
    return {"PORT": str(port), "SECRET_KEY": "only for tests"}


def page_at(port: int, path: str) -> str:
    # Not through a proxy of the user's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
        body: bytes = response.read()
        return body.decode()


def assert_no_shell_is_left(process: subprocess.Popen[str], server: str) -> None:
    """The process that the launcher was is the server: it gets the signals."""
    words = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
    assert [Path(word.decode()).name for word in words[:2]][1] == server


def wait_until_it_exists(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)


def has_every_dependency_pinned(requirements: Path) -> bool:
    lines = requirements.read_text("utf-8").splitlines()
    return all(re.match(r"[a-z0-9-]+==\d", line) for line in lines if line and line[0] != "#")


def test_every_example_is_pinned() -> None:
    found = {path.parent.name: path for path in EXAMPLES.glob("*/requirements.txt")}
    assert sorted(found) == ["celery", "django", "fastapi", "flask", "script", "streamlit"]
    assert [name for name, path in found.items() if not has_every_dependency_pinned(path)] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("flask", r"Process web: gunicorn .* app:app \(app\.py:8\), the default"),
        ("fastapi", r"Process web: uvicorn .* main:app \(main\.py:7\), the default"),
        ("django", r"Process web: gunicorn .* mysite\.wsgi:application \(.*\), the default"),
        ("streamlit", r"Process web: streamlit run streamlit_app\.py .*, the default"),
        ("celery", r"Process worker: celery -A tasks worker .* \(tasks\.py:12\), the default"),
        ("script", r"Process app: python main\.py \(main\.py:9\), the default"),
    ],
)
def test_log_says_what_starts_the_example(examples: Examples, name: str, line: str) -> None:
    assert re.search(rf"(?m)^  {line}$", examples.build(name).buildpack_log)


def test_labels_say_what_the_image_was_made_of(
    examples: Examples, prepared: PreparedBuildpack
) -> None:
    labels = examples.build("django").require_image().labels
    prefix = "io.github.python-buildpack."
    assert {
        name.removeprefix(prefix): text for name, text in labels.items() if name.startswith(prefix)
    } == {
        "python-version": prepared.versions[0],
        "package-manager": "pip",
        "framework": "Django",
        "start-command-source": "mysite/wsgi.py:9",
    }


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("flask", r"Hello from Flask 3\.1\.3 on Python {}!\n"),
        ("fastapi", r'\{{"message":"Hello from FastAPI 0\.162\.5 on Python {}!"\}}'),
        ("django", r"(?s)<!DOCTYPE html>.*<p>Hello from Django 5\.2\.19 on Python {}!</p>.*"),
    ],
)
def test_web_example_answers(
    examples: Examples, prepared: PreparedBuildpack, name: str, answer: str
) -> None:
    port = free_port()
    with examples.started(name, env=web_env(port)) as process:
        page = wait_for_page(port, lambda: process.poll() is None)
        assert_no_shell_is_left(process, SERVERS[name])
    version = re.escape(prepared.versions[0])
    assert re.fullmatch(answer.format(version), page), page


@pytest.mark.parametrize(("name", "exit_code"), SHUTDOWNS)
def test_sigterm_lets_the_request_in_flight_end(
    examples: Examples, name: str, exit_code: int
) -> None:
    port, answers = free_port(), list[str]()
    with examples.started(name, env=web_env(port)) as process:
        wait_for_page(port, lambda: process.poll() is None)
        begun = examples.workspace.home_dir / "begun"
        begun.unlink(missing_ok=True)
        request = threading.Thread(target=lambda: answers.append(page_at(port, "/slow")))
        request.start()
        wait_until_it_exists(begun)
        process.terminate()
        output = process.communicate(timeout=30)[0]
        request.join()
    assert [answer.strip('"') for answer in answers] == ["complete"], output
    # Not killed, as it would be at the end of the server's grace time.
    assert process.returncode == exit_code, output


def test_streamlit_answers_and_ends_at_sigterm(examples: Examples) -> None:
    port = free_port()
    with examples.started("streamlit", env=web_env(port)) as process:
        page = wait_for_page(port, lambda: process.poll() is None)
        assert_no_shell_is_left(process, "streamlit")
        assert page_at(port, "/_stcore/health") == "ok"
        process.terminate()
        output = process.communicate(timeout=30)[0]
    assert "<title>Streamlit</title>" in page
    assert process.returncode == 0, output


def test_celery_worker_does_a_task_and_ends_at_sigterm(examples: Examples) -> None:
    folder = examples.workspace.home_dir
    env = {
        "BROKER_URL": "filesystem://",
        "MESSAGES_DIR": str(folder / "messages"),
        "RESULT_BACKEND": f"file://{folder}",
    }
    send = "from tasks import add; print(add.delay(20, 22).id)"
    exit_code, task = examples.run("celery", ["--", "python", "-c", send], env)
    assert exit_code == 0, task
    result = folder / f"celery-task-meta-{task.strip()}"
    with examples.started("celery", "worker", env) as process:
        wait_until_it_exists(result)
        assert_no_shell_is_left(process, "celery")
        process.terminate()
        output = process.communicate(timeout=30)[0]
    assert '"result": 42' in result.read_text("utf-8")
    assert process.returncode == 0, output


def test_script_example_prints_its_line(examples: Examples, prepared: PreparedBuildpack) -> None:
    exit_code, output = examples.run("script", ["app"], {})
    greeting = f"Hello from a script on Python {prepared.versions[0]}, 1.0 million times!"
    assert (exit_code, output) == (0, f"{greeting} (humanize 4.16.0)\n")


@pytest.mark.parametrize(
    ("name", "process_type"), [("django", "web"), ("celery", "worker"), ("script", "app")]
)
def test_scripts_try_finds_what_to_start(examples: Examples, name: str, process_type: str) -> None:
    assert process_to_start(examples.build(name).require_image().labels) == process_type


@pytest.mark.smoke
def test_flask_example_with_its_procfile_answers_on_the_oldest_python(
    examples: Examples, prepared: PreparedBuildpack
) -> None:
    version, port = prepared.versions[-1], free_port()
    env = {**examples.env, "BP_PYTHON_VERSION": version}
    workspace = examples.workspace
    result = workspace.build(EXAMPLES / "flask", env, image="oldest")
    image = result.require_image()
    assert_explained(EXAMPLES / "flask", env, result)
    with workspace.start(image, ["web"], web_env(port)) as process:
        try:
            page = wait_for_page(port, lambda: process.poll() is None)
            assert_no_shell_is_left(process, "gunicorn")
        finally:
            kill_group(process)
    assert page == f"Hello from Flask 3.1.3 on Python {version}!\n"


@pytest.mark.parametrize("name", ["celery", "django", "fastapi", "script", "streamlit"])
def test_explain_says_what_a_build_does(examples: Examples, name: str) -> None:
    assert_explained(examples.copies / name, examples.env, examples.build(name))


def assert_explained(app_dir: Path, env: Mapping[str, str], result: BuildResult) -> None:
    """Compare what scripts/explain says of an app with what its build did, and what the next will."""
    told = explained(app_dir, env)
    log, labels = result.buildpack_log, result.require_image().labels
    assert (told["error"], told["exit_code"]) == (None, 0)
    python, manager = told["python"], told["package_manager"]["name"]
    assert f"  Using Python {python['version']}, {python['source']}\n" in log
    prefix = "io.github.python-buildpack"
    assert python["version"] == labels[f"{prefix}.python-version"]
    assert manager == labels[f"{prefix}.package-manager"]
    built = json.loads(labels["io.buildpacks.build.metadata"])["processes"]
    assert {each["type"] for each in told["processes"]} == {each["type"] for each in built}
    for each in told["processes"]:
        assert f"  Process {each['type']}: {each['command']} ({each['source']})" in log
    assert log.count("Warning: ") == len(told["warnings"])
    again = explained(app_dir, env, inspected(result.require_image()))["layers"]
    kept = {name for name, each in again.items() if each["action"] in ("reuse", "keep")}
    # What collectstatic has read is in the cache alone.
    needs_cache = "Static files\n" in log
    assert {"python", "venv"} <= kept or needs_cache, again


def explained(app_dir: Path, env: Mapping[str, str], image: str = "") -> dict[str, Any]:
    command = [str(EXPLAIN), "--json", str(app_dir)]
    command += [f"--env={name}={value}" for name, value in env.items()]
    command += ["--image=-"] if image else []
    result = subprocess.run(command, input=image, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(told, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return told


def inspected(image: Image) -> str:
    """Return what docker inspect would print."""
    config = image.config_file
    labels = dict(image.labels)
    inspected = {
        "Os": config["os"],
        "Architecture": config["architecture"],
        "Config": {"Labels": labels},
    }
    return json.dumps([inspected])
