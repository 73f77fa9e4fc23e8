"""Large wheels of nothing, for an app that has more of them than a benchmark should download."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

_FILES = 10
# Half of it is compressed to next to nothing, as real libraries are to about half.
_FILE_BYTES = 12_500_000
_TEXT = b"Of what can be compressed, there is as much as of what can't be.\n"


def write_large_wheels(
    directory: Path, number: int, *, file_bytes: int = _FILE_BYTES
) -> tuple[Path, ...]:
    """Write wheels of the same contents in every run, ``large-01`` and so on; return their paths.

    Args:
        directory: an empty one.
        number: of wheels.
        file_bytes: of each of the ten files of a wheel.
    """
    return tuple(_write(directory, f"large_{each + 1:02}", file_bytes) for each in range(number))


def _write(directory: Path, name: str, file_bytes: int) -> Path:
    wheel = directory / f"{name}-1.0-py3-none-any.whl"
    random, half = Random(name), file_bytes // 2  # noqa: S311 - no secret
    text = (_TEXT * (half // len(_TEXT) + 1))[:half]
    with zipfile.ZipFile(wheel, "w") as archive:
        files = {f"{name}/data_{each}.bin": random.randbytes(half) + text for each in range(_FILES)}
        for path, content in (*files.items(), *_metadata(name, files).items()):
            archive.writestr(zipfile.ZipInfo(path), content)
    return wheel


def _metadata(name: str, files: Iterable[str]) -> Mapping[str, bytes]:
    module, dist_info = f"{name}/__init__.py", f"{name}-1.0.dist-info"
    own = (f"{dist_info}/{each}" for each in ("METADATA", "WHEEL", "RECORD"))
    record = [f"{path},,\n" for path in (module, *files, *own)]
    texts = {
        module: "",
        f"{dist_info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{dist_info}/WHEEL": "Wheel-Version: 1.0\nGenerator: bench\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
        f"{dist_info}/RECORD": "".join(record),
    }
    return {path: text.encode() for path, text in texts.items()}
