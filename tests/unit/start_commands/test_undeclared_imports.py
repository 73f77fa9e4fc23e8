from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.messages.wording import message_for
from python_buildpack.start_commands.missing_imports import (
    InlineDependenciesError,
    UndeclaredDependenciesError,
    UndeclaredImport,
    check_imports,
)


def write(app_dir: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (app_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (app_dir / name).write_text(text)


def imports(app_dir: Path, files: dict[str, str]) -> list[tuple[str, int, str]]:
    write(app_dir, files)
    try:
        check_imports(app_dir)
    except UndeclaredDependenciesError as error:
        return [(each.path, each.line, each.module) for each in error.imports]
    return []


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"app.py": "import os\nimport flask"}, [("app.py", 2, "flask")]),
        ({"bot.py": "from discord.ext import commands"}, [("bot.py", 1, "discord")]),
        (
            {"main.py": "import os, requests as r\nimport requests.auth\nimport yaml"},
            [("main.py", 1, "requests"), ("main.py", 3, "yaml")],
        ),
        ({"src/main.py": "import flask"}, [("src/main.py", 1, "flask")]),
        (
            {"wsgi.py": "from shop import create_app", "shop/__init__.py": "\nimport flask"},
            [("shop/__init__.py", 2, "flask")],
        ),
        (
            {
                "app.py": "from shop.web import views",
                "shop/__init__.py": "",
                "shop/web/views.py": "from ..db import engine",
                "shop/db.py": "import sqlalchemy",
                "shop/unused.py": "import pandas",
            },
            [("shop/db.py", 1, "sqlalchemy")],
        ),
        ({"app.py": "import flask", "tool.py": "import fabric"}, [("app.py", 1, "flask")]),
        ({"app.py": "import flask", "package.json": "{}"}, [("app.py", 1, "flask")]),
    ],
)
def test_imports_of_what_nothing_installs(
    tmp_path: Path, files: dict[str, str], found: list[tuple[str, int, str]]
) -> None:
    assert imports(tmp_path, files) == found


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": "import os, json\nimport xml.etree\nfrom http.server import x"},
        {"app.py": "import imp, distutils, cgi, tomllib, annotationlib"},
        {"app.py": "from __future__ import annotations"},
        {"app.py": "try:\n    import flask\nexcept ImportError:\n    flask = None"},
        {"app.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import flask"},
        {"app.py": "import sys\nif sys.version_info < (3, 11):\n    import tomli"},
        {"app.py": "def f():\n    import flask"},
        {"app.py": "if __name__ == '__main__':\n    import uvicorn"},
        {
            "app.py": "import helpers, pkg.sub, data, native",
            "helpers.py": "",
            "pkg/x.txt": "",
            "data/y.py": "",
            "native.cpython-313-x86_64-linux-gnu.so": "",
        },
        {"app.py": "import models", "services/models.py": ""},
        {"app.py": "from . import x\nfrom .y import z"},
        {"app.py": "import sys\nsys.path.insert(0, 'libs')\nimport flask"},
        {"app.py": "import mine", "mine.py": "import site\nsite.addsitedir('x')\nimport flask"},
        {"app.py": "import flask ("},
        {"index.js": "", "package.json": "{}", "deploy.py": "import boto3"},
        {"tasks.py": "import invoke", "noxfile.py": "import nox", "setup.py": "import setuptools"},
        {"venv/pyvenv.cfg": "", "venv/app.py": "import flask"},
        {"node_modules/app.py": "import flask", "tests/app.py": "import flask"},
        {"scripts/report.py": "import pandas"},
    ],
)
def test_imports_that_say_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    assert imports(tmp_path, files) == []


def test_the_message_names_file_line_and_module() -> None:
    found = (UndeclaredImport("flask", "app.py", 1), UndeclaredImport("yaml", "x/y.py", 23))
    body = message_for(UndeclaredDependenciesError(found)).body
    assert "    app.py, line 1: flask\n    x/y.py, line 23: yaml\n" in body
    assert "requirements.txt" in body
    assert "BP_PIP_REQUIREMENT" in body
    assert "BP_GROUPS" not in body
    with_choices = message_for(UndeclaredDependenciesError(found, ("web", "dev"))).body
    assert "BP_GROUPS and BP_EXTRAS: dev, web." in with_choices
    many = tuple(UndeclaredImport(f"m{number}", "app.py", number) for number in range(15))
    assert "  and 5 more\n" in message_for(UndeclaredDependenciesError(many)).body


METADATA = """\
#!/usr/bin/env -S uv run
# /// script
# requires-python = ">=3.11"
#
# dependencies = ["flask", "requests<3"]
# ///
import flask
"""


@pytest.mark.parametrize("end_of_line", ["\n", "\r\n"])
def test_metadata_in_a_script_is_told(tmp_path: Path, end_of_line: str) -> None:
    (tmp_path / "server.py").write_text(METADATA, newline=end_of_line)
    with pytest.raises(InlineDependenciesError) as raised:
        check_imports(tmp_path)
    error = raised.value
    assert (error.path, error.line) == ("server.py", 2)
    assert error.dependencies == ("flask", "requests<3")
    body = message_for(error).body
    assert body.startswith("server.py:2: flask, requests<3\n")
    assert "uv export --script server.py --output-file requirements.txt" in body


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"app.py": METADATA.replace('"flask", "requests<3"', "")}, [("app.py", 7, "flask")]),
        ({"app.py": METADATA.replace("# ///\nimport", "import")}, [("app.py", 6, "flask")]),
        ({"app.py": METADATA.replace('["flask"', "[[")}, [("app.py", 7, "flask")]),
        ({"app.py": "import os\n", "benchmark.py": METADATA}, []),
    ],
)
def test_metadata_that_declares_nothing(
    tmp_path: Path, files: dict[str, str], found: list[tuple[str, int, str]]
) -> None:
    assert imports(tmp_path, files) == found
