from __future__ import annotations

import pytest

from python_buildpack.layers.build_variables import build_variables_digest

ENVIRONMENT = {"PATH": "/usr/bin", "FLAVOUR": "mild"}
BEFORE = build_variables_digest(ENVIRONMENT)


@pytest.mark.parametrize(
    "changed",
    [
        {"FLAVOUR": "hot"},
        {"PATH": "/opt/rust/bin:/usr/bin"},
        {"CFLAGS": "-O3"},
        {"MULTIDICT_NO_EXTENSIONS": "1"},
        {"SETUPTOOLS_SCM_PRETEND_VERSION": "2.0.0"},
        {"DATABASE_URL": "postgres://user:one@host/database"},
        {"API_TOKEN": "one"},
    ],
)
def test_what_a_build_can_read_counts(changed: dict[str, str]) -> None:
    assert build_variables_digest({**ENVIRONMENT, **changed}) != BEFORE


@pytest.mark.parametrize(
    "changed",
    [
        {"HOSTNAME": "f00"},
        {"HOME": "/home/cnb"},
        {"HTTPS_PROXY": "http://proxy.example"},
        {"https_proxy": "http://proxy.example"},
        {"SSL_CERT_FILE": "/work/python-buildpack-bindings-x/ca-certificates.pem"},
        {"GIT_CONFIG_VALUE_0": "/work/python-buildpack-bindings-x/git-credentials"},
        {"BP_REPORT": "true"},
        {"CNB_TARGET_ARCH": "arm64"},
        {"PIP_TIMEOUT": "60"},
    ],
)
def test_what_is_irrelevant_or_an_input_of_its_own(changed: dict[str, str]) -> None:
    assert build_variables_digest({**ENVIRONMENT, **changed}) == BEFORE


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("DATABASE_URL", ("postgres://user:one@host/db", "postgres://user:two@host/db")),
        ("API_TOKEN", ("one", "two")),
        ("SECRET_KEY", ("one", "two")),
        ("db_password", ("one", "two")),
    ],
)
def test_the_value_of_a_secret_is_in_no_digest(name: str, values: tuple[str, str]) -> None:
    one, two = (build_variables_digest({**ENVIRONMENT, name: value}) for value in values)
    assert one == two
