"""Scripts that change data are never started by themselves; the files that start apps are."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.start_commands.import_effects import is_script_name
from python_buildpack.start_commands.results import (
    Detected,
    NotDetected,
)
from tests.unit.start_commands.detection import Files, detect, shown

FACTORY = "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n"
NEEDS_ARGUMENT = FACTORY.replace("create_app()", "create_app(config)")
CALLER = "from shop import create_app, db\napp = create_app()\n"
WITH_ARGUMENT = CALLER.replace("create_app()", "create_app('x')")
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
DROP = "with app.app_context():\n    db.drop_all()\n    db.create_all()\n"
COMMIT = "with app.app_context():\n    db.session.add(u)\n    db.session.commit()\n"
ALEMBIC = (
    "from alembic import context\n" + CALLER + "def run_migrations_offline(): ...\n"
    "def run_migrations_online(): ...\n"
    "if context.is_offline_mode():\n    run_migrations_offline()\n"
    "else:\n    run_migrations_online()\n"
)
GUARDED = "from shop import create_app, db\ndef main():\n    db.drop_all()\n"
MAIN = "if __name__ == '__main__':\n    main()\n"


def chosen(app_dir: Path, files: Files) -> str:
    """Return what ``web`` loads, or what there is in its place."""
    detected = detect(app_dir, files, "flask gunicorn")
    if isinstance(detected, Detected):
        return detected.processes[0].text.rpartition(" ")[2].strip('"')
    return shown(detected)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("seed.py", CALLER + DROP),
        ("seed.py", CALLER),
        ("seed_db.py", CALLER + COMMIT),
        ("init_db.py", CALLER + "with app.app_context():\n    db.create_all()\n"),
        ("env.py", ALEMBIC),
        ("alembic/env.py", ALEMBIC),
        ("migrations/env.py", ALEMBIC),
        ("database/env.py", ALEMBIC),
        ("shell.py", CALLER + "app.app_context().push()\n"),
        ("tool.py", CALLER + DROP),
        ("main.py", CALLER + DROP),
        ("app.py", CALLER + "def go():\n    db.drop_all()\ngo()\n"),
        ("wsgi.py", CALLER + DROP),
        ("wsgi.py", CALLER + "def go():\n    db.drop_all()\ngo()\nif X:\n    go()\n"),
        ("run.py", CALLER + COMMIT),
        ("manage.py", CALLER + "for name in names:\n    make_user(name)\n"),
        ("main.py", CALLER + "shutil.rmtree('/data')\n"),
        ("main.py", CALLER + "db.engine.execute('DROP TABLE users')\n"),
        ("main.py", CALLER + "os.system('rm -rf /data')\n"),
        ("main.py", CALLER + "User.query.filter_by(x=1).delete()\n"),
        ("reset_everything.py", FLASK + DROP),
        ("tool.py", FLASK + COMMIT),
    ],
)
def test_a_script_does_not_replace_the_factory(tmp_path: Path, path: str, text: str) -> None:
    files: Files = {"shop/__init__.py": FACTORY, path: text}
    assert chosen(tmp_path, files) == "shop:create_app()"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import logging\nlogging.basicConfig()\nlogging.getLogger('x').setLevel(10)\n",
        "CORS(app)\napp.register_blueprint(b)\n",
        "app.config.from_object('x')\napp.config.update(A=1)\n",
        "for blueprint in blueprints:\n    app.register_blueprint(blueprint)\n",
        "with app.app_context():\n    db.create_all()\n",
        "import numpy as np\nnp.random.seed(1)\ndf = df.drop(columns=['a']).reset_index()\n",
        "import logging\nlogging.getLogger().handlers.clear()\nlogger.remove()\n",
        "load_dotenv()\nsentry_sdk.init('x')\ndb.init_app(app)\n",
        "@app.cli.command()\ndef reset_db():\n    db.drop_all()\n",
        "@app.delete('/x')\ndef delete_all():\n    db.drop_all()\n",
        "if __name__ == '__main__':\n    db.drop_all()\n    app.run()\n",
        "app.wsgi_app = ProxyFix(app.wsgi_app)\napp.add_url_rule('/')\n",
    ],
)
def test_an_entry_that_sets_the_app_up(tmp_path: Path, text: str) -> None:
    files: Files = {"shop/__init__.py": FACTORY, "main.py": CALLER + text}
    assert chosen(tmp_path / "caller", files) == "main:app"
    assert chosen(tmp_path / "app", {"main.py": FLASK + text}) == "main:app"


@pytest.mark.parametrize(
    "name", ["wsgi", "asgi", "app", "main", "run", "server", "manage", "application"]
)
def test_entries(tmp_path: Path, name: str) -> None:
    files: Files = {"shop/__init__.py": FACTORY, f"{name}.py": CALLER}
    assert chosen(tmp_path, files) == f"{name}:app"


def test_a_server_s_entry_may_migrate(tmp_path: Path) -> None:
    upgrade = "with app.app_context():\n    upgrade()\n"
    files: Files = {"shop/__init__.py": FACTORY, "wsgi.py": CALLER + upgrade}
    assert chosen(tmp_path, files) == "wsgi:app"


def test_the_only_caller_of_a_factory_that_needs_an_argument(tmp_path: Path) -> None:
    files: Files = {"shop/__init__.py": NEEDS_ARGUMENT, "shopping.py": WITH_ARGUMENT}
    assert chosen(tmp_path / "a", files) == "shopping:app"
    files |= {"shopping.py": WITH_ARGUMENT + COMMIT, "seed.py": WITH_ARGUMENT}
    detected = detect(tmp_path / "b", files, "flask gunicorn")
    assert isinstance(detected, NotDetected)
    assert {(each.source, each.line) for each in detected.scripts} == {
        ("shopping.py", 5),
        ("seed.py", 1),
    }


@pytest.mark.parametrize("name", ["hello.py", "blog.py"])
def test_the_only_app_may_write_its_first_rows(tmp_path: Path, name: str) -> None:
    assert chosen(tmp_path, {name: FLASK + COMMIT}) == f"{name[:-3]}:app"


def test_the_only_app_may_not_destroy(tmp_path: Path) -> None:
    assert chosen(tmp_path, {"hello.py": FLASK + DROP}) == "nothing"


def test_a_factory_that_destroys(tmp_path: Path) -> None:
    text = FACTORY.replace("    return app\n", "    db.drop_all()\n    return app\n")
    assert chosen(tmp_path, {"shop/__init__.py": text}) == "nothing"


@pytest.mark.parametrize(
    "files",
    [
        {"job.py": GUARDED + MAIN},
        {"job.py": GUARDED + "main()\n"},
        {"seed.py": "from shop import load\nload()\n"},
        {
            "pyproject.toml": "[project]\nname = 'shop'\n[project.scripts]\ndrop-db = 'shop:drop'\n",
            "shop/__init__.py": "",
        },
    ],
)
def test_a_script_that_is_not_run(tmp_path: Path, files: Files) -> None:
    detected = detect(tmp_path, files, "shop")
    assert isinstance(detected, NotDetected)
    assert len(detected.scripts) == 1


@pytest.mark.parametrize(
    "text",
    [
        "for t in tables:\n    c.execute(f'DROP TABLE {t}')\n",
        "SQL = 'DELETE FROM users'\nc.execute(SQL)\n",
        "import asyncio\nasyncio.run(conn.run_sync(Base.metadata.drop_all))\n",
        "import subprocess\nsubprocess.run(['rm', '-rf', '/data'])\n",
        "s.query(User).delete(synchronize_session=False)\n",
        "client.db.command('dropDatabase')\n",
        "from tools import wipe\nwipe()\n",
        "import os\nfor f in files:\n    os.remove(f)\n",
    ],
)
def test_a_script_of_an_unusual_name_that_may_change_data(tmp_path: Path, text: str) -> None:
    detected = detect(tmp_path, {"job.py": f"def main(): ...\n{text}"}, "")
    assert isinstance(detected, NotDetected)
    assert [each.source for each in detected.scripts] == ["job.py"]
    # Its own name says that main.py is what the app starts with.
    usual = detect(
        tmp_path / "usual", {"main.py": "import re\nprint(re.match('a', 'a').group())\n"}, ""
    )
    assert shown(usual) == "app: python main.py (main.py:2)"


@pytest.mark.parametrize(
    "text",
    [
        "p.add_argument('file')\n",
        "p.add_argument('--token', required=True)\n",
        "@app.command()\ndef a(): ...\n@app.command()\ndef b(): ...\n",
    ],
)
def test_a_script_that_needs_arguments(tmp_path: Path, text: str) -> None:
    detected = detect(tmp_path, {"main.py": text + MAIN}, "")
    assert isinstance(detected, NotDetected)
    assert [each.text for each in detected.command_lines] == ["python main.py"]


@pytest.mark.parametrize(
    "text", ["p.add_argument('port', nargs='?', default=80)\n", "p.add_argument('--port')\n"]
)
def test_a_script_whose_arguments_are_optional(tmp_path: Path, text: str) -> None:
    assert shown(detect(tmp_path, {"main.py": text + MAIN}, "")).startswith("app: python main.py")


def test_a_module_that_only_defines_an_app_is_no_script(tmp_path: Path) -> None:
    text = "import unknown\napp = unknown.App()\napp.add_route('/', handler)\n"
    assert shown(detect(tmp_path, {"app.py": text}, "unknown")) == "nothing"


def test_a_script_beside_one_that_changes_data(tmp_path: Path) -> None:
    files: Files = {"job.py": GUARDED.replace("drop_all", "f") + MAIN, "clean.py": GUARDED + MAIN}
    assert shown(detect(tmp_path, files, "")) == "app: python job.py (job.py:4)"


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("seed", True),
        ("reset", True),
        ("db_seed", True),
        ("create_tables", True),
        ("load-data", True),
        ("migrate_users", True),
        ("importdata", True),
        ("create_app", False),
        ("database", False),
        ("application", False),
        ("loader", False),
        ("seedbank", False),
        ("environment", False),
    ],
)
def test_is_script_name(stem: str, *, expected: bool) -> None:
    assert is_script_name(stem) is expected


def test_long_chains_of_calls(tmp_path: Path) -> None:
    text = FLASK + "x" + ".f()" * 900 + "\n"
    assert chosen(tmp_path, {"app.py": text}) == "app:app"
