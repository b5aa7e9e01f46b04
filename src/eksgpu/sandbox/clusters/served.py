"""The Kubernetes APIs of a World's clusters over HTTPS: each on a port of 127.0.0.1 from when it is first described.

The port is chosen at once, so that DescribeCluster can name it; what serves there starts later, since nothing may wait
for a cluster's API while the World is locked. What serving needs is loaded then, too.
"""

import shutil
import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from eksgpu.sandbox.eks.endpoints import Endpoints
from eksgpu.sandbox.eks.state import Cluster, Eks

from .port import Port

if TYPE_CHECKING:
    from eksgpu.sandbox.world import World


class Serving(Protocol):
    """What stands on a port. `stop` waits until it is gone, also when it was never started."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Served:
    """All endpoints of one World.

    used: told of every request that comes to an embedded API.
    real: a folder for real control planes, one for each cluster; None for embedded APIs. What an older World left
          there is removed.
    """

    def __init__(self, world: "World", used: Callable[[], None], *, real: Path | None = None) -> None:
        self._world = world
        self._used = used
        self._real = real
        self._open: dict[tuple[str, str], _Endpoint] = {}
        self._closing: list[_Endpoint] = []
        self._loaded = False
        self._thread = threading.local()
        if real is not None:
            shutil.rmtree(real, ignore_errors=True)
        world.state(Endpoints, "").reserve = self._reserve

    def refresh(self) -> None:
        """Start what has been described since, and close what belongs to clusters that are gone.

        Waits for the real control planes that this thread has described since: nobody shall be told of one that does
        not answer yet.
        """
        with self._world.locked():
            states = self._world.states(Eks)
            for place, one in list(self._open.items()):
                if states[place[0]].clusters.get(place[1]) is not one.cluster:
                    self._closing.append(self._open.pop(place))
            closing, self._closing = self._closing, []
            starting = [one for one in self._open.values() if not one.begun]
            for one in starting:
                one.begun = True
            described = self._described()
            awaited = [one for one in described if one.begun] if self._real is not None else []
            described.clear()
            loading = not self._loaded and any(state.clusters for state in states.values())
            self._loaded = self._loaded or loading
        if loading:
            _on_threads([_load])
        _on_threads(one.serving.stop for one in closing)
        _on_threads(one.start for one in starting)
        for one in awaited:
            one.started.wait()

    def stop(self) -> None:
        """Close them all, and wait until they are closed."""
        with self._world.locked():
            self._world.state(Endpoints, "").reserve = None
            closing = [*self._open.values(), *self._closing]
            self._open.clear()
            self._closing.clear()
        for thread in _on_threads(one.serving.stop for one in closing):
            thread.join()

    def _reserve(self, region: str, cluster: Cluster) -> str:
        place = (region, cluster.name)
        known = self._open.get(place)
        if known is None or known.cluster is not cluster:
            if known is not None:  # of an older cluster with this name
                self._closing.append(known)
            known = self._open[place] = self._endpoint(region, cluster)
        self._described().add(known)
        return known.port.url

    def _described(self) -> "set[_Endpoint]":
        """Those whose address this thread has told since its last `refresh`."""
        if not hasattr(self._thread, "described"):
            self._thread.described = set()
        found: set[_Endpoint] = self._thread.described
        return found

    def _endpoint(self, region: str, cluster: Cluster) -> "_Endpoint":
        port = Port()
        if self._real is not None:
            from .served_real import RealServing

            # With its port: one of this name may still be stopping.
            folder = self._real / f"{region}-{cluster.name}-{port.number}"
            return _Endpoint(cluster, port, RealServing(self._world, region, cluster, port, folder))
        from .served_embedded import EmbeddedServing

        return _Endpoint(cluster, port, EmbeddedServing(self._world, region, cluster, port, self._used))


class _Endpoint:
    """One cluster's port and what serves there."""

    def __init__(self, cluster: Cluster, port: Port, serving: Serving) -> None:
        self.cluster = cluster
        self.port = port
        self.serving = serving
        self.begun = False
        self.started = threading.Event()

    def start(self) -> None:
        """Once `begun`. Whether it has come to serve or failed, it is started then."""
        try:
            self.serving.start()
        finally:
            self.started.set()


def _load() -> None:
    """Load what serving needs, a second's work, while a first cluster is still being made."""
    for module in ("clusters.control_planes", "kubernetes.server"):
        import_module(f"eksgpu.sandbox.{module}")


def _on_threads(works: Iterable[Callable[[], None]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads
