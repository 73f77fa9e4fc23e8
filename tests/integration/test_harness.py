"""The harness itself, on a buildpack of a few lines of sh: what it says must be the truth."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.lifecycle_build import Buildpack, Workspace

# Makes the layer `greeting` unless it was restored, and says which.
BUILD = """
layer=$CNB_LAYERS_DIR/greeting
if [ -f "$layer/message" ]; then echo "greeting: restored"; else echo "greeting: made"; fi
mkdir -p "$layer/env.launch"
printf hello > "$layer/message"
printf hello > "$layer/env.launch/GREETING.override"
printf '[types]\\nlaunch = true\\nbuild = true\\ncache = true\\n[metadata]\\nkey = "1"\\n' \
  > "$layer.toml"
printf '[[processes]]\\ntype = "web"\\ncommand = ["sh", "-c", "echo $GREETING $PWD"]\\n' \
  > "$CNB_LAYERS_DIR/launch.toml"
echo "user: $(id -u), FROM_USER: ${FROM_USER:-unset}"
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "hello.txt").write_text("hello")
    return tmp_path / "app"


@pytest.fixture
def greeting_workspace(
    make_workspace: Callable[..., Workspace], write_buildpack: Callable[..., Buildpack]
) -> Workspace:
    return make_workspace(
        write_buildpack("harness/greeting", BUILD, provides=["greeting"], requires=["greeting"])
    )


def test_build_exports_an_image(greeting_workspace: Workspace, app: Path) -> None:
    result = greeting_workspace.build(app, {"FROM_USER": "yes"})
    image = result.require_image()
    assert f"user: {greeting_workspace.uid}, FROM_USER: yes" in result.buildpack_log
    message = f"{greeting_workspace.layers_dir}/harness_greeting/greeting/message"
    assert image.layer_files("greeting")[message].content == b"hello"
    assert f"{greeting_workspace.app_dir}/hello.txt" in image.layer_files("app")
    assert image.layer_metadata("greeting") == {"key": "1"}
    assert image.env["CNB_APP_DIR"] == str(greeting_workspace.app_dir)


def test_build_again_restores_and_reuses_layers(greeting_workspace: Workspace, app: Path) -> None:
    first = greeting_workspace.build(app)
    second = greeting_workspace.build(app)
    assert "greeting: made" in first.buildpack_log
    assert "greeting: restored" in second.buildpack_log
    assert "Reusing layer 'harness/greeting:greeting'" in second.log
    assert second.require_image().layer_diff_ids() == first.require_image().layer_diff_ids()


def test_build_with_cleared_cache_restores_nothing(
    greeting_workspace: Workspace, app: Path
) -> None:
    greeting_workspace.build(app)
    result = greeting_workspace.build(app, clear_cache=True)
    assert "greeting: made" in result.buildpack_log
    assert result.image is not None


def test_build_of_another_image_starts_from_nothing(
    greeting_workspace: Workspace, app: Path
) -> None:
    first = greeting_workspace.build(app, image="one").require_image()
    second = greeting_workspace.build(app, image="two")
    assert "greeting: made" in second.buildpack_log
    assert second.require_image().layer_diff_ids()["greeting"] == first.layer_diff_ids()["greeting"]


def test_build_under_another_umask_changes_modes(greeting_workspace: Workspace, app: Path) -> None:
    usual = greeting_workspace.build(app, image="usual").require_image()
    strict = greeting_workspace.build(app, image="strict", umask=0o077).require_image()
    assert strict.layer_diff_ids()["greeting"] != usual.layer_diff_ids()["greeting"]


def test_run_starts_processes_by_the_launcher(greeting_workspace: Workspace, app: Path) -> None:
    image = greeting_workspace.build(app).require_image()
    process = greeting_workspace.run(image, ["web"])
    assert process.stdout == f"hello {greeting_workspace.app_dir}\n"
    command = greeting_workspace.run(image, ["--", "sh", "-c", "cat hello.txt; id -u"], {"X": "1"})
    assert command.stdout == f"hello{greeting_workspace.uid}\n"


def test_detect_and_build_leaves_layers(greeting_workspace: Workspace, app: Path) -> None:
    result = greeting_workspace.detect_and_build(app)
    assert result.exit_code == 0, result.log
    (buildpack,) = greeting_workspace.buildpacks
    left = sorted(
        path.name for path in greeting_workspace.buildpack_layers_dir(buildpack).iterdir()
    )
    assert left == ["greeting", "greeting.toml", "launch.toml"]


def test_failed_build_has_no_image(
    make_workspace: Callable[..., Workspace],
    write_buildpack: Callable[..., Buildpack],
    app: Path,
) -> None:
    workspace = make_workspace(write_buildpack("harness/failing", "echo no >&2; exit 7"))
    result = workspace.build(app)
    assert (result.exit_code, result.image) == (51, None)
    assert result.buildpack_log.startswith("no\n")
    assert workspace.detect_and_build(app).exit_code == 51


def test_killed_build_leaves_no_process(
    make_workspace: Callable[..., Workspace],
    write_buildpack: Callable[..., Buildpack],
    app: Path,
) -> None:
    workspace = make_workspace(
        write_buildpack("harness/slow", 'sleep 60 & echo "sleeping: $!"; wait')
    )
    build = workspace.start_build(app)
    build.wait_for("sleeping: ")
    sleeper = Path("/proc", build.log().partition("sleeping: ")[2].strip())
    build.kill()
    time.sleep(0.1)
    assert not sleeper.exists() or "State:\tZ" in (sleeper / "status").read_text()


def test_later_buildpack_sees_the_environment_of_an_earlier_one(
    make_workspace: Callable[..., Workspace],
    write_buildpack: Callable[..., Buildpack],
    app: Path,
) -> None:
    first = write_buildpack(
        "harness/first",
        """mkdir -p "$CNB_LAYERS_DIR/tools/bin"
        printf '[types]\\nbuild = true\\n' > "$CNB_LAYERS_DIR/tools.toml" """,
        provides=["tools"],
    )
    second = write_buildpack("harness/second", 'echo "PATH: $PATH"', requires=["tools"])
    workspace = make_workspace(first, second)
    result = workspace.build(app)
    assert f"PATH: {workspace.buildpack_layers_dir(first)}/tools/bin:" in result.buildpack_log
