"""Distributions whose build backend reads and writes more than its own files."""

from __future__ import annotations

from dataclasses import dataclass

from tests.distributions import Distribution

# What is appended to a backend replaces functions that it calls. The generated module lies beside
# the others, as hatch-vcs, setuptools-scm and in-place extensions have it.
_GENERATING = """

import os

listed, packed = files, pack


def files(pattern):
    read = {{"FLAVOUR": os.environ.get("APP_FLAVOUR"), "OUTSIDE": {outside}}}
    text = "".join(f"{{name}} = {{value!r}}\\n" for name, value in read.items())
    (ROOT / "{module}_generated.py").write_text(text)
    return listed(pattern)


def pack(directory, files):
    files[INFO + "/RECORD"] = "".join(name + ",,\\n" for name in [*files, INFO + "/RECORD"])
    return packed(directory, files)
"""


@dataclass(frozen=True)
class Generating(Distribution):
    """One whose backend generates a module in its source, editable or not.

    The module has the value of APP_FLAVOUR, and the text of the file ``outside`` unless that is
    empty: a path relative to the project's directory.
    """

    outside: str = ""

    @property
    def project(self) -> dict[str, str]:
        """The files of a directory from which pip builds the wheel."""
        outside = f'(ROOT.parent / "{self.outside}").read_text()' if self.outside else "None"
        more = _GENERATING.format(outside=outside, module=self.name.replace("-", "_"))
        files = super().project
        return {**files, "backend/in_tree.py": files["backend/in_tree.py"] + more}
