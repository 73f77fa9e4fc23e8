from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from python_buildpack.layers.venv_normalization import normalize_installed

SITE_PACKAGES = "lib/python3.13/site-packages"
ENTRY_POINTS = "[console_scripts]\ntiny = tiny.cli:main\n"


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    return tmp_path / "venv"


def write(venv: Path, path: str, contents: str = "") -> Path:
    """Write a file below site-packages, or with ``../../../`` elsewhere in the environment."""
    file = venv / SITE_PACKAGES / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(contents, encoding="utf-8", newline="")
    return file


def install(venv: Path, record: str = "", *, name: str = "tiny", **files: str) -> Path:
    """Write the dist-info directory of a distribution with what RECORD has beside it."""
    for file, contents in files.items():
        write(venv, f"{name}-1.0.dist-info/{file.replace('_', '.', 1)}", contents)
    return write(venv, f"{name}-1.0.dist-info/RECORD", record).parent


def normalized(venv: Path, name: str = "tiny") -> dict[str, str]:
    """Return the rows of RECORD by path, after normalization."""
    normalize_installed(venv, str)
    text = (venv / SITE_PACKAGES / f"{name}-1.0.dist-info/RECORD").read_text(encoding="utf-8")
    return dict(line.split(",", 1) for line in text.splitlines())


def recorded(contents: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(contents.encode()).digest())
    return f"sha256={digest.rstrip(b'=').decode()},{len(contents)}"


SCRIPT = """\
#!{venv}/bin/python
# -*- coding: utf-8 -*-
import re
import sys
from tiny.cli import main
if __name__ == "__main__":
    sys.argv[0] = re.sub(r"(-script\\.pyw|\\.exe)?$", "", sys.argv[0])
    sys.exit(main())
"""


@pytest.mark.parametrize("section", ["console_scripts", "gui_scripts"])
@pytest.mark.parametrize("present", [True, False])
def test_scripts_of_entry_points_have_one_form(venv: Path, section: str, *, present: bool) -> None:
    (venv / SITE_PACKAGES / "tiny-1.0.dist-info").mkdir(parents=True)
    write(venv, "tiny-1.0.dist-info/entry_points.txt", f"[{section}]\ntiny = tiny.cli:main [x]\n")
    if present:
        write(venv, "../../../bin/tiny", "#!/other/python3\nanother form\n")
    install(venv, "../../../bin/tiny,sha256=x,1\n" if present else "")
    rows = normalized(venv)
    expected = SCRIPT.format(venv=venv)
    script = venv / "bin" / "tiny"
    assert script.read_text() == expected
    assert script.stat().st_mode & 0o777 == 0o755
    assert rows["../../../bin/tiny"] == recorded(expected)


def test_other_programs_are_executable(venv: Path) -> None:
    """Of a wheel that has them without a mode, only pip makes them so."""
    write(venv, "../../../bin/program", "#!/bin/sh\n")
    (venv / "bin" / "program").chmod(0o644)
    install(venv, "../../../bin/program,,\n")
    normalized(venv)
    assert (venv / "bin" / "program").stat().st_mode & 0o777 == 0o755


def test_scripts_that_pip_adds_are_removed(venv: Path) -> None:
    write(
        venv,
        "pip-1.0.dist-info/entry_points.txt",
        "[console_scripts]\npip = pip:main\npip3 = pip:main\n",
    )
    for name in ("pip", "pip3", "pip3.13"):
        write(venv, f"../../../bin/{name}")
    install(
        venv, "".join(f"../../../bin/{each},,\n" for each in ("pip", "pip3", "pip3.13")), name="pip"
    )
    rows = normalized(venv, "pip")
    assert sorted(path.name for path in (venv / "bin").iterdir()) == ["pip", "pip3"]
    assert "../../../bin/pip3.13" not in rows


@pytest.mark.parametrize("python", ["python", "python3", "python3.13"])
def test_a_script_of_a_wheel_runs_one_python(venv: Path, python: str) -> None:
    write(venv, "../../../bin/aws", f"#!{venv}/bin/{python}\nprint()\n")
    install(venv, "../../../bin/aws,sha256=x,1\n")
    normalize_installed(venv, str)
    assert (venv / "bin" / "aws").read_text() == f"#!{venv}/bin/python\nprint()\n"


@pytest.mark.parametrize(
    "header",
    [
        "#!{python}\n",
        "#!{python}3.13 -E\n",
        "#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n' '''\n",
        "#!/bin/sh\n'''exec' '{python}3' \"$0\" \"$@\"\n' '''\n",
    ],
)
def test_a_script_of_a_wheel_runs_a_python_with_a_long_path(tmp_path: Path, header: str) -> None:
    venv = tmp_path / ("long" * 30) / "venv"
    python = f"{venv}/bin/python"
    write(venv, "../../../bin/aws", f"{header.format(python=python)}print()\n")
    install(venv, "../../../bin/aws,sha256=x,1\n")
    normalize_installed(venv, str)
    expected = f"#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n' '''\nprint()\n"
    assert (venv / "bin" / "aws").read_text() == expected


def test_other_scripts_stay_as_they_are(venv: Path) -> None:
    write(venv, "../../../bin/run", "#!/bin/sh\necho\n")
    install(venv, "../../../bin/run,sha256=x,1\n")
    assert normalized(venv)["../../../bin/run"] == "sha256=x,1"
    assert (venv / "bin" / "run").read_text() == "#!/bin/sh\necho\n"


@pytest.mark.parametrize(
    "entry_points",
    [
        "[console_scripts]\n../../outside = tiny:main\n",
        "[console_scripts]\n.. = tiny:main\n",
        "[console_scripts]\nnothing\n",
        "[console_scripts]\ntiny = tiny\n",
        "[console_scripts]\ntiny = tiny;import os:main\n",
        "[[[",
        "",
    ],
)
def test_entry_points_that_are_none_make_no_script(venv: Path, entry_points: str) -> None:
    write(venv, "tiny-1.0.dist-info/entry_points.txt", entry_points)
    install(venv)
    normalize_installed(venv, str)
    assert [*(venv / "bin").iterdir()] == []
    assert sorted(path.name for path in venv.parent.iterdir()) == ["venv"]


def test_a_link_in_the_place_of_a_script_is_not_followed(venv: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    (venv / "bin" / "tiny").symlink_to(outside)
    write(venv, "tiny-1.0.dist-info/entry_points.txt", ENTRY_POINTS)
    install(venv, "../../../bin/tiny,,\n")
    normalize_installed(venv, str)
    assert outside.read_text() == "kept"
    assert (venv / "bin" / "tiny").is_symlink()


@pytest.mark.parametrize("installer", ["pip\n", "uv", "Poetry 2.5.1"])
def test_installer_has_one_value(venv: Path, installer: str) -> None:
    dist_info = install(venv, "tiny-1.0.dist-info/INSTALLER,sha256=x,4\n", INSTALLER=installer)
    rows = normalized(venv)
    assert (dist_info / "INSTALLER").read_text() == "python-buildpack\n"
    assert rows["tiny-1.0.dist-info/INSTALLER"] == recorded("python-buildpack\n")


@pytest.mark.parametrize("name", ["REQUESTED", "uv_cache.json", "uv_build.json"])
def test_what_tools_keep_for_themselves_is_removed(venv: Path, name: str) -> None:
    file = write(venv, f"tiny-1.0.dist-info/{name}")
    install(venv, f"tiny-1.0.dist-info/{name},,\n")
    assert f"tiny-1.0.dist-info/{name}" not in normalized(venv)
    assert not file.exists()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"url": "u", "archive_info": {"hashes": {"sha256": "ab"}, "hash": "sha256=ab"}},
            '{"archive_info":{"hashes":{"sha256":"ab"}},"url":"u"}',
        ),
        (
            {"url": "u", "archive_info": {"hash": "sha256=ab"}},
            '{"archive_info":{"hashes":{"sha256":"ab"}},"url":"u"}',
        ),
        ({"url": None, "archive_info": None}, '{"archive_info":null,"url":null}'),
        ([], "[]"),
    ],
)
def test_direct_url_is_canonical(venv: Path, document: object, expected: str) -> None:
    file = write(venv, "tiny-1.0.dist-info/direct_url.json", json.dumps(document, indent=1))
    install(venv)
    assert normalized(venv)["tiny-1.0.dist-info/direct_url.json"] == recorded(expected)
    assert file.read_text() == expected


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "\ud800".encode("utf-8", "replace").decode()])
def test_a_direct_url_that_is_none_stays(venv: Path, text: str) -> None:
    file = write(venv, "tiny-1.0.dist-info/direct_url.json", text)
    install(venv)
    normalize_installed(venv, str)
    assert file.read_text() == text


def test_record_is_sorted_and_complete(venv: Path) -> None:
    for name in ("b.py", "a,b.py", "é.py"):
        write(venv, name, "pass\n")
    record = 'é.py,,\r\nb.py,sha256=kept,5\r\n"a,b.py",md5=x,5\r\ntiny-1.0.dist-info/RECORD,,\r\ngone.py,,\r\n'
    dist_info = install(venv, record)
    normalize_installed(venv, str)
    source, installer = recorded("pass\n"), recorded("python-buildpack\n")
    assert (dist_info / "RECORD").read_bytes().decode() == (
        f'"a,b.py",{source}\n'
        "b.py,sha256=kept,5\n"
        f"tiny-1.0.dist-info/INSTALLER,{installer}\n"
        "tiny-1.0.dist-info/RECORD,,\n"
        f"é.py,{source}\n"
    )


def test_bytecode_of_wheels_is_removed_unless_compiled_here(venv: Path) -> None:
    write(venv, "tiny/cli.py")
    paths = (
        "tiny/__pycache__/cli.cpython-313.pyc",
        "tiny/__pycache__/cli.cpython-39.pyc",
        "other/__pycache__/gone.cpython-313.pyc",
    )
    files = [write(venv, path) for path in paths]
    write(venv, "without_source.pyc")
    install(venv, "".join(f"{path},,\n" for path in (*paths, "without_source.pyc", "tiny/cli.py")))
    rows = normalized(venv)
    assert [file.exists() for file in files] == [True, False, False]
    assert not files[2].parent.exists()
    assert [path for path in rows if path.endswith(".pyc")] == ["without_source.pyc"]


def test_bytecode_of_a_free_threaded_build_has_the_same_tag(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "python3.14t" / "site-packages" / "tiny"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").touch()
    bytecode = package / "__pycache__" / "__init__.cpython-314.pyc"
    bytecode.touch()
    dist_info = package.with_name("tiny-1.0.dist-info")
    dist_info.mkdir()
    (dist_info / "RECORD").write_text("tiny/__pycache__/__init__.cpython-314.pyc,,\n")
    normalize_installed(tmp_path, str)
    assert bytecode.exists()


@pytest.mark.parametrize("path", ["../../../../outside", "/{}/outside", "link/outside", "a\0b"])
def test_rows_of_other_places_are_left_alone(venv: Path, tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("#!/usr/bin/python\n")
    (venv / SITE_PACKAGES).mkdir(parents=True)
    (venv / SITE_PACKAGES / "link").symlink_to(tmp_path)
    path = path.format(str(tmp_path).lstrip("/"))
    install(venv, f"{path},,\n")
    normalize_installed(venv, str)
    assert outside.read_text() == "#!/usr/bin/python\n"
    if "\0" not in path:
        assert normalized(venv)[path] == ","


@pytest.mark.parametrize("record", ["a" * 200_000, "\0", '"', ",,,,,\n\n,\n", "\udcff.py,,"])
def test_no_record_is_a_fault(venv: Path, record: str) -> None:
    dist_info = install(venv)
    (dist_info / "RECORD").write_bytes(record.encode("utf-8", "surrogateescape"))
    normalize_installed(venv, str)
    first = (dist_info / "RECORD").read_bytes()
    normalize_installed(venv, str)
    assert (dist_info / "RECORD").read_bytes() == first


def test_a_distribution_without_record_stays(venv: Path) -> None:
    installer = write(venv, "tiny-1.0.dist-info/INSTALLER", "debian")
    normalize_installed(venv, str)
    assert installer.read_text() == "debian"


def test_a_lock_of_the_environment_is_removed(venv: Path) -> None:
    (venv / ".lock").touch()
    normalize_installed(venv, str)
    assert not (venv / ".lock").exists()


def test_a_direct_url_has_no_credentials(venv: Path) -> None:
    url = "https://user:canary@host/a/tiny-1.0-py3-none-any.whl?token=canary#sig=canary"
    document = {"url": url, "archive_info": {}}
    file = write(venv, "tiny-1.0.dist-info/direct_url.json", json.dumps(document))
    install(venv)
    normalize_installed(venv, lambda url: url.replace("/a/", "/****/"))
    contents = file.read_text()
    assert "https://host/****/tiny-1.0-py3-none-any.whl" in contents
    assert "canary" not in contents
