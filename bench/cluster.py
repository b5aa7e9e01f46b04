"""The Kubernetes half: 300 objects by the engine, the embedded API's rate, and 1,000 GPU pods on 125 new nodes.

The API is served over HTTPS from a process of its own; the latency is added in the client, before every request.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.table import Row
from eksgpu.engine.clock import Clock, SystemClock
from eksgpu.engine.execute import execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.plan import make_plan
from eksgpu.kube import KINDS, LEFTOVERS
from eksgpu.kube.api import KubeApi
from eksgpu.kube.client import Wire
from eksgpu.kube.compare import compare, joined
from eksgpu.kube.helm_program import HelmProgram
from eksgpu.kube.object import KubeObject
from eksgpu.kube.run import Kube

LATENCY = 0.02
OBJECTS, MOST_SECONDS = 300, 1.0
APPLIES, LEAST_RATE, THREADS = 3000, 600.0, 32
STORED = 5000
BY_NAME = {kind.kind: kind for kind in (*KINDS, *LEFTOVERS)}


def measure(runs: int) -> Iterator[Row]:
    seconds = sorted(_objects() for _ in range(runs))[runs // 2]
    yield Row(f"{OBJECTS} objects applied at 20 ms a call", seconds, "s", goal=MOST_SECONDS, runs=runs)
    with _served() as served:
        rate = sorted(_rate(served, number) for number in range(runs))[runs // 2]
        yield Row("embedded API: applies a second over HTTPS", rate, goal=LEAST_RATE, at_least=True, runs=runs)
        stored = _count(served)
    yield Row("embedded API: objects that it served", stored, goal=STORED, at_least=True)


@dataclass(frozen=True)
class _Served:
    url: str
    ca: str
    token: str

    def api(self, wire: Wire | None = None) -> KubeApi:
        return KubeApi(self.url, self.ca, lambda: (self.token, _never()), connections=THREADS, wire=wire)


@dataclass(frozen=True)
class _Run:
    mark: Mark
    clock: Clock
    kube: Callable[[], Kube | None]
    pool: ThreadPoolExecutor

    def parallel(self, call: Callable[[Any], Any], items: Any) -> list[Any]:
        return list(self.pool.map(call, items))


def _objects() -> float:
    """Seconds that the apply takes once it is planned: apply calls only, the dry runs were the plan's."""
    with _served() as served, ThreadPoolExecutor(THREADS) as pool:
        kube = Kube(served.api(_slow), "bench", HelmProgram(""))
        run = _Run(Mark("111122223333", "us-west-2", "bench"), SystemClock(), lambda: kube, pool)
        graph = Graph(_config_map(number) for number in range(OBJECTS))
        told = compare(run, graph, (), lambda ref: ref)
        plan = joined(make_plan(graph, told.lives), told)
        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as workers:
            execute(run, graph, plan, BY_NAME, workers=workers)
        took = time.perf_counter() - began
        kube.api.close()
        return took


def _rate(served: _Served, number: int) -> float:
    api = served.api()
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(
            pool.map(lambda one: api.apply(_config_map(one).manifest), range(number * APPLIES, (number + 1) * APPLIES))
        )
    took = time.perf_counter() - began
    api.close()
    return APPLIES / took


def _count(served: _Served) -> int:
    api = served.api()
    found = len(api.list(api.resource("v1", "ConfigMap"))[0])
    api.close()
    return found


def _config_map(number: int) -> KubeObject:
    metadata = {"name": f"bench-{number}", "namespace": "default"}
    return KubeObject.of(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"number": str(number)}},
        cluster="bench",
    )


def _slow(client: Any) -> None:
    pool = client.rest_client.pool_manager
    request = pool.request

    def delayed(*arguments: Any, **named: Any) -> Any:
        time.sleep(LATENCY)
        return request(*arguments, **named)

    pool.request = delayed


def _never() -> Any:
    from datetime import UTC, datetime

    return datetime(2999, 1, 1, tzinfo=UTC)


@contextmanager
def _served() -> Iterator[_Served]:
    """An embedded API in a process of its own, as long as the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.cluster"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        url, token = process.stdout.readline().split()
        lines = [process.stdout.readline()]
        while "END" not in lines[-1]:
            lines.append(process.stdout.readline())
        yield _Served(url, "".join(lines), token)
    finally:
        process.stdin.close()
        process.wait()


def _serve() -> None:
    from eksgpu.sandbox.kubernetes.api import Api
    from eksgpu.sandbox.kubernetes.server import serve

    api = Api(SystemClock())
    server = serve(api)
    print(server.url, api.admin_token)
    print(server.ca, end="", flush=True)
    sys.stdin.read()  # until the pipe closes
    server.stop()


if __name__ == "__main__":
    _serve()
