"""Distributions that are often required by another name than theirs."""

from __future__ import annotations

from types import MappingProxyType

from packaging.utils import canonicalize_name

# Of modules, and of distributions that are there to say that others are meant, if at all.
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
    """Return a line that says what to require in place of a name; None where that isn't known."""
    meant = _DISTRIBUTIONS.get(canonicalize_name(name))
    return (
        f"The distribution is called {meant}: require that in place of {name}." if meant else None
    )
