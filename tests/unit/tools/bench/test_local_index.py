from __future__ import annotations

import hashlib
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tools.bench.local_index import build_resources, running_index
from tools.errors import ToolError

METADATA = "Metadata-Version: 2.1\nName: My.Package\nVersion: 1.0\nRequires-Python: >=3.8,<4\n\n"
NAME = "my_package-1.0-py3-none-any.whl"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    file = tmp_path / NAME
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("my_package/vendored/other-1.dist-info/METADATA", "another's")
        archive.writestr("my_package-1.0.dist-info/METADATA", METADATA)
    return file


def test_page_of_a_project(wheel: Path) -> None:
    page = build_resources([wheel])["/simple/my-package/"].content
    assert isinstance(page, bytes)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert f'href="/files/{NAME}#sha256={digest}"' in page.decode()
    assert 'data-requires-python="&gt;=3.8,&lt;4"' in page.decode()
    metadata_digest = hashlib.sha256(METADATA.encode()).hexdigest()
    assert f'data-core-metadata="sha256={metadata_digest}"' in page.decode()


def test_metadata_without_the_wheel(wheel: Path) -> None:
    resource = build_resources([wheel])[f"/files/{NAME}.metadata"]
    assert resource.content == METADATA.encode()
    assert not resource.is_wheel


def test_files_may_be_cached_longer_than_pages(wheel: Path) -> None:
    resources = build_resources([wheel])
    assert resources[f"/files/{NAME}"].caching == "max-age=31536000, immutable"
    assert resources["/simple/my-package/"].caching == "max-age=600"


def test_what_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "broken-1-py3-none-any.whl").write_bytes(b"junk")
    with pytest.raises(ToolError, match="is no wheel"):
        build_resources(tmp_path.glob("*.whl"))


def test_running_index_counts_what_it_sends(wheel: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with running_index([wheel]) as index:
        with opener.open(index.url + "my-package/") as response:
            page = response.read()
        with opener.open(index.url.replace("/simple/", f"/files/{NAME}")) as response:
            assert response.read() == wheel.read_bytes()
    assert (index.wheel_bytes, index.other_bytes) == (wheel.stat().st_size, len(page))
