"""No document, whatever is in it, ends in a traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from python_buildpack.cnb.buildpack_plan import parse_buildpack_plan
from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.layer_content_metadata import parse_layer_content_metadata
from python_buildpack.cnb.layers_dir import Layers, Restored, Unknown
from python_buildpack.cnb.output_files import read_buildpack_plan, read_store
from python_buildpack.cnb.store import parse_store

PARSERS = [parse_buildpack_plan, parse_layer_content_metadata, parse_store]

# Mere text is nearly never TOML, so that the parsers would see little of what they have to stand.
FRAGMENTS = st.sampled_from(
    (
        *("[types]", "[metadata]", "[[entries]]", "metadata", "entries", "types", "launch", "name"),
        *(
            "[",
            "]",
            "{",
            "}",
            "=",
            ".",
            ",",
            "\n",
            "\r",
            '"',
            "'",
            "'x'",
            "true",
            "3",
            "1.5",
            "nan",
        ),
        *("1979-05-27", "25:61:00", "\\", "#", "\0", "\ud800", "\ufeff"),
    )
)
TEXTS = st.text() | st.lists(FRAGMENTS, max_size=15).map("".join)


@pytest.mark.parametrize("parse", PARSERS)
@given(text=TEXTS)
@settings(deadline=None)
def test_parse_raises_nothing_else(parse: Callable[[str], object], text: str) -> None:
    try:
        parsed = parse(text)
    except InvalidDocumentError:
        return
    assert parsed is not None


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"metadata = {'[' * 100_000}", id="deep-arrays"),
        pytest.param(f"metadata = {'{a=' * 100_000}", id="deep-tables"),
        pytest.param(f"metadata = {'9' * 5_000}", id="more-digits-than-int-accepts"),
    ],
)
def test_parse_rejects_extreme_documents(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(InvalidDocumentError):
        parse(text)


@given(contents=st.binary() | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_read_raises_nothing_else(tmp_path: Path, contents: bytes) -> None:
    for name in ("store.toml", "python.toml", "plan.toml"):
        (tmp_path / name).write_bytes(contents)
    assert isinstance(read_store(tmp_path), dict)
    assert isinstance(Layers(tmp_path).read("python"), Unknown | Restored)
    with contextlib.suppress(InvalidDocumentError):
        read_buildpack_plan(tmp_path / "plan.toml")
