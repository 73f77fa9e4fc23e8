"""Real large packages work from layers of their own, linked into the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.environment.parts.partition import MOST_PARTS
from tests.integration.apps import write_app
from tests.integration.counted import Count
from tests.integration.layer_comparison import MOST_LAYERS
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import Workspace
from tools.prepared_buildpack import PreparedBuildpack
from tools.started_process import kill_group
from tools.web_page import free_port, wait_for_page

# What each has to be able to do; imports, native code and data files.
USES = {
    "numpy": "import numpy; numpy.linalg.inv(numpy.eye(3))",
    "scipy": "import scipy.optimize, scipy.sparse.linalg; scipy.optimize.brentq(lambda x: x - 1, 0, 2)",
    "pandas": "import pandas; pandas.DataFrame({'a': [1, 2]}).groupby('a').sum()",
    "scikit-learn": "from sklearn.datasets import load_iris; from sklearn.svm import SVC; SVC().fit(*load_iris(return_X_y=True))",
    "matplotlib": "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as p, io; p.plot([1]); p.savefig(io.BytesIO())",
    "pyarrow": "import pyarrow, pyarrow.parquet, pyarrow.compute; pyarrow.array([1]).sum()",
    "opencv-python-headless": "import cv2, numpy; cv2.blur(numpy.zeros((9, 9)), (3, 3)); assert cv2.data.haarcascades",
    "grpcio": "import grpc; grpc.server(__import__('concurrent.futures').futures.ThreadPoolExecutor())",
    "cryptography": "from cryptography.fernet import Fernet; Fernet(Fernet.generate_key()).encrypt(b'x')",
    "pillow": "from PIL import Image, features; assert features.check('jpg'); Image.new('RGB', (9, 9)).resize((3, 3))",
    "botocore": "import botocore.session; botocore.session.Session().get_service_model('s3')",
    "django": "import django.contrib.admin, pathlib; assert (pathlib.Path(django.contrib.admin.__file__).parent / 'static').is_dir()",
    "fonttools": "import fontTools.ttLib, shutil, subprocess as s, sys; assert shutil.which('ttx'); s.run([sys.executable, '-m', 'fontTools.ttx', '--version'], check=True)",
    "tensorflow-cpu": "import tensorflow; tensorflow.constant([1]) + 1",
    "spacy": "import spacy; spacy.blank('en')('a b')",
    "streamlit": "import streamlit, pathlib; assert (pathlib.Path(streamlit.__file__).parent / 'static').is_dir()",
    "playwright": "import playwright._impl._driver as d, subprocess; subprocess.run([*map(str, d.compute_driver_executable()), '--version'], check=True)",
    "pyspark": "import pyspark, shutil; assert shutil.which('spark-submit')",
    "jupyterlab": "import jupyterlab.labapp, jupyter_core.paths as p, pathlib; assert any(pathlib.Path(d, 'lab/static').is_dir() for d in p.jupyter_path())",
    # These find others by RPATHs.
    "eigenpy": "import eigenpy, numpy; eigenpy.EigenSolver(numpy.eye(3)).eigenvalues()",
    "pyside6-essentials": "from PySide6.QtCore import QCoreApplication; QCoreApplication([])",
}
GROUPS = {
    "data": tuple(USES)[:13],
    "tensorflow": ("tensorflow-cpu",),
    "more": ("spacy", "streamlit", "playwright", "pyspark", "jupyterlab"),
    "searching": ("eigenpy", "pyside6-essentials"),
}
# Of those that have no wheels for the newest.
PYTHONS = {"tensorflow": "3.13"}
# What all of them need of Python.
CHECK = """\
import importlib.metadata, importlib.resources, multiprocessing, pathlib, sys, types
import pkg_resources

def spawned(name):
    return __import__(name).__file__

def file_names(code):
    # Those that tracebacks and debuggers show.
    yield code.co_filename
    for value in code.co_consts:
        if isinstance(value, types.CodeType):
            yield from file_names(value)

def main():
    name, package = sys.argv[1:]
    distribution = importlib.metadata.distribution(name)
    assert all(distribution.locate_file(path).exists() for path in distribution.files or ())
    module = __import__(package)
    assert "/venv/lib/" in module.__file__ and "/dist-" not in module.__file__, module.__file__
    assert importlib.resources.files(package).joinpath("__init__.py").is_file()
    assert module.__cached__ and pathlib.Path(module.__cached__).is_file(), "no bytecode"
    assert set(file_names(module.__loader__.get_code(package))) == {module.__file__}
    assert pkg_resources.get_distribution(name).version == distribution.version
    assert pathlib.Path(pkg_resources.resource_filename(package, "__init__.py")).samefile(module.__file__)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(spawned, [package]) == module.__file__

if __name__ == "__main__":
    main()
"""
# An image is unpacked for each process that it starts: for one that starts all the others.
ALL = """\
import json, subprocess, sys
failed = {}
for name, command in json.load(open("commands.json")):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        failed[name] = (result.stdout + result.stderr)[-2000:]
print(json.dumps(failed))
"""
PACKAGES = {
    "scikit-learn": "sklearn",
    "opencv-python-headless": "cv2",
    "grpcio": "grpc",
    "pillow": "PIL",
    "fonttools": "fontTools",
    "tensorflow-cpu": "tensorflow",
    "pyside6-essentials": "PySide6",
}


# OpenShift runs images as a user that no image knows, in the group 0.
ANY_USER = (12345, 0)
# /dev/shm is another file system, in containers too.
READ_ONLY = (
    "sh",
    "-euc",
    'exec unshare --user --map-root-user --mount sh -euc "$0" "$@"',
    f"""mount -o remount,bind,ro /
exec unshare --user --map-user={ANY_USER[0]} --map-group={ANY_USER[1]} "$0" "$@"
""",
)
SERVED = """\
import os, time
import numpy

def app(environ, start_response):
    time.sleep(1)  # so that each worker has one request
    start_response("200 OK", [])
    return [f"{os.getpid()} {os.getuid()} {numpy.__file__} {os.access(numpy.__file__, os.W_OK)}".encode()]
"""
WORKERS = 3


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as made:
        yield made


@pytest.fixture(scope="module")
def containers(workspace: Workspace) -> Workspace:
    """What starts the images as any user."""
    uid, gid = ANY_USER
    return replace(workspace, uid=uid, gid=gid)


@pytest.mark.thorough
@pytest.mark.parametrize("group", GROUPS)
def test_packages_work_from_their_layers(
    workspace: Workspace,
    containers: Workspace,
    buildpack_env: dict[str, str],
    tmp_path: Path,
    group: str,
    count: Count,
) -> None:
    names = GROUPS[group]
    # The last that has pkg_resources.
    requirements = "".join(f"{name}\n" for name in (*names, "setuptools<82"))
    files = {"requirements.txt": requirements, "check.py": CHECK}
    commands = [("pip check", ["pip", "check"]), ("pip list", ["pip", "list"])]
    for name in names:
        commands += [(name, ["python", "-c", USES[name]])]
        package = PACKAGES.get(name, name)
        commands += [(f"{name}, checked", ["python", "check.py", name, package])]
    files |= {"all.py": ALL, "commands.json": json.dumps(commands), "app.py": ""}
    app = write_app(tmp_path / "app", files)
    env = {**buildpack_env, "BP_PIP_AT_LAUNCH": "true", "BP_PYTHON_VERSION": PYTHONS.get(group, "")}
    image = workspace.build(app, env, image="real").require_image()
    parts = sorted(name for name in image.layer_diff_ids() if name.startswith("dist-"))
    count(", ".join(parts))
    assert 0 < len(parts) <= MOST_PARTS
    assert len(image.layer_diff_ids()) <= MOST_LAYERS
    command = ["--", *READ_ONLY, "python", "all.py"]
    output = containers.run(image, command, {"TMPDIR": "/dev/shm"}).stdout  # noqa: S108
    assert json.loads(output.splitlines()[-1]) == {}


@pytest.mark.thorough
def test_several_workers_serve_from_layers(
    workspace: Workspace, containers: Workspace, buildpack_env: dict[str, str], tmp_path: Path
) -> None:
    files = {"requirements.txt": "gunicorn\nnumpy\n", "app.py": SERVED}
    app = write_app(tmp_path / "app", files)
    image = workspace.build(app, buildpack_env, image="served").require_image()
    port = free_port()
    options = ["--bind", f"127.0.0.1:{port}", "--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    command = ["gunicorn", f"--workers={WORKERS}", *options, "app:app"]
    with (
        containers.start(image, ["--", *READ_ONLY, *command]) as process,
        ThreadPoolExecutor() as pool,
    ):
        try:
            pages = pool.map(
                lambda _: wait_for_page(port, lambda: process.poll() is None), range(WORKERS)
            )
            answers = [page.split() for page in pages]
        finally:
            kill_group(process)
    assert len({pid for pid, *_ in answers}) > 1
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    for _, uid, file, is_writable in answers:
        assert (uid, is_writable) == (str(ANY_USER[0]), "False")
        assert Path(file).is_relative_to(layers / "venv")
