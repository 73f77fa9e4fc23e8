"""Locks as PEP 751 has them."""

from __future__ import annotations

A, B, C = "a" * 64, "b" * 64, "c" * 64
COMMIT = "149e5170b30da1088b126d8e71270d179af213d1"
HOST = "https://files.example"
HEAD = 'lock-version = "1.0"\ncreated-by = "test"\n'
WHEELS = f"""
[[packages]]
name = "flask"
version = "3.1.3"
index = "https://index.example/simple/"
sdist = {{ url = "{HOST}/flask-3.1.3.tar.gz", hashes = {{ sha256 = "{B}" }} }}
wheels = [{{ url = "{HOST}/flask-3.1.3-py3-none-any.whl", hashes = {{ sha256 = "{A}" }} }}]
[[packages]]
name = "click"
version = "8.2.0"
index = "https://index.example/simple"
wheels = [{{ url = "{HOST}/click-8.2.0-py3-none-any.whl", hashes = {{ sha512 = "{C}" }} }}]
"""

WHOLE = f"""\
{HEAD}
requires-python = ">=3.11"
extras = ["color"]
dependency-groups = ["Dev_Tools", "base"]
default-groups = ["base"]
environments = ["sys_platform == 'linux'"]
{WHEELS}
[[packages]]
name = "black"
version = "1.0"
marker = "'dev-tools' in dependency_groups"
sdist = {{ name = "black-1.0.tar.gz", path = "black-1.0.tar.gz", hashes = {{ sha256 = "{A}" }} }}
[[packages]]
name = "colors"
marker = "'base' in dependency_groups and 'color' in extras"
archive = {{ url = "{HOST}/colors.zip", hashes = {{ sha256 = "{A}" }}, subdirectory = "python" }}
[[packages]]
name = "tool"
marker = "python_version >= '3.12'"
vcs = {{ type = "git", url = "https://git.example/tool.git", commit-id = "{COMMIT}" }}
[[packages]]
name = "app"
directory = {{ path = ".", editable = true }}
"""
