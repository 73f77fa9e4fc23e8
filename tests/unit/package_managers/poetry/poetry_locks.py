"""A lock of Poetry."""

from __future__ import annotations

FILE = "tiny-1.0-py3-none-any.whl"
LOCK = f"""\
[[package]]
name = "tiny"
version = "1.0"
optional = false
files = [
    {{file = "{FILE}", hash = "sha256:{"a" * 64}"}},
    {{file = "tiny-1.0.tar.gz", hash = "sha256:{"b" * 64}"}},
]

[[package]]
name = "Local"
version = "0.1"
files = []

[package.source]
type = "directory"
url = "libs/local"

[metadata]
lock-version = "2.1"
python-versions = "^3.10"
content-hash = "{"c" * 64}"
"""
