"""Start commands that are found by reading the code, started in the image."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.apps import write_app
from tools.lifecycle_build import Workspace
from tools.started_process import kill_group
from tools.web_page import free_port, wait_for_page

PYRAMID = {
    "pyproject.toml": (
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "shop"\nversion = "1.0"\ndependencies = ["pyramid", "{server}"]\n'
        '[project.entry-points."paste.app_factory"]\nmain = "shop:main"\n'
        '[tool.setuptools]\npackages = ["shop"]\n'
    ),
    "shop/__init__.py": (
        "from pyramid.config import Configurator\nfrom pyramid.response import Response\n"
        "def main(global_config, **settings):\n    with Configurator(settings=settings) as config:\n"
        "        config.add_route('home', '/')\n"
        "        config.add_view(lambda _: Response('hello'), route_name='home')\n"
        "        return config.make_wsgi_app()\n"
    ),
    "production.ini": "[app:main]\nuse = egg:shop\n[server:main]\nuse = egg:waitress#main\nlisten = {listen}\n",
}


def pyramid(server: str, listen: str) -> dict[str, str]:
    """Return a project of Pyramid's whose settings have this address."""
    return {
        path: text.replace("{server}", server).replace("{listen}", listen)
        for path, text in PYRAMID.items()
    }


WSGI_CLASS = (
    "class Shop:\n    def __init__(self, environ, start_response):\n"
    "        start_response('200 OK', [])\n"
    "    def __iter__(self):\n        yield b'hello'\napplication = Shop\n"
)
ASGI_CLASS = (
    "class Shop:\n    async def __call__(self, scope, receive, send):\n"
    "        if scope['type'] == 'http':\n"
    "            await send({'type': 'http.response.start', 'status': 200})\n"
    "            await send({'type': 'http.response.body', 'body': b'hello'})\napp = Shop\n"
)
LEGACY_ASGI_CLASS = ASGI_CLASS.replace(
    "    async def __call__(self, scope, receive, send):\n",
    "    def __init__(self, scope):\n        self.scope = scope\n"
    "    async def __call__(self, receive, send):\n        scope = self.scope\n",
)
GRADIO = (
    "import gradio\ngradio.Interface(lambda name: name, 'text', 'text', title='hello').launch()\n"
)
WEB_APPS = {
    "WSGI class": ({"requirements.txt": "gunicorn", "wsgi.py": WSGI_CLASS}, "gunicorn "),
    "ASGI class": ({"requirements.txt": "uvicorn", "main.py": ASGI_CLASS}, "uvicorn .* --factory"),
    "ASGI 2": ({"requirements.txt": "uvicorn", "main.py": LEGACY_ASGI_CLASS}, "uvicorn "),
    "gunicorn --paste": (pyramid("gunicorn", "*:6543"), "gunicorn .* --paste production.ini"),
    "pserve": (pyramid("waitress", "*:%(http_port)s"), "env PORT=.* pserve production.ini"),
    "waitress": (pyramid("waitress", "*:6543"), 'python -c "import os, waitress;'),
    "Gradio": (
        {"requirements.txt": "gradio", "app.py": GRADIO},
        "env GRADIO_SERVER_NAME=.* app.py",
    ),
}
# In two modules, of which neither imports the other; the broker is in the process.
DRAMATIQ = {
    "requirements.txt": "dramatiq",
    "broker.py": (
        "import dramatiq\nfrom dramatiq.brokers.stub import StubBroker\n"
        "dramatiq.set_broker(StubBroker())\n"
    ),
    **{
        f"{name}.py": (
            "import broker\nimport dramatiq\n"
            f"@dramatiq.actor\ndef {name}(): ...\nprint('has {name}', flush=True)\n"
        )
        for name in ("mail", "thumbnails")
    },
}
pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(("files", "command"), WEB_APPS.values(), ids=WEB_APPS)
def test_web_app_answers(
    files: dict[str, str],
    command: str,
    workspace: Workspace,
    buildpack_env: dict[str, str],
    tmp_path: Path,
) -> None:
    result = workspace.build(write_app(tmp_path / "app", files), buildpack_env)
    assert re.search(rf"(?m)^  Process web: {command}", result.buildpack_log)
    port = free_port()
    with workspace.start(result.require_image(), ["web"], {"PORT": str(port)}) as process:
        try:
            page = wait_for_page(port, lambda: process.poll() is None, seconds=60)
        finally:
            kill_group(process)
    assert "hello" in page


def test_worker_has_the_actors_of_all_modules(
    workspace: Workspace, buildpack_env: dict[str, str], tmp_path: Path
) -> None:
    result = workspace.build(write_app(tmp_path / "app", DRAMATIQ), buildpack_env)
    assert "  Process worker: dramatiq mail thumbnails" in result.buildpack_log
    with workspace.start(result.require_image(), ["worker"], {}) as process:
        assert process.stdout is not None
        lines = [line for line, _ in zip(process.stdout, range(4), strict=False)]
        kill_group(process)
    assert {"has mail\n", "has thumbnails\n"} <= {*lines}
