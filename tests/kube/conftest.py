"""The cluster that every test here works on: the embedded API always, and a real one where its programs are."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

import pytest

from eksgpu.engine.clock import Clock, SteppedClock, SystemClock
from eksgpu.kube.api import KubeApi
from eksgpu.kube.bearer import TokenSource
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.real import programs

from .control_plane import PEOPLE, TOKEN, ControlPlane, control_plane, sweep
from .faults import Faults, wire
from .lab import Lab

_MISSING = pytest.mark.skipif(programs.folder() is None, reason="no programs of a real control plane: make kube-assets")
CLUSTERS = ["embedded", pytest.param("real", marks=[pytest.mark.real, _MISSING])]
NEVER = datetime(2999, 1, 1, tzinfo=UTC)


class Waiting(SystemClock):
    """Really sleeps, although these tests take `time.sleep` away: what a real API does takes time."""

    def sleep(self, seconds: float, wake: threading.Event | None = None) -> None:
        super().sleep(seconds, wake or threading.Event())


class Connect(Protocol):
    """Makes clients of the one API. tokens: theirs, a good one by default."""

    def __call__(self, tokens: TokenSource | None = None, *, settling: float = 0.0) -> KubeApi: ...


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("control-plane")) as plane:
        yield plane


@pytest.fixture(params=CLUSTERS)
def where(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def clock(where: str) -> Clock:
    return SteppedClock() if where == "embedded" else Waiting(speed=10)


@pytest.fixture
def connect(where: str, request: pytest.FixtureRequest, clock: Clock, faults: Faults) -> Iterator[Connect]:
    if where == "embedded":
        embedded = Api(clock, authenticate=PEOPLE.get)
        plane, attach = ControlPlane("https://embedded", ""), wire(faults, embedded)
    else:
        plane, attach = request.getfixturevalue("plane"), wire(faults)

    made: list[KubeApi] = []

    def make(tokens: TokenSource | None = None, *, settling: float = 0.0) -> KubeApi:
        api = KubeApi(
            plane.url,
            plane.ca or None,
            tokens or (lambda: (TOKEN, NEVER)),
            settling=settling,
            wire=attach,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
        )
        made.append(api)
        return api

    yield make
    faults.end()
    if where == "real":
        sweep(make())
    for api in made:
        api.close()


@pytest.fixture
def lab(connect: Connect, clock: Clock, where: str, monkeypatch: pytest.MonkeyPatch) -> Lab:
    if where == "real":  # there a watch goes on; these tests act between two
        monkeypatch.setattr("eksgpu.kube.api.WATCH_SECONDS", 1.0)
    return Lab(connect, clock)
