"""Whatever is edited of a Django site, its image is that of a build from nothing.

SEQUENCES and EDITS in the environment say how many sequences of edits are tried, a fifth of the one,
and how long each is.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.integration.apps import write_app
from tests.integration.counted import Count
from tests.integration.layer_comparison import assert_same_layers
from tools.lifecycle_build import Workspace
from tools.oci_image import Image

SEQUENCES = int(os.environ.get("SEQUENCES", "20")) // 5
EDITS = int(os.environ.get("EDITS", "2"))
SETTINGS = """\
import os, pathlib
BASE = pathlib.Path(__file__).parent
SECRET_KEY = "for tests"
ROOT_URLCONF = "urls"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE / "assets"]
STATIC_ROOT = BASE / "{root}"
INSTALLED_APPS = ["django.contrib.staticfiles", "pages"{app}]
STORAGES = {{"staticfiles": {{"BACKEND": "{storage}"}}}}
"""
STORAGES = (
    "django.contrib.staticfiles.storage.StaticFilesStorage",
    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
    "whitenoise.storage.CompressedManifestStaticFilesStorage",
)
FILES = {
    "requirements.txt": "django==5.2.19\nwhitenoise==6.12.0\nasgiref==3.12.1\nsqlparse==0.6.1\n",
    "manage.py": """\
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
""",
    "settings.py": SETTINGS.format(root="collected", app="", storage=STORAGES[0]),
    "urls.py": "from pages import views\nurlpatterns = []\n",
    "wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    "assets/site.css": "a { color: red }",
    "pages/__init__.py": "",
    "pages/views.py": "",
    "pages/templates/page.html": "page",
    "pages/static/pages/page.css": "@import '../site.css';",
    "more/__init__.py": "",
    "more/static/more.js": "more()",
}
VERDICTS = {"Unchanged: taken from": "taken", "Running collectstatic": "collected"}


def edit_text(random: Random, files: dict[str, str]) -> str:
    """Change what is read by nothing, by the site alone, or by collectstatic, too."""
    comments = {"pages/views.py": "# {}", "pages/templates/page.html": "{}", "urls.py": "# {}"}
    comments |= {"assets/site.css": "/* {} */", "pages/static/pages/page.css": "/* {} */"}
    name = random.choice(sorted(comments))
    files[name] = f"{FILES[name]}\n{comments[name].format(random.randint(0, 9))}\n"
    return f"{name} changed"


def edit_names(random: Random, files: dict[str, str]) -> str:
    name = random.choice(("assets/other.css", "pages/static/new.css", "pages/other.py"))
    if files.pop(name, None) is not None:
        return f"{name} removed"
    files[name] = ""
    return f"{name} added"


def edit_settings(random: Random, files: dict[str, str]) -> str:
    values = {
        "root": random.choice(("collected", "built")),
        "app": random.choice(("", ', "more"')),
        "storage": random.choice(STORAGES),
    }
    files["settings.py"] = SETTINGS.format(**values)
    return f"settings changed: {values}"


def edit_nothing(_random: Random, _files: dict[str, str]) -> str:
    return "nothing changed"


KINDS: tuple[Callable[[Random, dict[str, str]], str], ...] = (
    *(edit_text, edit_text, edit_names, edit_settings, edit_nothing),
)


@pytest.fixture(scope="module")
def verdicts() -> Counter[str]:
    """How often static files were collected, and how often taken from the last build."""
    return Counter()


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_site_is_that_of_a_build_from_nothing(
    workspace: Workspace,
    buildpack_env: dict[str, str],
    tmp_path: Path,
    verdicts: Counter[str],
    number: int,
) -> None:
    random = Random(number)  # noqa: S311 - no secret
    files, env = dict(FILES), {**buildpack_env, "BP_PYTHON_VERSION": "3.13"}
    workspace.build(write_app(tmp_path / "start", files), env).require_image()
    history: list[str] = []
    for count in range(EDITS):
        history.append(random.choice(KINDS)(random, files))
        app = write_app(tmp_path / str(count), files)
        result = workspace.build(app, env)
        found = [name for text, name in VERDICTS.items() if text in result.buildpack_log]
        history[-1] += f": {', '.join(found)}"
        verdicts.update(found)
        fresh = workspace.build(app, env, image=f"fresh-{count}").require_image()
        assert_same(fresh, result.require_image(), history)


def assert_same(fresh: Image, image: Image, history: list[str]) -> None:
    try:
        assert_same_layers(fresh, image, fresh.layer_diff_ids())
    except AssertionError as error:
        raise AssertionError("\n".join((*history, str(error)))) from error
    assert fresh.layer_diff_ids() == image.layer_diff_ids()


def test_sequences_come_to_both_verdicts(verdicts: Counter[str], count: Count) -> None:
    """After all of them: nothing is proven about a path that none has taken."""
    if sum(verdicts.values()) < SEQUENCES * EDITS:
        pytest.skip("not all sequences ran")
    count(f"{SEQUENCES} sequences of {EDITS} edits: {verdicts}")
    assert verdicts.keys() == set(VERDICTS.values())
