from __future__ import annotations

from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.prepared_buildpack import RuntimeSource, make_runtimes

# Stands for scripts/local-runtime.
SCRIPT = """\
import sys
from pathlib import Path
with (Path(__file__).parent / "calls").open("a") as calls:
    print(*sys.argv[2:], file=calls)
sys.exit({status})
"""


def write_script(root: Path, status: str) -> Path:
    script = root / "scripts" / "local-runtime"
    script.parent.mkdir()
    script.write_text(SCRIPT.format(status=status), encoding="utf-8")
    return script.with_name("calls")


@pytest.mark.parametrize(
    ("status", "headers", "source", "directory", "calls"),
    [
        pytest.param("0", False, RuntimeSource.GO_MODULES, "standalone-3.13", "3.13\n", id="first"),
        pytest.param(
            "0", True, RuntimeSource.MACHINE, "local-3.13", "--machine 3.13\n", id="with headers"
        ),
        pytest.param(
            '"--machine" not in sys.argv',
            False,
            RuntimeSource.MACHINE,
            "local-3.13",
            "3.13\n--machine 3.13\n",
            id="no module",
        ),
    ],
)
def test_make_runtimes(
    tmp_path: Path,
    status: str,
    headers: bool,
    source: RuntimeSource,
    directory: str,
    calls: str,
) -> None:
    called = write_script(tmp_path, status)
    made = make_runtimes(tmp_path, ["3.13"], headers=headers)
    assert made == (source, tmp_path / ".cache" / "local-runtimes" / directory)
    assert called.read_text(encoding="utf-8") == calls


def test_make_runtimes_of_nothing(tmp_path: Path) -> None:
    write_script(tmp_path, "1")
    with pytest.raises(ToolError, match="scripts/local-runtime failed"):
        make_runtimes(tmp_path, [])
