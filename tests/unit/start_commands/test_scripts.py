"""The last resorts: console scripts, and scripts at the top."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.start_commands.detection import Ambiguous, Detected, NotDetected
from tests.unit.start_commands.detection import Files, detect, shown

PYPROJECT = "[project]\nname = 'shop'\n[project.scripts]\n"
SERVES = "import click\n@click.command()\n@click.option('--port')\ndef main(): ...\n"
ARGPARSE = "import argparse\np = argparse.ArgumentParser()\n"
TYPER = "import typer\napp = typer.Typer()\n@app.command()\ndef one(): ...\n"


@pytest.mark.parametrize(
    "text",
    [
        ARGPARSE + "p.add_subparsers()\n",
        ARGPARSE + "p.add_argument(\n    'name')\n",
        "import click\n@click.group()\ndef main(): ...\n",
        "import click\n@click.command()\n@click.argument('x')\ndef main(x): ...\n",
        TYPER + "@app.command()\ndef two(): ...\n",
        "import fire\ndef main():\n    fire.Fire(X)\n",
    ],
)
def test_a_command_line_that_needs_arguments(tmp_path: Path, text: str) -> None:
    files: Files = {
        "pyproject.toml": PYPROJECT + "shop = 'shop.cli:main'\n",
        "src/shop/__init__.py": "",
        "src/shop/cli.py": text,
    }
    detected = detect(tmp_path, files, "shop")
    assert isinstance(detected, NotDetected)
    assert [each.text for each in detected.command_lines] == ["shop"]


@pytest.mark.parametrize(
    "text", [SERVES, TYPER, ARGPARSE + "p.add_argument('--port')\n", "def main(): ...\n"]
)
def test_a_console_script_without_arguments(tmp_path: Path, text: str) -> None:
    files: Files = {"pyproject.toml": PYPROJECT + "shop = 'cli:main'\n", "cli.py": text}
    assert shown(detect(tmp_path, files, "shop")) == "app: shop (pyproject.toml:4)"


def test_the_console_script_beside_a_command_line(tmp_path: Path) -> None:
    scripts = "shop = 'cli:main'\nshop-server = 'server:main'\n"
    files: Files = {
        "pyproject.toml": PYPROJECT + scripts,
        "cli.py": ARGPARSE + "p.add_subparsers()\n",
        "server.py": "def main(): ...\n",
    }
    assert shown(detect(tmp_path, files, "shop")) == "app: shop-server (pyproject.toml:5)"


@pytest.mark.parametrize(
    "text",
    [
        "print('Run: streamlit run app/main.py')\n",
        "def main():\n    print('Usage: see README')\nif __name__ == '__main__':\n    main()\n",
        "if __name__ == '__main__':\n    print('Start it with python -m shop')\n",
    ],
)
def test_a_script_that_tells_how_to_run_the_app(tmp_path: Path, text: str) -> None:
    assert detect(tmp_path, {"main.py": text}, "") == NotDetected()


def test_a_script_that_prints(tmp_path: Path) -> None:
    assert shown(detect(tmp_path, {"main.py": "print('Hello')\n"}, "")) == (
        "app: python main.py (main.py:1)"
    )


FLASK = "from flask import Flask\napp = Flask(__name__)\n"
GUARD = "if __name__ == '__main__':\n    "


@pytest.mark.parametrize(
    "start",
    [
        GUARD + "web.run_app(app)\n",
        GUARD + "WSGIServer(('', 5000), app).serve_forever()\n",
        GUARD + "socketio.run(app)\n",
        GUARD + "uvicorn.run(other)\n",
        "def main():\n    serve(app)\n" + GUARD + "main()\n",
    ],
)
def test_an_app_that_starts_its_own_server(tmp_path: Path, start: str) -> None:
    detected = detect(tmp_path, {"app.py": FLASK + start}, "flask")
    assert isinstance(detected, Ambiguous)
    lines = [each.procfile_line for each in detected.candidates]
    assert lines[0].startswith("web: env FLASK_APP=app:app flask run ")
    assert lines[1:] == ["web: python app.py"]
    served = detect(tmp_path, {}, "flask gunicorn")
    assert isinstance(served, Detected)


def test_an_app_whose_script_leaves_the_server_to_its_package(tmp_path: Path) -> None:
    files: Files = {
        "cps.py": "import sys\nfrom cps.main import main\n" + GUARD + "main()\n",
        "cps/__init__.py": FLASK,
        "cps/main.py": "from . import app, web_server\ndef main():\n    web_server.start()\n",
    }
    detected = detect(tmp_path, files, "flask")
    assert isinstance(detected, Ambiguous)
    assert [each.procfile_line for each in detected.candidates][1:] == ["web: python cps.py"]


def test_a_script_that_leaves_something_else_to_its_package(tmp_path: Path) -> None:
    files: Files = {
        "tool.py": "from cps.main import main\n" + GUARD + "main()\n",
        "cps/__init__.py": FLASK,
        "cps/main.py": "def main():\n    print('x')\n",
    }
    assert isinstance(detect(tmp_path, files, "flask"), Detected)


def test_a_console_script_beside_a_server_for_development(tmp_path: Path) -> None:
    pyproject = PYPROJECT + "serve = 'app:main'\n"
    detected = detect(tmp_path, {"pyproject.toml": pyproject, "app.py": FLASK}, "flask shop")
    assert isinstance(detected, Ambiguous)
    assert [each.procfile_line for each in detected.candidates][1:] == ["web: serve"]


def test_a_script_that_starts_the_server_for_development(tmp_path: Path) -> None:
    files: Files = {"app.py": FLASK + GUARD + "app.run(debug=True)\n"}
    assert shown(detect(tmp_path, files, "flask")).startswith(
        "web: env FLASK_APP=app:app flask run"
    )
