"""Programs for other interpreters: run by path, never imported."""

from pathlib import Path

COLLECTSTATIC = Path(__file__).with_name("collectstatic.py")
COMPILE_WORKER = Path(__file__).with_name("compile_worker.py")
CONDA_ENVIRONMENT = Path(__file__).with_name("conda_environment.py")
PIP_FOR_PYTHON = Path(__file__).with_name("pip_for_python.py")
RUN_AND_EXIT = Path(__file__).with_name("run_and_exit.py")
RUNTIME_LIBRARIES = Path(__file__).with_name("runtime_libraries.py")
SIZING = Path(__file__).with_name("sizing.py")
