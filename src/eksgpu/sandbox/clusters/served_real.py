"""A real control plane on a cluster's port: EKS's tokens open it, and AWS's controllers and add-ons work on it.

Requests to it go past the sandbox: they are in no log, and no fault meets them.
"""

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from eksgpu.errors import EksgpuError
from eksgpu.sandbox.eks.certificate import ClusterAuthority
from eksgpu.sandbox.eks.state import Cluster
from eksgpu.sandbox.world import World

from .port import Port

if TYPE_CHECKING:
    from eksgpu.sandbox.real.cluster import RealCluster

_LOG = logging.getLogger(__name__)


class RealServing:
    """`folder` is for its data; emptied when it starts."""

    def __init__(self, world: World, region: str, cluster: Cluster, port: Port, folder: Path) -> None:
        self._world = world
        self._region = region
        self._cluster = cluster
        self._port = port
        self._folder = folder
        self._lock = threading.Lock()
        self._plane: RealCluster | None = None
        self._stopped = False

    def start(self) -> None:
        """Start it and wait until it is ready, unless it was stopped meanwhile. That it does not start is logged."""
        from eksgpu.sandbox.clusters.access import authenticator
        from eksgpu.sandbox.clusters.installed import Installed
        from eksgpu.sandbox.controllers.world_cloud import WorldCloud
        from eksgpu.sandbox.kubernetes.bootstrap import eks_objects
        from eksgpu.sandbox.real.cluster import RealCluster

        world, region, cluster = self._world, self._region, self._cluster
        with self._lock:
            self._port.close()  # for the process that is to listen there
            if self._stopped:
                return
            try:
                self._plane = RealCluster(
                    self._folder,
                    cloud=WorldCloud(world, region, cluster.name),
                    clock=world.clock,
                    seconds=world.durations.seconds,
                    authenticate=authenticator(world, cluster),
                    authority=world.state(ClusterAuthority, "").authority,
                    port=self._port.number,
                    steps=lambda client: (Installed(world, region, cluster, client).step,),
                )
                for one in eks_objects():
                    self._plane.client.create(one)
            except EksgpuError:
                _LOG.exception("the control plane of %s does not start", cluster.name)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._plane is not None:
                self._plane.stop()
            else:
                self._port.close()
