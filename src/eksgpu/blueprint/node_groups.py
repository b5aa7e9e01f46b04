"""Managed node groups, each with a launch template of ours. Row 000-08."""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.aws.eks_node_group import EksNodeGroup
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.components.site import CLUSTER, SYSTEM_LABEL, SYSTEM_TAINT, Site
from eksgpu.components.user_data import al2023, bottlerocket
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.engine.resource import Resource
from eksgpu.facts.model import Facts
from eksgpu.scheduling.sharing.plan import SharingPlan
from eksgpu.spec.models import GpuCluster, NodeGroup

from . import sharing
from .control_plane import before_nodes
from .identity import NODE_ROLE
from .place import Place

CAPACITY = {"on-demand": "ON_DEMAND", "spot": "SPOT", "capacity-block": "CAPACITY_BLOCK", "reserved": "ON_DEMAND"}
# The data volume: Bottlerocket keeps images and pods on a second one. Source: EKS user guide, launch-templates.
DATA_DEVICE = {"al2023": "/dev/xvda", "bottlerocket": "/dev/xvdb"}


def node_groups(site: Site, spec: GpuCluster, facts: Facts, place: Place, *, upgrading: bool) -> Iterator[Resource]:
    """Every node group, after the way out of the VPC and after pod networking."""
    after = (*before_nodes(spec, upgrading=upgrading), *place.way_out)
    plans = sharing.plans(spec.spec)
    for group in spec.spec.node_groups:
        plan = sharing.group_plan(plans, group)
        yield LaunchTemplate(
            group.name,
            security_groups=place.security_groups,
            hop_limit=1,
            block_devices=(_device(group),),
            user_data=_user_data(group, plan),
            instance_tags={**site.tags, "Name": f"{site.cluster}-{group.name}"},
            tags=site.tags,
        )
        yield EksNodeGroup(
            group.name,
            cluster=CLUSTER,
            role=NODE_ROLE,
            subnets=place.subnets_in(group.zones),
            min=group.min,
            max=group.max,
            desired=group.desired,
            instance_types=tuple(group.instance_types),
            ami_type=group.image,
            capacity=CAPACITY[group.capacity],
            labels=_labels(group, plan),
            taints=_taints(group),
            # The nodes follow the control plane.
            version=Ref("eks_cluster/main", "version"),
            release_version=Chosen(facts.releases[group.os]) if group.os in facts.releases else None,
            launch_template=Ref(f"launch_template/{group.name}"),
            launch_template_version=Ref(f"launch_template/{group.name}", "version"),
            after=after,
            tags={**site.tags, **(plan.tags if plan is not None else {})},
        )


def _device(group: NodeGroup) -> Mapping[str, Any]:
    disk = group.disk
    return {
        "device": DATA_DEVICE[group.os],
        "size": int(disk.size.in_gib),
        "type": disk.type,
        **({"iops": disk.iops} if disk.iops else {}),
        **({"throughput": disk.throughput} if disk.throughput else {}),
        "encrypted": True,
        "delete_on_termination": True,
    }


def _user_data(group: NodeGroup, plan: SharingPlan | None) -> str:
    """EKS merges it with what it writes itself."""
    if group.os == "bottlerocket":
        return bottlerocket(settings=sharing.settings(plan, {}))
    return al2023(scripts=sharing.scripts(plan))


def _labels(group: NodeGroup, plan: SharingPlan | None) -> dict[str, str]:
    return {
        **group.labels,
        **sharing.labels(group, plan),
        **({sharing.GPU_GROUP: "true"} if group.types[0].gpu_count else {}),
        **({SYSTEM_LABEL: "true"} if group.system else {}),
    }


def _taints(group: NodeGroup) -> tuple[str, ...]:
    given = tuple(
        f"{taint.key}={taint.value}:{taint.effect}" if taint.value else f"{taint.key}:{taint.effect}"
        for taint in group.taints
    )
    return (*given, SYSTEM_TAINT) if group.system and SYSTEM_TAINT not in given else given
