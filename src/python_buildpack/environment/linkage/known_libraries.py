"""Shared libraries that an image needn't have, known by their names."""

from __future__ import annotations

import re

# What the node brings along where it has a graphics processor, and the libraries of the processor's
# vendor, which a run image may have although the build image doesn't.
_GRAPHICS = re.compile(
    r"lib(?:cuda|cudart|cublas\w*|cudnn\w*|cufft\w*|cufile\w*|curand|cusolver\w*|cusparse\w*"
    r"|cupti|nccl|nv\w+|nvidia-.+|amdhip64|hip\w+|hsa-runtime64|roc(?!k)\w+|rccl|MIOpen|OpenCL"
    r"|ze_loader|sycl)\.so(?:\.[\d.]+)?"
)
# The interpreter has it in itself. https://peps.python.org/pep-0513/#libpythonx-y-so-1
_LIBPYTHON = re.compile(r"libpython\d.*\.so.*")

# Modules that a distribution tries to import, and does without.
_OPTIONAL = {
    "numba": re.compile(r"lib(?:tbb|gomp)\.so\.[\d.]+"),
    "torchaudio": re.compile(r"lib(?:av\w+|sw\w+|sox|postproc)\.so(?:\.\d+)?"),
    "torchcodec": re.compile(r"lib(?:av\w+|sw\w+|postproc)\.so\.\d+"),
}


def is_provided_at_run_time(library: str) -> bool:
    """Return whether a library doesn't have to be in the build image."""
    return bool(_LIBPYTHON.fullmatch(library) or _GRAPHICS.fullmatch(library))


def is_optional(library: str, distribution: str | None) -> bool:
    """Return whether a distribution is known to work without a library."""
    pattern = _OPTIONAL.get(distribution or "")
    return pattern is not None and pattern.fullmatch(library) is not None
