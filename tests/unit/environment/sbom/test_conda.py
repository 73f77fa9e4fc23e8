from __future__ import annotations

import json
from pathlib import Path

from python_buildpack.environment.resolution import Resolution
from python_buildpack.environment.sbom.conda import conda_sbom

PYTHON = "pkg:conda/python@3.13.1?build=h1_cpython&channel=forge&subdir=linux-64&type=conda"
IDNA = "pkg:conda/idna@3.10?build=pyhd_0&channel=forge&subdir=noarch&type=tar.bz2"


def record(prefix: Path, **values: object) -> None:
    directory = prefix / "conda-meta"
    directory.mkdir(exist_ok=True)
    (directory / f"{values['name']}.json").write_text(json.dumps(values))


def test_conda_sbom(tmp_path: Path) -> None:
    channel = "https://conda.example/forge/"
    record(
        tmp_path,
        name="python",
        version="3.13.1",
        build="h1_cpython",
        subdir="linux-64",
        fn="python-3.13.1-h1_cpython.conda",
        channel=channel,
        license="Python-2.0",
        sha256="ab" * 32,
    )
    record(
        tmp_path,
        name="idna",
        version="3.10",
        build="pyhd_0",
        subdir="noarch",
        fn="idna-3.10-pyhd_0.tar.bz2",
        channel=channel,
        depends=["python >=3.9", "__unix", ""],
    )
    info = tmp_path / "lib" / "python3.13" / "site-packages" / "idna-3.10.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: idna\nVersion: 3.10\n")
    sbom = conda_sbom("conda", tmp_path, "3.13.1", Resolution(()))
    assert [each.purl for each in sbom.components] == [IDNA, PYTHON, "pkg:pypi/idna@3.10"]
    idna, python, _ = sbom.components
    assert idna.requires == (PYTHON,)
    assert python.license.expression == "Python-2.0"
    assert python.source.hashes == (("sha256", "ab" * 32),)
    assert sbom.roots == (IDNA, "pkg:pypi/idna@3.10")
