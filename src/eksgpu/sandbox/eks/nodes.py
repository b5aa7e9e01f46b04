"""The nodes of node groups: instances started and ended, when they join, and how other modules look at them.

A node joins when its time has come and the cluster has a pod network: the vpc-cni add-on, or the one EKS puts in
itself. What the nodes run is not known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

from moto.core.exceptions import ServiceException

from eksgpu.catalog.instance import instance
from eksgpu.sandbox.ec2 import network
from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.instances import NO_SPOT_ROLE, SPOT_SERVICE, check_capacity
from eksgpu.sandbox.eks import data
from eksgpu.sandbox.eks.state import Cluster, Eks, Fields, Machine, Nodegroup
from eksgpu.sandbox.eks.subnets import find_subnets
from eksgpu.sandbox.overlay import Call, Refused
from eksgpu.sandbox.services.service_linked_roles import ensure_service_linked_role
from eksgpu.sandbox.world import World

_LABELLED_FROM = 35
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


@dataclass(frozen=True)
class Node:
    """A node as Kubernetes would show it. `taints` have Kubernetes' words: key, value, effect."""

    name: str
    instance_id: str
    instance_type: str
    zone: str
    nodegroup: str
    labels: dict[str, str]
    taints: tuple[dict[str, str], ...]
    version: str
    ready: bool


def nodes(world: World, region: str, cluster_name: str) -> list[Node]:
    """The nodes of every node group of a cluster; none for a cluster that does not exist."""
    cluster = world.state(Eks, region).clusters.get(cluster_name)
    if cluster is None:
        return []
    joined = has_network(cluster)
    return [
        _node(world, region, nodegroup, machine, joined)
        for nodegroup in cluster.nodegroups.values()
        for machine in _alive(world, region, nodegroup)
    ]


def has_network(cluster: Cluster) -> bool:
    """Do pods get addresses, so that nodes become Ready?"""
    if "vpc-cni" in cluster.self_managed:
        return True
    addon = cluster.addons.get("vpc-cni")
    return addon is not None and addon.status not in ("DELETING", "CREATE_FAILED")


def launch(call: Call, cluster: Cluster, nodegroup: Nodegroup, count: int, ready_after: float) -> None:
    """Start instances over the group's subnets, the emptiest zone first. A failure ends it and becomes an issue."""
    for _ in range(count):
        try:
            nodegroup.machines.append(_start(call, cluster, nodegroup, ready_after))
        except Refused as refused:
            nodegroup.issues.append(_launch_issue(nodegroup, refused))
            return


def end(world: World, region: str, nodegroup: Nodegroup, machines: Sequence[Machine]) -> None:
    """Terminate machines and take them out of the group."""
    for machine in machines:
        network.terminate_instance(world, region, machine.instance_id)
    gone = {machine.instance_id for machine in machines}
    nodegroup.machines = [machine for machine in nodegroup.machines if machine.instance_id not in gone]


def types_of(nodegroup: Nodegroup) -> list[str]:
    """The instance types it may start, in the order of preference."""
    return list(nodegroup.fields.get("instanceTypes") or [nodegroup.template_type])


def join_seconds(world: World, nodegroup: Nodegroup) -> float:
    """From launch to Ready, by whether the nodes have GPUs."""
    return world.durations.seconds("eks:node:join-gpu" if has_gpu(nodegroup) else "eks:node:join")


def has_gpu(nodegroup: Nodegroup) -> bool:
    known = instance(types_of(nodegroup)[0])
    return known is not None and known.gpu_name is not None


def _alive(world: World, region: str, nodegroup: Nodegroup) -> list[Machine]:
    moto = backend(world, region)
    return [one for one in nodegroup.machines if moto.get_instance(one.instance_id).state == "running"]


def _node(world: World, region: str, nodegroup: Nodegroup, machine: Machine, joined: bool) -> Node:
    fields = nodegroup.fields
    known = instance(machine.instance_type)
    labels = {
        **fields["labels"],
        "eks.amazonaws.com/nodegroup": nodegroup.name,
        "eks.amazonaws.com/capacityType": fields["capacityType"],
        "kubernetes.io/arch": known.arch if known else "amd64",
        "kubernetes.io/hostname": machine.name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": machine.instance_type,
        "topology.k8s.aws/zone-id": machine.zone_id,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": machine.zone,
        **_of_image(fields["amiType"], machine.version),
    }
    taints = tuple(
        {"key": taint["key"], "value": taint.get("value", ""), "effect": _EFFECTS[taint["effect"]]}
        for taint in fields.get("taints", ())
    )
    ready = joined and world.clock.monotonic() >= machine.ready_at
    return Node(
        machine.name,
        machine.instance_id,
        machine.instance_type,
        machine.zone,
        nodegroup.name,
        labels,
        taints,
        machine.version,
        ready,
    )


def _of_image(ami_type: str, version: str) -> dict[str, str]:
    """What nodeadm adds of itself on NVIDIA's images of AL2023, from Kubernetes 1.35 on. Source: amazon-eks-ami."""
    known = ami_type.startswith("AL2023") and "NVIDIA" in ami_type and data.minor(version) >= _LABELLED_FROM
    return {"nvidia.com/gpu.present": "true"} if known else {}


def _start(call: Call, cluster: Cluster, nodegroup: Nodegroup, ready_after: float) -> Machine:
    """One instance: the first type and subnet that has capacity. Raises the last refusal when none has."""
    spot = nodegroup.fields["capacityType"] == "SPOT"
    subnets = _emptiest_first(call, nodegroup)
    refusal = Refused("InsufficientInstanceCapacity", "No subnet to launch into")
    for instance_type, subnet in product(types_of(nodegroup), subnets):
        try:
            _check_launch(call, instance_type, subnet.availability_zone, spot)
            instance_id = network.run_node_instance(
                call.world, call.region, subnet.id, instance_type, nodegroup.security_groups,
                _tags(cluster, nodegroup), "spot" if spot else None,
            )  # fmt: skip
        except ServiceException as error:
            refusal = Refused(error.code, error.message)
        except Refused as refused:
            refusal = refused
        else:
            return _machine(call, nodegroup, instance_id, instance_type, subnet, ready_after)
    raise refusal


def _check_launch(call: Call, instance_type: str, zone: str, spot: bool) -> None:
    """What EC2 refuses: Spot without its role, types without capacity (World option `no_capacity`), vCPU quotas.

    The option holds patterns such as `spot/p5.*/us-west-2b` or `*/g6.xlarge/*`.
    """
    if spot and not ensure_service_linked_role(call.world, SPOT_SERVICE, create=False):
        raise Refused("AuthFailure.ServiceLinkedRoleCreationNotPermitted", NO_SPOT_ROLE)
    wanted = f"{'spot' if spot else 'on-demand'}/{instance_type}/{zone}"
    if any(fnmatchcase(wanted, pattern) for pattern in call.world.options.get("no_capacity", ())):
        raise Refused(
            "InsufficientInstanceCapacity",
            f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested "
            f"({zone}). Our system will be working on provisioning additional capacity.",
        )
    check_capacity(call, backend(call.world, call.region), instance_type, 1, spot)


def _emptiest_first(call: Call, nodegroup: Nodegroup) -> list[Any]:
    used = [machine.zone for machine in nodegroup.machines]
    subnets = find_subnets(call.world, call.region, nodegroup.fields["subnets"])
    return sorted(subnets, key=lambda subnet: used.count(subnet.availability_zone))


def _machine(
    call: Call, nodegroup: Nodegroup, instance_id: str, instance_type: str, subnet: Any, ready_after: float
) -> Machine:
    address = backend(call.world, call.region).get_instance(instance_id).private_ip
    domain = "ec2.internal" if call.region == "us-east-1" else f"{call.region}.compute.internal"
    name = f"ip-{str(address).replace('.', '-')}.{domain}"
    return Machine(
        instance_id,
        instance_type,
        subnet.availability_zone,
        subnet.availability_zone_id,
        name,
        nodegroup.fields["version"],
        call.world.clock.monotonic() + ready_after,
    )


def _tags(cluster: Cluster, nodegroup: Nodegroup) -> dict[str, str]:
    return {
        **nodegroup.instance_tags,
        "aws:autoscaling:groupName": nodegroup.asg_name,
        "aws:eks:cluster-name": cluster.name,
        "eks:cluster-name": cluster.name,
        "eks:nodegroup-name": nodegroup.name,
        f"kubernetes.io/cluster/{cluster.name}": "owned",
    }


def _launch_issue(nodegroup: Nodegroup, refused: Refused) -> Fields:
    kind = "Spot" if nodegroup.fields["capacityType"] == "SPOT" else "On-Demand"
    message = f"Could not launch {kind} Instances. {refused.code} - {refused.message} Launching EC2 instance failed."
    return {"code": "AsgInstanceLaunchFailures", "message": message, "resourceIds": [nodegroup.asg_name]}
