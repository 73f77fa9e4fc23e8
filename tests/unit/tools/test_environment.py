from __future__ import annotations

import pytest

from tools.environment import pip_environment


def test_pip_environment_keeps_indexes_and_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environment = pip_environment()
    assert environment["PIP_INDEX_URL"] == "https://index.example/simple"
    assert environment["HTTPS_PROXY"] == "http://proxy.example"
    assert "PYTHONPATH" not in environment
