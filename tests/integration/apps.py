"""Small apps, and the wheels and source distributions that they bring along."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

# Small, pure, and without dependencies.
REQUIREMENT = "iniconfig==2.1.0"
SMALL_APP = {"requirements.txt": f"{REQUIREMENT}\n", "app.py": "import iniconfig\n"}

_LOCAL_WHEEL = "wheels/local-1.0-py3-none-any.whl"

_PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
"""
_SETUP = """\
from setuptools import Extension, setup

setup(name="{name}", version="1.0", ext_modules=[Extension("{name}", ["{name}.c"])])
"""
# The path of a file and the line are what assertions put into a release build.
EXTENSION_SOURCE = """\
#include <Python.h>

static PyObject *where(PyObject *self, PyObject *unused)
{{
    return PyUnicode_FromFormat("%s:%d", __FILE__, __LINE__);
}}

static PyMethodDef methods[] = {{{{"where", where, METH_NOARGS, NULL}}, {{NULL, NULL, 0, NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, methods}};

PyMODINIT_FUNC PyInit_{name}(void)
{{
    return PyModule_Create(&module);
}}
"""


def write_app(directory: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write ``files``, by path relative to the new ``directory``, in the given order."""
    directory.mkdir(parents=True)
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def extension_project(name: str, source: str = EXTENSION_SOURCE) -> dict[str, str]:
    """Return the files of a project that is one extension module in C, built by setuptools."""
    return {
        "pyproject.toml": _PYPROJECT,
        "setup.py": _SETUP.format(name=name),
        f"{name}.c": source.format(name=name),
    }


def sdist(name: str, files: Mapping[str, str]) -> bytes:
    """Return a source distribution, version 1.0, of ``files``: the same bytes every time."""
    info = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    buffer = io.BytesIO()
    # Not gzip, whose header has the time.
    with tarfile.open(fileobj=buffer, mode="w:xz") as tar:
        for path, text in {**files, "PKG-INFO": info}.items():
            member = tarfile.TarInfo(f"{name}-1.0/{path}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def wheel(name: str, version: str, modules: Mapping[str, str | bytes]) -> bytes:
    """Return a pure wheel of ``modules``, by path."""
    info = f"{name}-{version}.dist-info"
    files = {
        **modules,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return buffer.getvalue()


# A file proves nothing: what it requires is installed from scratch on each build.
APP_WITH_A_LOCAL_WHEEL: Mapping[str, str | bytes] = {
    "requirements.txt": f"{REQUIREMENT}\n./{_LOCAL_WHEEL}\n",
    "app.py": "import iniconfig, local\n",
    _LOCAL_WHEEL: wheel("local", "1.0", {"local.py": "VALUE = 1\n"}),
}
