"""The Kubernetes APIs of a region's EKS clusters: each is made when it is first asked for, and goes with its cluster.

Lock order: a cluster's API first, then the World. Holds no threads, so it survives a fork.
"""

import zlib

from eksgpu.sandbox.clusters.access import authenticator
from eksgpu.sandbox.clusters.calls import answered
from eksgpu.sandbox.clusters.installed import Installed
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.controllers.world_cloud import WorldCloud
from eksgpu.sandbox.eks.state import Cluster, Eks
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.world import World

_DEPLOYMENTS = ("apps", "deployments")


class ControlPlane:
    """One cluster's API with AWS's controllers on it. `cluster` is what EKS remembers of it."""

    def __init__(self, world: World, region: str, cluster: Cluster) -> None:
        self.cluster = cluster
        self._world = world
        self._region = region
        self.api = Api(
            world.clock, version=cluster.version, seed=_seed(cluster), authenticate=authenticator(world, cluster)
        )
        client = self.api.client("system:eks")
        self._installed = Installed(world, region, cluster, self.api.client("eks"))
        self.fleet = Fleet(
            client,
            WorldCloud(world, region, cluster.name),
            world.clock,
            seconds=world.durations.seconds,
            log=self.api.logs.append,
            heartbeats=False,
        )
        self.api.add_step(self._follow)
        self.api.add_step(self._installed.step)
        self.api.add_step(self.fleet.step)
        self.api.execute = self.fleet.execute
        self.api.cluster.page = self.fleet.page

    def handle(self, request: Request) -> Response:
        """Answer a request as the account does: logged, and with its faults. Raises ConnectionDropped."""
        return answered(
            self._world,
            self._region,
            self.cluster.name,
            self.api.cluster.types,
            request,
            lambda: self.api.handle(request),
        )

    def _follow(self) -> bool:
        """Take over the version that EKS has updated the control plane to; serve metrics where somebody installed them.

        No other step acts on either.
        """
        self.api.cluster.version = self.cluster.version
        served = self.api.cluster.store.get(_DEPLOYMENTS, "kube-system", "metrics-server") is not None
        self.api.metrics = self.fleet.metrics if served else None
        return False


class ControlPlanes:
    """The control planes of one region that somebody has asked for."""

    def __init__(self, world: World, region: str) -> None:
        self._world = world
        self._region = region
        self._planes: dict[str, ControlPlane] = {}

    def get(self, name: str) -> ControlPlane | None:
        """The control plane of the cluster with this name; None when there is none, or it is not up yet."""
        with self._world.locked():
            self._world.settle(self._region)
            cluster = self._world.state(Eks, self._region).clusters.get(name)
            if cluster is None or not cluster.ever_active:
                self._planes.pop(name, None)
                return None
            known = self._planes.get(name)
            if known is None or known.cluster is not cluster:
                known = self._planes[name] = ControlPlane(self._world, self._region, cluster)
            return known

    def api(self, name: str) -> Api | None:
        """Its API alone, past the account's log and faults."""
        plane = self.get(name)
        return None if plane is None else plane.api


def by_endpoint(world: World, url: str) -> ControlPlane | None:
    """The control plane behind an endpoint as DescribeCluster answers it, in whatever region."""
    wanted = url.rstrip("/").lower()
    with world.locked():
        for region, state in world.states(Eks).items():
            for cluster in state.clusters.values():
                if str(cluster.fields["endpoint"]).lower() == wanted:
                    return world.state(ControlPlanes, region).get(cluster.name)
    return None


def _seed(cluster: Cluster) -> int:
    """Another for each cluster, the same in every run; taking a random number would change the ids that follow."""
    return zlib.crc32(str(cluster.fields["endpoint"]).encode())
