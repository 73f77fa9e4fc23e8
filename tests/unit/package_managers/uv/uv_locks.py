"""A lock of uv."""

from __future__ import annotations

SHA256 = "a" * 64
URL = "https://files.example/tiny-1.0-py3-none-any.whl"
LOCK = f"""\
version = 1
revision = 3
requires-python = ">=3.12"

[[package]]
name = "shop"
version = "1.0"
source = {{ virtual = "." }}

[[package]]
name = "Local"
source = {{ editable = "libs/local" }}

[[package]]
name = "tiny"
version = "1.0"
source = {{ registry = "https://index.example/simple" }}
sdist = {{ url = "https://files.example/tiny-1.0.tar.gz", hash = "sha256:{"b" * 64}" }}
wheels = [
    {{ url = "{URL}", hash = "sha256:{SHA256}" }},
]
"""
