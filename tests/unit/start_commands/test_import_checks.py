"""What the processes' modules import that isn't installed, or download."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.messages.wording import message_for
from python_buildpack.start_commands.determination import determine_start_commands
from python_buildpack.start_commands.missing_imports import (
    DownloadNotice,
    MissingImportsNotice,
    UndeclaredImport,
)
from tests.unit.start_commands.detection import Files, detect

FLASK = "from flask import Flask\napp = Flask(__name__)\n"


def warnings(app_dir: Path, files: Files, *installed: str) -> list[object]:
    detect(app_dir, files, "")
    versions = dict.fromkeys(("flask", "gunicorn", *installed), "100")
    return list(determine_start_commands(AppFiles(app_dir), (), versions).warnings)


def test_modules_of_a_process_that_are_not_installed(tmp_path: Path) -> None:
    files: Files = {
        "app.py": FLASK + "import yaml\nfrom shop import db\n",
        "shop/__init__.py": "",
        "shop/db.py": "import psycopg2, requests\n",
        "tools.py": "import pandas\n",
    }
    expected = MissingImportsNotice(
        "web",
        (UndeclaredImport("yaml", "app.py", 3), UndeclaredImport("psycopg2", "shop/db.py", 1)),
        ("pyyaml", "psycopg2"),
    )
    assert warnings(tmp_path, files, "requests") == [expected]
    message = message_for(expected)
    assert message.heading == "The process web imports modules that aren't installed"
    assert message.body.startswith("    app.py:3: yaml\n    shop/db.py:1: psycopg2\n")
    assert message.body.endswith("Add to the dependencies: psycopg2, pyyaml")


def test_modules_that_are_removed_from_python(tmp_path: Path) -> None:
    files: Files = {
        "app.py": FLASK + "from tkinter import messagebox\nimport shop.plot\nimport yaml\n",
        "shop/plot.py": "import turtle, tkinter.ttk\n",
    }
    removed = MissingImportsNotice(
        "web",
        (UndeclaredImport("tkinter", "app.py", 3), UndeclaredImport("turtle", "shop/plot.py", 1)),
        (),
    )
    missing = MissingImportsNotice("web", (UndeclaredImport("yaml", "app.py", 5),), ("pyyaml",))
    assert warnings(tmp_path, files) == [removed, missing]
    message = message_for(removed)
    assert message.heading == "The process web imports modules that aren't installed"
    assert message.body.startswith(
        "    app.py:3: tkinter\n    shop/plot.py:1: turtle\n\nA container"
    )


@pytest.mark.parametrize(
    "text",
    [
        "import psycopg2, yaml\n",
        "try:\n    import redis\nexcept ImportError:\n    redis = None\n",
        "if X:\n    import redis\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import redis\n",
        "def view():\n    import redis\n",
        "import a_module_that_any_distribution_may_have\n",
        "import jwt\n",
        "def window():\n    import tkinter\n",
        "try:\n    import tkinter\nexcept ImportError:\n    pass\n",
        "import turtle\n",
        "import sys\nsys.path.append('libs')\nimport redis\n",
    ],
)
def test_imports_that_may_be_there(tmp_path: Path, text: str) -> None:
    files: Files = {"app.py": FLASK + text, "jwt/__init__.py": "", "turtle.py": ""}
    assert warnings(tmp_path, files, "psycopg2-binary", "pyyaml") == []


@pytest.mark.parametrize(
    ("text", "installed", "expected"),
    [
        ("import nltk\nnltk.download('punkt')\n", "nltk", "nltk.download"),
        (
            "import spacy.cli\nspacy.cli.download('en_core_web_sm')\n",
            "spacy",
            "spacy.cli.download",
        ),
        ("import nltk\ndef f():\n    nltk.download('punkt')\n", "nltk", None),
    ],
)
def test_downloads_at_the_start(
    tmp_path: Path, text: str, installed: str, expected: str | None
) -> None:
    found = warnings(tmp_path, {"app.py": FLASK + text}, installed)
    assert found == ([DownloadNotice(expected, "app.py", 4)] if expected else [])
    for notice in found:
        assert message_for(notice).heading.startswith(f"{expected}() downloads")
