from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.package_managers.pip.bundled_wheel import (
    NoVendoredPipError,
    PipWheel,
    read_vendored_pip,
)


def test_read_vendored_pip(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "pip.toml").write_text(f'version = "26.3"\nsha256 = "{"a" * 64}"\n')
    assert read_vendored_pip(tmp_path) == PipWheel(
        tmp_path / "vendor" / "pip-26.3-py3-none-any.whl", "26.3", "a" * 64
    )


@pytest.mark.parametrize("contents", [None, "", 'version = "26.3"', "version = ", "[version]"])
def test_read_vendored_pip_of_a_checkout(tmp_path: Path, contents: str | None) -> None:
    (tmp_path / "vendor").mkdir()
    if contents is not None:
        (tmp_path / "vendor" / "pip.toml").write_text(contents)
    with pytest.raises(NoVendoredPipError) as caught:
        read_vendored_pip(tmp_path)
    assert caught.value.buildpack_dir == str(tmp_path)
