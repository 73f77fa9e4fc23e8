"""An index that is slow, cuts off, or has too much to do, for a while or for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.integration.failed_builds import assert_explained
from tests.integration.loopback_server import Answer, Request
from tests.integration.managed_apps import Locker
from tests.integration.package_index import PackageIndex
from tests.integration.private_builds import PRIVATE, PrivateBuilds, private_app
from tests.integration.pypi_server import PyPIServer

WHEEL = PRIVATE.wheel
CUT_OFF = Answer(body=WHEEL[: len(WHEEL) // 2], length=len(WHEEL))
SILENT = Answer(is_missing=True)
UNAVAILABLE = Answer(503)
TOO_MANY = Answer(429, headers={"Retry-After": "1"})
MANAGERS = ("pip", "uv")
# Seconds, so that silence doesn't last.
SHORT = {"PIP_DEFAULT_TIMEOUT": "1", "UV_HTTP_TIMEOUT": "1"}
# Each attempt of a tool's, with what it asks again to go on where it was cut off.
MOST_FAULTS = 20


class FaultyIndex(PackageIndex):
    """An index that gives ``faults``, one for each request of a kind, before it does its work.

    ``is_lasting``: the last of ``faults`` comes again and again. ``given``: how many came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_lasting = False
        self.given = 0
        self._left: dict[bool, list[Answer]] = {}

    def fail(self, *faults: Answer, pages: bool, is_lasting: bool = False) -> None:
        """Fail from now on: with pages, or with files."""
        self._left = {pages: [*faults]}
        self.given = 0
        self.is_lasting = is_lasting

    @property
    def has_failed(self) -> bool:
        """Whether nothing is left of the faults."""
        return not any(self._left.values())

    def _answer(self, number: int, request: Request) -> Answer:
        left = self._left.get(request.path.endswith("/"))
        if not left:
            return super()._answer(number, request)
        self.given += 1
        return left[0] if self.is_lasting and len(left) == 1 else left.pop(0)


@pytest.fixture(scope="module")
def index() -> Iterator[FaultyIndex]:
    index = FaultyIndex()
    with index.running():
        index.upload(PRIVATE)
        yield index


@pytest.fixture(scope="module")
def apps(index: FaultyIndex, locker: Locker) -> Mapping[str, Mapping[str, str | bytes]]:
    """Apps by manager, locked while the index has no faults."""
    return {manager: private_app(manager, index.url(), locker) for manager in MANAGERS}


def env_for(manager: str, index: FaultyIndex, tool_index: PyPIServer) -> dict[str, str]:
    return {**SHORT, "PIP_INDEX_URL": index.url() if manager == "pip" else tool_index.url}


@pytest.mark.parametrize("manager", MANAGERS)
def test_passing_faults(
    builds: PrivateBuilds,
    index: FaultyIndex,
    tool_index: PyPIServer,
    apps: Mapping[str, Mapping[str, str | bytes]],
    manager: str,
) -> None:
    # uv.lock has what is on the pages.
    index.fail(UNAVAILABLE, TOO_MANY, SILENT, pages=manager == "pip")
    env = {**env_for(manager, index, tool_index), "PIP_RETRIES": "5"}
    result = builds.build(apps[manager], env)
    assert result.exit_code == 0, result.log
    assert index.has_failed


@pytest.mark.parametrize(
    ("manager", "fault", "said"),
    [
        pytest.param("pip", UNAVAILABLE, "had a server error", id="pip, 503"),
        pytest.param("pip", SILENT, "didn't answer in time", id="pip, silent"),
        pytest.param("pip", CUT_OFF, "incomplete or damaged", id="pip, cut off"),
        pytest.param("uv", SILENT, "didn't answer in time", id="uv, silent"),
        pytest.param("uv", CUT_OFF, "incomplete or damaged", id="uv, cut off"),
    ],
)
def test_lasting_faults(
    builds: PrivateBuilds,
    index: FaultyIndex,
    tool_index: PyPIServer,
    apps: Mapping[str, Mapping[str, str | bytes]],
    manager: str,
    fault: Answer,
    said: str,
) -> None:
    index.fail(fault, pages=False, is_lasting=True)
    env = {**env_for(manager, index, tool_index), "PIP_RETRIES": "1", "UV_HTTP_RETRIES": "1"}
    result = builds.build(apps[manager], env)
    assert_explained(result, "Can't reach", said)
    assert index.given < MOST_FAULTS
