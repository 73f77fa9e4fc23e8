"""A container engine, spoken to through its Docker API on a unix socket: Docker or podman.

No client program is needed, and both engines answer alike.
https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.errors import ToolError

_PING_SECONDS = 3.0
# A container that runs to its end may take this long without a word.
_REQUEST_SECONDS = 300.0
# Each piece of a container's log: stream, three zero bytes, length.
# https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
_LOG_HEADER_BYTES = 8


@dataclass(frozen=True)
class ContainerEngine:
    """An engine that listens at ``socket_path``."""

    socket_path: Path

    @property
    def docker_host(self) -> str:
        """What the environment variable DOCKER_HOST says of it."""
        return f"unix://{self.socket_path}"

    def answers(self) -> bool:
        """Return whether an engine is really there."""
        try:
            status, _ = self._request("GET", "/_ping", seconds=_PING_SECONDS)
        except (OSError, http.client.HTTPException):
            return False
        return status == http.client.OK

    def inspect_image(self, image: str) -> Mapping[str, Any]:
        """Return what the engine knows of an image: ``Config``, ``RootFS`` and more."""
        return self._call("GET", f"/images/{quote(image)}/json")

    def start_container(
        self,
        image: str,
        command: Sequence[str] = (),
        *,
        entrypoint: str | None = None,
        env: Mapping[str, str] | None = None,
        published_port: int | None = None,
    ) -> str:
        """Start a container and return its id.

        Args:
            image: is there already; nothing is pulled.
            command: in the place of the image's; arguments of the entrypoint.
            entrypoint: in the place of the image's.
            env: added to the image's environment.
            published_port: the same on this machine's loopback and in the container; without
                one, the container shares this machine's network.
        """
        port = f"{published_port}/tcp"
        host: dict[str, object] = {"NetworkMode": "host"}
        if published_port is not None:
            binding = {"HostIp": "127.0.0.1", "HostPort": str(published_port)}
            host = {"PortBindings": {port: [binding]}}
        body: dict[str, object] = {
            "Image": image,
            "Env": [f"{name}={value}" for name, value in (env or {}).items()],
            "HostConfig": host,
            **({"ExposedPorts": {port: {}}} if published_port is not None else {}),
            **({"Cmd": list(command)} if command else {}),
            **({"Entrypoint": [entrypoint]} if entrypoint else {}),
        }
        container: str = self._call("POST", "/containers/create", body)["Id"]
        self._call("POST", f"/containers/{container}/start")
        return container

    def run_container(
        self,
        image: str,
        command: Sequence[str],
        *,
        entrypoint: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        """Run a container to its end and return its exit status and what it printed."""
        container = self.start_container(image, command, entrypoint=entrypoint, env=env)
        try:
            status: int = self._call("POST", f"/containers/{container}/wait")["StatusCode"]
            return status, self.container_log(container)
        finally:
            self.remove_container(container)

    def is_running(self, container: str) -> bool:
        """Return whether the container has not ended yet."""
        return bool(self._call("GET", f"/containers/{container}/json")["State"]["Running"])

    def container_log(self, container: str) -> str:
        """Return what the container has printed, to both its outputs."""
        path = f"/containers/{container}/logs?stdout=1&stderr=1"
        status, content = self._request("GET", path)
        if status != http.client.OK:
            raise ToolError(_failure("GET", path, status, content))
        text, position = b"", 0
        while position + _LOG_HEADER_BYTES <= len(content):
            start = position + _LOG_HEADER_BYTES
            position = start + int.from_bytes(content[position + 4 : start], "big")
            text += content[start:position]
        return text.decode(errors="replace")

    def remove_container(self, container: str) -> None:
        """Stop the container and remove it."""
        self._call("DELETE", f"/containers/{container}?force=true")

    def _call(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Mapping[str, Any]:
        """Return the JSON object that the engine answers, empty if it answers nothing.

        Raises:
            ToolError: the engine refuses; the text is its answer.
        """
        status, content = self._request(method, path, body)
        if status >= http.client.BAD_REQUEST:
            raise ToolError(_failure(method, path, status, content))
        # podman answers a removal with a list of what it removed.
        document = json.loads(content) if content.strip() else {}
        return document if isinstance(document, dict) else {}

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        seconds: float = _REQUEST_SECONDS,
    ) -> tuple[int, bytes]:
        connection = _UnixConnection(self.socket_path, seconds)
        try:
            content = json.dumps(body) if body is not None else None
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def find_engine() -> ContainerEngine | None:
    """Return an engine of this machine that answers: DOCKER_HOST's, Docker's, or podman's."""
    docker_host = os.environ.get("DOCKER_HOST")
    if docker_host is not None:
        # Over TCP or SSH, the app's port would be another machine's.
        candidates = [docker_host.removeprefix("unix://")]
    else:
        runtime_dir = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.geteuid()}")
        candidates = [
            "/var/run/docker.sock",
            f"{runtime_dir}/docker.sock",
            f"{runtime_dir}/podman/podman.sock",
            "/run/podman/podman.sock",
        ]
    engines = (ContainerEngine(Path(path)) for path in candidates if path.startswith("/"))
    return next((engine for engine in engines if engine.answers()), None)


def _failure(method: str, path: str, status: int, content: bytes) -> str:
    answer = content.decode(errors="replace").strip()
    return f"The container engine answered {method} {path} with {status}: {answer}"


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, socket_path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._socket_path = socket_path
        self._seconds = seconds

    def connect(self) -> None:
        """Connect to the socket in the place of host and port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._seconds)
        self.sock.connect(str(self._socket_path))
