from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.environment.installed import installed_distributions
from python_buildpack.environment.linkage.check import read_needs
from python_buildpack.environment.linkage.system import System
from python_buildpack.environment.parts.footprints import read_footprints
from python_buildpack.environment.parts.members import (
    Member,
    members_from_json,
    members_to_json,
    read_members,
)
from python_buildpack.environment.sbom.licenses import declared_license
from tests.unit.environment.linkage.elf_files import AMD64, elf_bytes
from tests.unit.environment.parts.installed_environment import (
    SITE_PACKAGES,
    InstalledEnvironment,
)

LIBPYTHON = "libpython3.13.so.1.0"
METADATA = """\
Summary: Not of interest
License: BSD
  3-clause
Classifier: License :: OSI Approved :: BSD License
Classifier: Programming Language :: Python
Requires-Dist: six (>=1.0)
  ; extra == "all"
Provides-Extra: all
"""


@pytest.fixture
def environment(tmp_path: Path) -> InstalledEnvironment:
    return InstalledEnvironment(tmp_path / "venv")


def members_of(environment: InstalledEnvironment) -> dict[str, Member]:
    libraries = environment.libraries
    footprints = read_footprints(environment.venv_dir, environment.resolution, libraries)
    assert footprints is not None
    needs = tuple(read_needs(libraries, System(AMD64, ())))
    found = read_members(footprints, libraries, needs, frozenset({LIBPYTHON}))
    return {each.name: each for each in found}


def extension(name: str, *needed: str, rpath: str = "") -> bytes:
    return elf_bytes(*needed, rpath=rpath, symbols=(f"PyInit_{name}",))


def test_metadata_that_is_used(environment: InstalledEnvironment) -> None:
    environment.install("Big.One", {"big/__init__.py": b""}, metadata=METADATA)
    assert members_of(environment)["big-one"].metadata.splitlines() == [
        "Metadata-Version: 2.4",
        "Name: Big.One",
        "Version: 1.0",
        "License: BSD 3-clause",
        "Classifier: License :: OSI Approved :: BSD License",
        'Requires-Dist: six (>=1.0) ; extra == "all"',
        "Provides-Extra: all",
    ]


@pytest.mark.parametrize(
    "license_field",
    ["MIT", "x" * 101, "The MIT\n   License", "a " * 60, "B" + " " * 120 + "SD"],
)
def test_licence_is_the_same_as_that_of_all_metadata(
    environment: InstalledEnvironment, license_field: str
) -> None:
    environment.install("big", {"big.py": b""}, metadata=f"License: {license_field}\n")
    whole = installed_distributions(environment.venv_dir)[0].metadata
    member = members_of(environment)["big"]
    (environment.site_packages / "big-1.0.dist-info" / "METADATA").write_text(member.metadata)
    short = installed_distributions(environment.venv_dir)[0].metadata
    licenses = [declared_license(None, each.get("license"), ()) for each in (whole, short)]
    assert licenses[0] == licenses[1]


def test_origin_and_tags(environment: InstalledEnvironment) -> None:
    environment.install("big", {"big.py": b"", "big-1.0.dist-info/direct_url.json": b"{}"})
    member = members_of(environment)["big"]
    assert (member.tags, member.direct_url) == (("py3-none-any",), "{}")


def test_libraries(environment: InstalledEnvironment) -> None:
    environment.install(
        "big",
        {
            "big/_a.so": extension("_a", "libown.so.1", "libpq.so.5", "libother.so.2"),
            "big.libs/libown-77.so.1": elf_bytes("libz.so.1", soname="libown.so.1"),
        },
    )
    environment.install("other", {"other/libother.so.2": elf_bytes()})
    found = members_of(environment)
    assert found["big"].linkage.provided == ("libown-77.so.1", "libown.so.1")
    module, own = f"{SITE_PACKAGES}/big/_a.so", f"{SITE_PACKAGES}/big.libs/libown-77.so.1"
    assert found["big"].linkage.needed == (
        ("libother.so.2", module),
        ("libpq.so.5", module),
        ("libz.so.1", own),
    )
    assert found["other"].linkage.provided == ("libother.so.2",)


def test_embedded_python(environment: InstalledEnvironment) -> None:
    environment.install("uwsgi", {"uwsgi/plugin.so": elf_bytes(LIBPYTHON)})
    environment.install("plain", {"plain.py": b""})
    found = members_of(environment)
    assert [found[name].needs_libpython for name in ("plain", "uwsgi")] == [False, True]


def test_members_are_remembered(environment: InstalledEnvironment) -> None:
    environment.install("big", {"big/_a.so": extension("_a", "libpq.so.5", rpath="$ORIGIN/../x")})
    environment.install("other", {"other.py": b""}, metadata=METADATA)
    members = tuple(members_of(environment).values())
    assert members_from_json(members_to_json(members)) == members


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": 5},
        {"tags": "py3"},
        {"footprint": {}},
        {"linkage": []},
        {"unknown": ""},
        {"name": "x"},
    ],
    ids=str,
)
def test_what_is_something_else(
    environment: InstalledEnvironment, change: dict[str, object]
) -> None:
    environment.install("big", {"big.py": b""})
    document = json.loads(members_to_json(tuple(members_of(environment).values())))
    document[0].update(change)
    assert members_from_json(json.dumps(document, sort_keys=True, separators=(",", ":"))) is None


@pytest.mark.parametrize("claim", ["/etc/passwd", "lib/../../../etc", "../x"])
def test_places_outside_of_an_environment(environment: InstalledEnvironment, claim: str) -> None:
    environment.install("big", {"big.py": b""})
    document = json.loads(members_to_json(tuple(members_of(environment).values())))
    document[0]["footprint"]["claims"].append(claim)
    assert members_from_json(json.dumps(document, sort_keys=True, separators=(",", ":"))) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
)


@given(_JSON | st.lists(st.dictionaries(st.sampled_from(["footprint", "linkage"]), _JSON)))
def test_any_json_is_read(document: object) -> None:
    members = members_from_json(json.dumps(document))
    assert members is None or members == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert not members_from_json(text)
