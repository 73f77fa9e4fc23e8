"""The last resorts: console scripts, and scripts at the top."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.start_commands.results import (
    Ambiguous,
    Detected,
    NotDetected,
)
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


ARGUMENTS = ARGPARSE + "args = p.parse_args()\n"
FASTAPI = "import uvicorn\nfrom fastapi import FastAPI\n"
APP = f"{FASTAPI}app = FastAPI()\n"
SERVE = "if __name__ == '__main__':\n    uvicorn.run(app, port=args.port)\n"
HELLO = "def main():\n    print('Hello from shop!')\n\n\nif __name__ == '__main__':\n    main()\n"
FROM_MAIN = "def main():\n    app = FastAPI()\n    uvicorn.run(app, port=8000)\n"
MAIN = "if __name__ == '__main__':\n    main()\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # What a server would misread.
        ({"main.py": ARGUMENTS + APP + SERVE}, "ambiguous: main.py:7 web: python main.py"),
        (
            {"main.py": f"{ARGUMENTS}{APP}PORT = 'PORT'\n{SERVE}"},
            "web: python main.py (main.py:8)",
        ),
        (
            {"main.py": f"import sys\nPATH = sys.argv[1]\n{APP}{SERVE}"},
            "ambiguous: main.py:6 web: python main.py",
        ),
        ({"main.py": f"import sys\nNAME = sys.argv[0]\n{APP}{SERVE}"}, "main:app (main.py:5)"),
        ({"main.py": f"{APP}{ARGPARSE}args = p.parse_args([])\n"}, "main:app (main.py:3)"),
        # What no server can import.
        ({"server.py": FASTAPI + FROM_MAIN + MAIN}, "ambiguous: server.py:6 web: python server.py"),
        (
            {"server.py": FASTAPI + FROM_MAIN.replace("8000", "PORT") + MAIN},
            "web: python server.py (server.py:6)",
        ),
        (
            {"server.py": FASTAPI + FROM_MAIN.replace("8000", "PORT, debug=True") + MAIN},
            "ambiguous: server.py:6 web: python server.py",
        ),
        (
            {"server.py": f"{FASTAPI}if __name__ == '__main__':\n    make(x).run(port=1)\n"},
            "ambiguous: server.py:3 web: python server.py",
        ),
        # What would start a second server.
        ({"app.py": f"{APP}serve(app, port=8080)\n"}, "web: python app.py (app.py:3)"),
        (
            {"app.py": f"{APP}WSGIServer(80, app).serve_forever()\n"},
            "web: python app.py (app.py:3)",
        ),
        # What isn't at the top.
        ({"src/main.py": MAIN}, "app: python src/main.py (src/main.py:1)"),
        (
            {"src/main.py": f"from src.util import x\n{MAIN}", "src/util.py": ""},
            "app: python -m src.main (src/main.py:2)",
        ),
        ({"shop/main.py": MAIN}, "ambiguous: shop/main.py:1 app: python -m shop.main"),
        ({"shop/tool.py": MAIN}, "nothing"),
        # What a project begins with.
        ({"main.py": HELLO}, "app: python main.py (main.py:5)"),
        ({"main.py": HELLO, "job.py": f"def main(): ...\n{MAIN}"}, "app: python job.py (job.py:2)"),
        (
            {
                "main.py": HELLO,
                "src/shop/__init__.py": "",
                "src/shop/server.py": FASTAPI + FROM_MAIN + MAIN,
            },
            "ambiguous: src/shop/server.py:6 web: cd src && python -m shop.server",
        ),
    ],
)
def test_scripts_that_serve(tmp_path: Path, files: Files, expected: str) -> None:
    assert shown(detect(tmp_path, files, "fastapi uvicorn")).endswith(expected)


@pytest.mark.parametrize("table", ["[project.scripts]", "[tool.poetry.scripts]"])
def test_console_scripts_of_a_project_that_is_no_package(tmp_path: Path, table: str) -> None:
    pyproject = f"[project]\nname = 'shop'\n{table}\nshop = 'shop:main'\n"
    poetry = "[tool.poetry]\npackage-mode = false\n"
    files: Files = {"pyproject.toml": pyproject + poetry, "shop.py": "def main(): ...\n"}
    detected = detect(tmp_path, files, "")
    assert isinstance(detected, NotDetected)
    assert [each.text for each in detected.not_installed] == ["shop"]
    started = detect(tmp_path, {"main.py": "print('x')\n"}, "")
    assert shown(started) == "app: python main.py (main.py:1)"


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
