"""The embedded API of a cluster behind its port, with the account's log and faults."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from eksgpu.sandbox.eks.certificate import ClusterAuthority
from eksgpu.sandbox.eks.state import Cluster
from eksgpu.sandbox.faults import ConnectionDropped
from eksgpu.sandbox.world import World

from .port import Port

if TYPE_CHECKING:
    from eksgpu.sandbox.kubernetes.http import Request, Response
    from eksgpu.sandbox.kubernetes.server import Server


class EmbeddedServing:
    """`used` is told of every request."""

    def __init__(self, world: World, region: str, cluster: Cluster, port: Port, used: Callable[[], None]) -> None:
        self._world = world
        self._region = region
        self._cluster = cluster
        self._port = port
        self._used = used
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._stopped = False

    def start(self) -> None:
        """Serve, unless it was stopped or its cluster has gone meanwhile."""
        # Late: an account whose clusters nobody describes loads no Kubernetes half.
        from eksgpu.sandbox.clusters.control_planes import ControlPlanes
        from eksgpu.sandbox.kubernetes.asgi import Application
        from eksgpu.sandbox.kubernetes.server import Server

        planes = self._world.state(ControlPlanes, self._region)
        with self._lock:
            plane = planes.get(self._cluster.name)
            if self._stopped or plane is None or plane.cluster is not self._cluster:
                self._port.close()
                return

            def handle(request: "Request") -> "Response":
                self._used()
                if planes.get(self._cluster.name) is not plane:
                    raise ConnectionDropped(f"the cluster {self._cluster.name} is gone")
                return plane.handle(request)

            application = Application(plane.api, handle, waits=lambda: self._world.faults.armed)
            authority = self._world.state(ClusterAuthority, "").authority
            self._server = Server(application, self._port.socket, authority)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._server is not None:
                self._server.stop()
            else:
                self._port.close()
