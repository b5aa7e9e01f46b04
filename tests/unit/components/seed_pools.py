"""The seed's two pools with their classes, as the blueprint would ask for them."""

from eksgpu.catalog.instance import InstanceType, instances
from eksgpu.components.node_pools import NodeClass, NodePool, default_volume
from eksgpu.components.node_requirements import Wish, requirements
from eksgpu.components.soci import tuning
from eksgpu.engine.refs import Ref

ROLE = Ref("iam_role/karpenter-node", "name")
GROUPS = (Ref("security_group/node"), Ref("eks_cluster/main", "cluster_security_group"))
P5 = [instances()["p5.48xlarge"]]
GENERAL = [item for item in instances().values() if item.category in "cmr" and 4 <= item.vcpus <= 32]
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}


def node_class(name: str, types: list[InstanceType], *, storage: str = "raid0", os: str = "bottlerocket") -> NodeClass:
    return NodeClass(
        name=name,
        os=os,
        release="v1.64.0" if os == "bottlerocket" else "v20260714",
        role=ROLE,
        security_groups=GROUPS,
        discovery="h100-spot",
        volume=default_volume(types, local_storage=storage, soci=True),
        local_storage=storage,
        soci=tuning(types),
        tags={"team": "ml-platform"},
    )


def h100_pool() -> NodePool:
    return NodePool(
        name="p5-gpu-h100",
        node_class="h100-gpu",
        requirements=requirements(Wish(gpu_name="h100", gpu_count=8, arches=("amd64",), capacity=("spot",))),
        taints=(GPU_TAINT,),
        limits={"nvidia.com/gpu": "16"},
        disruption={"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "30s"},
    )


def default_pool() -> NodePool:
    return NodePool(
        name="default",
        node_class="default",
        requirements=requirements(
            Wish(categories=("c", "m", "r"), arches=("amd64",), vcpus=(4, 32), capacity=("spot", "on-demand"))
        ),
        limits={"cpu": "1000"},
        disruption={"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "30s"},
    )
