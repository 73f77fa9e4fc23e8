"""The manifest of public apps, and the table of what became of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tools.ecosystem import check
from tools.ecosystem.check import Outcome, table_of
from tools.ecosystem.manifest import ENDS, App, read_manifest
from tools.errors import ToolError

APP = App("owner/name", "0" * 40, "pip, Flask")


def test_manifest_names_each_app_once_by_a_full_commit() -> None:
    apps = read_manifest(Path(check.__file__).with_name("apps.toml"))
    titles = [app.title for app in apps]
    assert len(set(titles)) == len(titles) >= 40
    assert {len(app.commit) for app in apps} == {40}


@pytest.mark.parametrize("text", ['name = "a"\n', 'name = "a"\ncommit = ""\nkind = ""\nodd = 1\n'])
def test_manifest_with_a_wrong_entry(tmp_path: Path, text: str) -> None:
    (tmp_path / "apps.toml").write_text(f"[[apps]]\n{text}")
    with pytest.raises(ToolError):
        read_manifest(tmp_path / "apps.toml")


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (APP, "200"),
        (replace(APP, status=302), "302"),
        (replace(APP, path=""), "runs"),
        (replace(APP, status=ENDS), "ends"),
    ],
)
def test_what_is_expected(app: App, expected: str) -> None:
    assert check._expected(app) == expected


def test_table() -> None:
    outcomes = [
        Outcome(replace(APP, directory="api"), "", "gunicorn app:app", "200", 9.6, 2.34, "3.14.6"),
        Outcome(replace(APP, note="needs a database"), "", answer="ends"),
        Outcome(APP, "the build fails"),
    ]
    first, _, _, _, *rows = table_of(outcomes).splitlines()
    assert first == "2 of 3 apps build and start as expected."
    link = "[owner/name](https://github.com/owner/name)"
    api = "[owner/name/api](https://github.com/owner/name)"
    assert [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows] == [
        [api, "pip, Flask", "3.14.6", "`gunicorn app:app`", "200", "10", "2.3", ""],
        [link, "pip, Flask", "", "", "ends", "0", "0.0", "needs a database"],
        [link, "pip, Flask", "", "", "", "0", "0.0", "the build fails"],
    ]
