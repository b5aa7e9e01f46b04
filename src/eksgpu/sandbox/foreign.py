"""A cluster that somebody else made: EKS with Karpenter and one pool, without any mark of ours, to be added to.

It is made through the sandbox's own APIs, as its owner would have: what comes out is what such a person has.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from eksgpu.aws.clients import Clients
from eksgpu.aws.eks_token import eks_token, presigner
from eksgpu.errors import AlreadyExists
from eksgpu.kube.api import KubeApi
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from eksgpu.sandbox.eks.state import Eks
from eksgpu.sandbox.foreign_network import Network, network
from eksgpu.sandbox.foreign_roles import Roles, roles
from eksgpu.sandbox.helm.stand_in import StandIn
from eksgpu.sandbox.inprocess import kubernetes_wire, session

from . import foreign_karpenter

if TYPE_CHECKING:
    from eksgpu.aws.clients import Session
    from eksgpu.sandbox.world import World

VERSION = "1.35"
NODES, LOOKS, PAUSE = 2, 60, 5.0
GPU_TYPE, GPU_LABELS = "g4dn.xlarge", {"workload": "gpu"}
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}


def make(
    world: "World", name: str, region: str, through: "Session | None" = None, *, gpus: int = 0, os: str = "AL2023"
) -> None:
    """Make it, in no time of the World's clock but what controllers take.

    through: a session on this World, where there is one already.
    gpus:    nodes with a GPU in a node group `NAME-gpu`, on which no device plugin runs yet.
    os:      their system as EKS's AMI types begin: AL2023 or BOTTLEROCKET.

    Raises AlreadyExists for a name that is taken.
    """
    if name in world.state(Eks, region).clusters:
        raise AlreadyExists(f"there is a cluster of this name in {region} already")
    clients = Clients(through or session(world, region), region=region)
    with world.durations.instantly():
        ground, given = network(clients, name), roles(clients, name)
        _cluster(clients, name, ground, given)
        _nodes(clients, name, ground, given)
        if gpus:
            _gpu_nodes(clients, name, ground, given, gpus, f"{os}_x86_64_NVIDIA")
        cluster = clients.eks.describe_cluster(name=name)["cluster"]
        api = _api(world, clients, name)
        _settled(world, region, name, lambda: _ready(api, NODES + gpus))
        foreign_karpenter.install(
            api,
            StandIn(api, sleep=world.clock.sleep),
            name=name,
            node_role=given.karpenter_node_name,
            security_group=cluster["resourcesVpcConfig"]["clusterSecurityGroupId"],
        )
        _settled(world, region, name, lambda: foreign_karpenter.ready(api))


def _cluster(clients: Clients, name: str, ground: Network, given: Roles) -> None:
    clients.eks.create_cluster(
        name=name,
        version=VERSION,
        roleArn=given.cluster,
        resourcesVpcConfig={"subnetIds": [*ground.private, *ground.public]},
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True},
        tags={"owner": "somebody-else"},
    )
    clients.eks.create_access_entry(clusterName=name, principalArn=given.karpenter_node, type="EC2_LINUX")
    clients.eks.create_addon(clusterName=name, addonName="eks-pod-identity-agent")
    clients.eks.create_pod_identity_association(
        clusterName=name,
        namespace=foreign_karpenter.NAMESPACE,
        serviceAccount=foreign_karpenter.NAME,
        roleArn=given.karpenter,
    )


def _nodes(clients: Clients, name: str, ground: Network, given: Roles) -> None:
    clients.eks.create_nodegroup(
        clusterName=name,
        nodegroupName=f"{name}-ng",
        nodeRole=given.node,
        subnets=list(ground.private),
        instanceTypes=["m5.large"],
        amiType="AL2023_x86_64_STANDARD",
        scalingConfig={"minSize": NODES, "maxSize": NODES, "desiredSize": NODES},
    )


def _gpu_nodes(clients: Clients, name: str, ground: Network, given: Roles, count: int, image: str) -> None:
    clients.eks.create_nodegroup(
        clusterName=name,
        nodegroupName=f"{name}-gpu",
        nodeRole=given.node,
        subnets=list(ground.private),
        instanceTypes=[GPU_TYPE],
        amiType=image,
        labels=GPU_LABELS,
        taints=[GPU_TAINT],
        scalingConfig={"minSize": 0, "maxSize": count + 1, "desiredSize": count},
    )


def _api(world: "World", clients: Clients, name: str) -> KubeApi:
    # Its name on AWS: what DescribeCluster answers may be a port of this machine, which nobody serves yet.
    endpoint = str(world.state(Eks, clients.region).clusters[name].fields["endpoint"])
    presign = presigner(clients)
    return KubeApi(
        endpoint,
        None,
        lambda: eks_token(presign, name),
        sleep=world.clock.sleep,
        monotonic=world.clock.monotonic,
        wire=kubernetes_wire(world)(endpoint),
    )


def _ready(api: KubeApi, count: int) -> bool:
    nodes, _ = api.list(api.resource("v1", "Node"))
    rows = [row for node in nodes for row in node["status"].get("conditions", ()) if row["type"] == "Ready"]
    return len(rows) == count and all(row["status"] == "True" for row in rows)


def _settled(world: "World", region: str, name: str, done: Callable[[], bool]) -> None:
    """Let the cluster's controllers work until something is so. Raises TimeoutError when it never is."""
    for _ in range(LOOKS):
        api = world.state(ControlPlanes, region).api(name)
        if api is not None:
            api.settle()
        if done():
            return
        world.clock.sleep(PAUSE)
    raise TimeoutError(f"the sandbox's cluster {name} did not get ready")
