"""Distributions that are often required by a wrong name."""

from __future__ import annotations

from types import MappingProxyType

from packaging.utils import canonicalize_name

# By names of modules, and of distributions that only point to others.
_DISTRIBUTIONS = MappingProxyType(
    {
        "bs4": "beautifulsoup4",
        "cv2": "opencv-python-headless",
        "dotenv": "python-dotenv",
        "jwt": "PyJWT",
        "mysqldb": "mysqlclient",
        "pil": "pillow",
        "pytorch": "torch",
        "skimage": "scikit-image",
        "sklearn": "scikit-learn",
        "tensorflow-gpu": "tensorflow",
        "yaml": "PyYAML",
    }
)


def meant_distribution(name: str) -> str | None:
    """Return a line with the name to require in place of ``name``, if it is known."""
    meant = _DISTRIBUTIONS.get(canonicalize_name(name))
    return f"The distribution's name is {meant}: require that instead of {name}." if meant else None
