"""Real large packages work from layers of their own, linked into the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.apps import write_app
from tests.integration.counted import Count
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import Workspace
from tools.prepared_buildpack import PreparedBuildpack

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
    "fonttools": "import fontTools.ttLib, shutil; assert shutil.which('ttx')",
    "torch": "import torch; torch.eye(3).inverse()",
    "tensorflow-cpu": "import tensorflow; tensorflow.constant([1]) + 1",
    "spacy": "import spacy; spacy.blank('en')('a b')",
    "streamlit": "import streamlit, pathlib; assert (pathlib.Path(streamlit.__file__).parent / 'static').is_dir()",
    "playwright": "import playwright._impl._driver as d, subprocess; subprocess.run([*map(str, d.compute_driver_executable()), '--version'], check=True)",
    "pyspark": "import pyspark, shutil; assert shutil.which('spark-submit')",
    "jupyterlab": "import jupyterlab.labapp, jupyter_core.paths",
}
GROUPS = {
    "data": tuple(USES)[:13],
    "tensorflow": ("tensorflow-cpu",),
    "torch": ("torch",),
    "more": ("spacy", "streamlit", "playwright", "pyspark", "jupyterlab"),
}
# What all of them need of Python.
CHECK = """\
import importlib.metadata, importlib.resources, multiprocessing, pathlib, sys, traceback

def spawned(name):
    return __import__(name).__file__

def main():
    name, package = sys.argv[1:]
    distribution = importlib.metadata.distribution(name)
    assert all(distribution.locate_file(path).exists() for path in distribution.files or ())
    module = __import__(package)
    assert "/venv/lib/" in module.__file__ and "/dist-" not in module.__file__, module.__file__
    assert importlib.resources.files(package).joinpath("__init__.py").is_file()
    assert module.__cached__ and pathlib.Path(module.__cached__).is_file(), "no bytecode"
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
}


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as made:
        yield made


@pytest.mark.thorough
@pytest.mark.parametrize("group", GROUPS)
def test_packages_work_from_their_layers(
    workspace: Workspace,
    buildpack_env: dict[str, str],
    tmp_path: Path,
    group: str,
    count: Count,
) -> None:
    names = GROUPS[group]
    files = {"requirements.txt": "".join(f"{name}\n" for name in names), "check.py": CHECK}
    commands = [("pip check", ["pip", "check"]), ("pip list", ["pip", "list"])]
    for name in names:
        commands += [(name, ["python", "-c", USES[name]])]
        package = PACKAGES.get(name, name)
        commands += [(f"{name}, checked", ["python", "check.py", name, package])]
    files |= {"all.py": ALL, "commands.json": json.dumps(commands), "app.py": ""}
    app = write_app(tmp_path / "app", files)
    env = {**buildpack_env, "BP_PIP_AT_LAUNCH": "true"}
    image = workspace.build(app, env, image="real").require_image()
    parts = sorted(name for name in image.layer_diff_ids() if name.startswith("dist-"))
    count(", ".join(parts))
    assert 0 < len(parts) <= 16
    output = workspace.run(image, ["--", "python", "all.py"]).stdout
    assert json.loads(output.splitlines()[-1]) == {}
