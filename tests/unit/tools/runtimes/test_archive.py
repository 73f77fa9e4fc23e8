from __future__ import annotations

from pathlib import Path

import pytest

from tools.runtimes.archive import rewrite_paths
from tools.runtimes.interpreter import Interpreter


def interpreter(prefix: str, libraries: str) -> Interpreter:
    return Interpreter(
        executable=Path(prefix, "bin", "python3.11"),
        version="3.11.2",
        machine="x86_64",
        prefix=Path(prefix),
        standard_library=Path(prefix, "lib", "python3.11"),
        include=Path(prefix, "include", "python3.11"),
        config_header=Path(prefix, "include", "python3.11", "pyconfig.h"),
        library_dir=Path(prefix, libraries),
        package_dirs=(),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prefix=/home/me/3.11.2", "prefix=/install"),
        ("'-L/home/me/3.11.2/lib'", "'-L/install/lib'"),
        ("/home/me/3.11.2-debug/lib", "/home/me/3.11.2-debug/lib"),
        ("/usr/bin/gcc", "/usr/bin/gcc"),
    ],
)
def test_rewrite_paths(text: str, expected: str) -> None:
    assert rewrite_paths(text, interpreter("/home/me/3.11.2", "lib")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prefix=/usr\n", "prefix=/install\n"),
        ("'/usr/lib/python3.11/config'", "'/install/lib/python3.11/config'"),
        ("-I/usr/include/python3.11", "-I/install/include/python3.11"),
        ("-L/usr/lib/x86_64-linux-gnu", "-L/install/lib"),
        ("'BINDIR': '/usr/bin'", "'BINDIR': '/install/bin'"),
        ("/usr/bin/python3.11 -m pip", "/install/bin/python3.11 -m pip"),
        ("/usr/bin/install -c", "/usr/bin/install -c"),
        ("/usr/lib/python3.11x /usr/share", "/usr/lib/python3.11x /usr/share"),
    ],
)
def test_rewrite_paths_of_a_shared_prefix(text: str, expected: str) -> None:
    assert rewrite_paths(text, interpreter("/usr", "lib/x86_64-linux-gnu")) == expected
