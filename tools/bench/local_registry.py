"""A container registry on loopback: Debian's ``docker-registry``, and what is asked of it.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
"""

from __future__ import annotations

import hashlib
import http.client
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tools.debian_packages import find_program
from tools.errors import ToolError
from tools.web_page import free_port

_PROGRAM = "docker-registry"
_START_SECONDS = 20.0
_REQUEST_SECONDS = 60.0
_MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
# https://distribution.github.io/distribution/about/configuration/
_SETTINGS = """\
version: 0.1
log:
  level: error
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: {directory}
http:
  addr: 127.0.0.1:{port}
"""


@dataclass(frozen=True)
class Registry:
    """A registry that listens at ``port`` of loopback, without TLS and passwords."""

    port: int

    def push_layout(self, layout: Path, repository: str, tag: str) -> None:
        """Push the image of one platform in the OCI layout directory ``layout``.

        Raises:
            ToolError: the registry refuses.
        """
        (entry,) = json.loads((layout / "index.json").read_text("utf-8"))["manifests"]
        manifest = _blob_file(layout, entry["digest"]).read_bytes()
        document = json.loads(manifest)
        for blob in [document["config"], *document["layers"]]:
            self._push_blob(repository, _blob_file(layout, blob["digest"]).read_bytes())
        path = f"/v2/{repository}/manifests/{tag}"
        self._call("PUT", path, manifest, {"Content-Type": entry["mediaType"]})

    def pull_description(self, repository: str, tag: str, layout: Path) -> None:
        """Write the image's manifest and config, but no layer, as an OCI layout to ``layout``.

        Raises:
            ToolError: there is no such image.
        """
        accept = {"Accept": _MANIFEST_TYPES}
        _, manifest = self._call("GET", f"/v2/{repository}/manifests/{tag}", headers=accept)
        document = json.loads(manifest)
        config_path = f"/v2/{repository}/blobs/{document['config']['digest']}"
        _, config = self._call("GET", config_path)
        for content in (manifest, config):
            file = _blob_file(layout, _digest(content))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        index = {"manifests": [{"digest": _digest(manifest), "size": len(manifest)}]}
        (layout / "index.json").write_text(json.dumps(index), "utf-8")

    def read_blob_end(self, repository: str, digest: str, size: int) -> bytes:
        """Return the last ``size`` bytes of a blob."""
        headers = {"Range": f"bytes=-{size}"}
        _, content = self._call("GET", f"/v2/{repository}/blobs/{digest}", headers=headers)
        return content[-size:]

    def answers(self) -> bool:
        """Return whether the registry is up."""
        try:
            self._call("GET", "/v2/")
        except (OSError, http.client.HTTPException, ToolError):
            return False
        return True

    def _push_blob(self, repository: str, content: bytes) -> None:
        response, _ = self._call("POST", f"/v2/{repository}/blobs/uploads/", b"")
        location = urlsplit(response.getheader("Location", ""))
        query = "&".join(filter(None, (location.query, f"digest={_digest(content)}")))
        headers = {"Content-Type": "application/octet-stream"}
        self._call("PUT", f"{location.path}?{query}", content, headers)

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_REQUEST_SECONDS)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status >= http.client.MULTIPLE_CHOICES:
            answer = content.decode(errors="replace").strip()
            raise ToolError(
                f"The registry answered {method} {path} with {response.status}:{answer}"
            )
        return response, content


def find_registry_program() -> Path | None:
    """Return the path of ``docker-registry``, None if this machine has none.

    In CI it is installed; see ``find_program``.
    """
    return find_program(_PROGRAM, _PROGRAM)


@contextmanager
def running_registry(program: Path, directory: Path) -> Iterator[Registry]:
    """Run a registry while the body runs.

    Args:
        program: what ``find_registry_program`` found.
        directory: where it keeps its blobs; is made.

    Raises:
        ToolError: it does not start.
    """
    directory.mkdir(parents=True)
    port = free_port()
    settings = directory / "config.yml"
    settings.write_text(_SETTINGS.format(directory=directory / "storage", port=port), "utf-8")
    log_path = directory / "registry.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [str(program), "serve", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        registry = Registry(port)
        _wait_for(registry, process, log_path)
        yield registry
    finally:
        process.kill()
        process.wait()


def _wait_for(registry: Registry, process: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not registry.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            log = log_path.read_text("utf-8", errors="replace")
            raise ToolError(f"{_PROGRAM} does not start:\n{log[-2000:]}")
        time.sleep(0.05)


def _blob_file(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
