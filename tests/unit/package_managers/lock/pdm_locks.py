"""Locks of PDM."""

from __future__ import annotations

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
METADATA = """\
[metadata]
groups = ["default", "lint-it", "pg", "test"]
strategy = ["inherit_metadata"]
lock_version = "4.5.1"

[[metadata.targets]]
requires_python = ">=3.10"
"""

LOCK = f"""\
{METADATA}
[[package]]
name = "flask"
version = "3.1.3"
groups = ["default"]
files = [{{file = "flask.whl", hash = "{A}"}}, {{file = "flask.tar.gz", hash = "{B}"}}]

[[package]]
name = "flask"
version = "3.1.3"
extras = ["async"]
groups = ["default"]
dependencies = ["flask==3.1.3"]
files = [{{file = "flask.whl", hash = "{A}"}}, {{file = "flask.tar.gz", hash = "{B}"}}]

[[package]]
name = "tomli"
version = "2.0"
groups = ["default", "test"]
marker = 'python_version < "3.11"'
files = [{{url = "https://files.example/tomli.whl", hash = "{A}"}}]

[[package]]
name = "pytest"
version = "9.2.0"
groups = ["test"]
files = [{{file = "pytest.whl", hash = "{B}"}}]

[[package]]
name = "psycopg"
version = "3.2"
groups = ["pg"]
files = [{{file = "psycopg.whl", hash = "{B}"}}]
"""


def package(text: str) -> str:
    return f'{METADATA}\n[[package]]\nname = "name"\ngroups = ["default"]\n{text}\n'
