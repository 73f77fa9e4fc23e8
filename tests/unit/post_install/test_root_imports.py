from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.post_install.root_imports import find_root_imports
from python_buildpack.start_commands.source_tree import read_source_tree
from tests.unit.post_install.django_files import write

SHARED = {"shared/__init__.py": "", "shared/users.py": "", "tools.py": ""}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("from shared.users import User\n", ("shared",), id="from"),
        pytest.param("import tools\nimport shared.users\n", ("shared", "tools"), id="import"),
        pytest.param("def f():\n    import tools\n", ("tools",), id="in a function"),
        pytest.param('INSTALLED_APPS = ["a", "shared.users"]\n', ("shared",), id="installed app"),
        pytest.param('LOCAL_APPS = []\nLOCAL_APPS += ["shared"]\n', ("shared",), id="added app"),
        pytest.param('"""from shared import users"""\n', (), id="text"),
        pytest.param("# import tools\n", (), id="comment"),
        pytest.param("from . import tools\n", (), id="relative"),
        pytest.param("import django\n", (), id="installed"),
        pytest.param("import json\n", (), id="standard library"),
        pytest.param("import site1.views\n", (), id="its own"),
        pytest.param('NAMES = ["shared"]\n', (), id="other setting"),
    ],
)
def test_find_root_imports(tmp_path: Path, code: str, expected: tuple[str, ...]) -> None:
    files = {**SHARED, "json/__init__.py": "", "site1/old.py": ""}
    project = {"backend/site1/views.py": "", "backend/site1/settings.py": code}
    write(tmp_path, {**files, **project})
    tree = read_source_tree(tmp_path)
    assert find_root_imports(tree, "backend", "site1.settings") == expected


def test_find_root_imports_settings(tmp_path: Path) -> None:
    write(tmp_path, {"app/manage.py": "", "app/settings.py": ""})
    assert find_root_imports(read_source_tree(tmp_path), "app", "app.settings") == ("app",)


def test_find_root_imports_manage_py_at_the_root(tmp_path: Path) -> None:
    write(tmp_path, {**SHARED, "site1/settings.py": "import shared\n"})
    assert find_root_imports(read_source_tree(tmp_path), "", "site1.settings") == ()
