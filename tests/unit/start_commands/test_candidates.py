"""Where a guess could be wrong, the candidates are listed and none is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.start_commands.results import (
    Ambiguous,
    Detected,
)
from tests.unit.start_commands.detection import Files, detect, shown

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
KEEP_ALIVE = (
    "from flask import Flask\nfrom threading import Thread\napp = Flask('')\n"
    "def run():\n    app.run(port=8080)\ndef keep_alive():\n    Thread(target=run).start()\n"
)
BOT = "import discord\nclient = discord.Client()\nclient.run(token)\n"


@pytest.mark.parametrize(
    "files",
    [
        {
            "keep_alive.py": KEEP_ALIVE,
            "main.py": f"from keep_alive import keep_alive\nkeep_alive()\n{BOT}",
        },
        {"main.py": KEEP_ALIVE + BOT},
    ],
)
def test_a_bot_that_answers_requests_beside_its_work(tmp_path: Path, files: Files) -> None:
    detected = detect(tmp_path, files, "discord-py flask")
    assert isinstance(detected, Ambiguous)
    assert detected.candidates[0].text == "python main.py"
    assert {each.name for each in detected.candidates} == {"web"}


def test_a_bot_beside_a_site(tmp_path: Path) -> None:
    files: Files = {"app.py": FLASK, "bot.py": BOT}
    detected = detect(tmp_path, files, "discord-py flask gunicorn")
    assert isinstance(detected, Detected)
    assert [each.name for each in detected.processes] == ["web", "worker"]


def test_a_mock_is_no_app(tmp_path: Path) -> None:
    files: Files = {"mock_api.py": FLASK, "service/app.py": FLASK}
    assert "service" in shown(detect(tmp_path, files, "flask gunicorn"))
    assert "mock" not in shown(detect(tmp_path, files, "flask gunicorn"))


def test_an_unusual_name_at_the_top_beside_a_usual_one_below(tmp_path: Path) -> None:
    files: Files = {"helper.py": FLASK, "service/app.py": FLASK}
    assert isinstance(detect(tmp_path, files, "flask gunicorn"), Ambiguous)
