"""Our own Kubernetes client on a cluster of the World, with a token as `eksgpu token` mints it."""

import base64
from functools import partial
from typing import Any

from eksgpu.aws.clients import Clients
from eksgpu.aws.eks_token import eks_token, presigner
from eksgpu.engine.clock import SteppedClock
from eksgpu.kube.api import KubeApi
from eksgpu.kube.bearer import TokenSource
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.clusters.control_planes import ControlPlane, ControlPlanes
from eksgpu.sandbox.kubernetes.http import Request
from eksgpu.sandbox.world import World
from tests.support import wire

REGION = "us-west-2"


class Reach:
    """`api()` connects as a new process would: the endpoint and the authority come from DescribeCluster."""

    def __init__(self, world: World, clock: SteppedClock) -> None:
        self.world, self.clock = world, clock
        self.clients: Clients = wire.clients(world, REGION)
        self._made: list[KubeApi] = []

    def api(self, cluster: str = "demo", *, tokens: TokenSource | None = None, settling: float = 0.0) -> KubeApi:
        """tokens: other ones than those for this cluster."""
        described = self.clients.eks.describe_cluster(name=cluster)["cluster"]
        made = KubeApi(
            described["endpoint"],
            authority_of(described),
            tokens or partial(eks_token, presigner(self.clients), cluster),
            settling=settling,
            sleep=self.clock.sleep,
            monotonic=self.clock.monotonic,
            wire=inprocess.kubernetes_wire(self.world)(described["endpoint"]),
        )
        self._made.append(made)
        return made

    def plane(self, cluster: str = "demo") -> ControlPlane:
        """The control plane itself, past tokens, log and faults."""
        found = self.world.state(ControlPlanes, REGION).get(cluster)
        assert found is not None
        return found

    def version(self, cluster: str = "demo") -> str:
        """The minor version that the API says it is."""
        api = self.plane(cluster).api
        answer = api.handle(Request("GET", "/version", {"Authorization": f"Bearer {api.admin_token}"}))
        return str(answer.json["minor"])

    def close(self) -> None:
        for api in self._made:
            api.close()


def authority_of(described: dict[str, Any]) -> str:
    """The PEM text of a described cluster's authority."""
    return base64.b64decode(described["certificateAuthority"]["data"]).decode()


def listed(api: KubeApi, kind: str, namespace: str = "", api_version: str = "v1") -> list[dict[str, Any]]:
    return api.list(api.resource(api_version, kind), namespace)[0]


def config_map(name: str, namespace: str = "default", **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
