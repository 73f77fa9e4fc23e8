from __future__ import annotations

from pathlib import Path

import pytest

from tools.bench.put_away import delete_put_away, put_away


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made: list[float] = []
    monkeypatch.setattr("tools.bench.put_away.time.sleep", made.append)
    return made


def make_directory(path: Path, text: str) -> None:
    path.mkdir()
    (path / "file").write_text(text, encoding="utf-8")


def test_directories_of_one_name_are_put_away_side_by_side(tmp_path: Path) -> None:
    for text in ("first", "second"):
        make_directory(tmp_path / "layers", text)
        put_away(tmp_path / "layers")
    assert not (tmp_path / "layers").exists()
    kept = {path.read_text("utf-8") for path in tmp_path.rglob("file")}
    assert kept == {"first", "second"}


def test_what_is_not_there_is_left_alone(tmp_path: Path) -> None:
    put_away(tmp_path / "layers")
    assert list(tmp_path.iterdir()) == []


def test_what_was_put_away_at_any_depth_is_deleted(tmp_path: Path, pauses: list[float]) -> None:
    make_directory(tmp_path / "builds", "kept")
    make_directory(tmp_path / "builds" / "layers", "deleted")
    put_away(tmp_path / "builds" / "layers")
    make_directory(tmp_path / "registry", "deleted")
    put_away(tmp_path / "registry")
    delete_put_away(tmp_path)
    assert [path.read_text("utf-8") for path in tmp_path.rglob("file")] == ["kept"]
    assert len(pauses) == 1


def test_nothing_put_away_costs_no_pause(tmp_path: Path, pauses: list[float]) -> None:
    make_directory(tmp_path / "builds", "kept")
    delete_put_away(tmp_path)
    assert pauses == []
