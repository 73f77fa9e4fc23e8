from __future__ import annotations

import pytest

from python_buildpack.environment.sbom.components import License
from python_buildpack.environment.sbom.licenses import declared_license

MIT = "License :: OSI Approved :: MIT License"
BSD = "License :: OSI Approved :: BSD License"
APACHE = "License :: OSI Approved :: Apache Software License"


@pytest.mark.parametrize(
    ("expression", "text", "classifiers", "expected"),
    [
        pytest.param("mit or apache-2.0", None, (), "MIT OR Apache-2.0", id="expression"),
        pytest.param("LicenseRef-Own", None, (), "LicenseRef-Own", id="license of its own"),
        pytest.param("MIT", "BSD", (BSD,), "MIT", id="expression first"),
        pytest.param(None, "BSD-3-Clause", (BSD,), "BSD-3-Clause", id="identifier in License"),
        pytest.param(None, "Apache License,\n  Version 2.0", (), "Apache-2.0", id="name"),
        pytest.param(None, "BSD", (MIT,), "MIT", id="classifier"),
        pytest.param(None, None, ("Topic :: Internet", MIT), "MIT", id="other classifiers"),
    ],
)
def test_declared_license_that_is_certain(
    expression: str | None, text: str | None, classifiers: tuple[str, ...], expected: str
) -> None:
    assert declared_license(expression, text, classifiers) == License(expected)


@pytest.mark.parametrize(
    ("expression", "text", "classifiers", "names"),
    [
        pytest.param(None, None, (), (), id="nothing"),
        pytest.param(None, "BSD", (BSD,), ("BSD License",), id="which BSD license"),
        pytest.param(None, None, (APACHE,), ("Apache Software License",), id="which Apache"),
        pytest.param(None, None, (MIT, BSD), ("MIT", "BSD License"), id="and, or"),
        pytest.param(None, "  Our\n  own ", (), ("Our own",), id="name"),
        pytest.param("no such license", None, (), ("no such license",), id="invalid expression"),
        pytest.param(None, "Permission is granted\n" * 50, (), (), id="whole text"),
    ],
)
def test_declared_license_that_is_not(
    expression: str | None, text: str | None, classifiers: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert declared_license(expression, text, classifiers) == License(names=names)
