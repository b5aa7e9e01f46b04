"""Nodes of a cluster that is there already, by the labels that a spec names, and the node groups behind them."""

from collections.abc import Mapping
from typing import Any

from eksgpu.aws.eks import described
from eksgpu.aws.run import AwsRun
from eksgpu.errors import EksgpuError
from eksgpu.kube.names import GroupKind
from eksgpu.kube.run import Kube
from eksgpu.scheduling.labels import NODE_GROUP
from eksgpu.scheduling.taints import Taint

from .found_nodes import FoundGroup, FoundNodes, found_node

PERMISSIONS = frozenset({"eks:DescribeNodegroup"})
NODE, POD = GroupKind("Node"), GroupKind("Pod")
_ENDED = ("Succeeded", "Failed")
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


def read_nodes(run: AwsRun, kube: Kube, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, FoundNodes]:
    """name → what these labels find. One list for each, one of all pods, one Describe for each node group.

    Raises EksgpuError for a node group that is not there.
    """
    pods = _pods(kube) if wanted else {}
    return {name: _found(run, kube, name, labels, pods) for name, labels in wanted.items()}


def _found(run: AwsRun, kube: Kube, name: str, labels: Mapping[str, str], pods: Mapping[str, list[Any]]) -> FoundNodes:
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    items = kube.api.list(kube.api.resource("v1", "Node"), labels=selector)[0]
    nodes = tuple(found_node(one, pods.get(one["metadata"]["name"], ())) for one in items)
    asked = labels.get(NODE_GROUP, "")
    names = dict.fromkeys((asked, *(one.labels.get(NODE_GROUP, "") for one in nodes)))
    groups = run.parallel(lambda one: _group(run, one), [one for one in names if one])
    if asked and not any(one.name == asked for one in groups if one is not None):
        raise EksgpuError(
            f"existingNodes[{name}]: cluster {run.eks_cluster} has no node group {asked}",
            hint=f"aws eks list-nodegroups --cluster-name {run.eks_cluster} --region {run.region}",
        )
    return FoundNodes(tuple(sorted(nodes, key=lambda one: one.name)), tuple(one for one in groups if one is not None))


def _group(run: AwsRun, name: str) -> FoundGroup | None:
    found = described(run.aws.eks.describe_nodegroup, "nodegroup", clusterName=run.eks_cluster, nodegroupName=name)
    if found is None:
        return None
    scaling = found.get("scalingConfig") or {}
    return FoundGroup(
        name=name,
        arn=found["nodegroupArn"],
        types=tuple(found.get("instanceTypes") or ()),
        image=found.get("amiType", ""),
        labels=found.get("labels") or {},
        taints=tuple(_taint(one) for one in found.get("taints") or ()),
        tags=found.get("tags") or {},
        ours=run.mark.owns(found.get("tags") or {}),
        scales=scaling.get("minSize") != scaling.get("maxSize"),
    )


def _taint(given: Mapping[str, str]) -> Taint:
    return Taint(given["key"], given.get("value", ""), _EFFECTS[given["effect"]])


def _pods(kube: Kube) -> dict[str, list[Any]]:
    """Node → its pods that have not ended."""
    found: dict[str, list[Any]] = {}
    for one in kube.api.list(kube.api.resource("v1", "Pod"))[0]:
        if (one.get("status") or {}).get("phase") not in _ENDED:
            found.setdefault(str(one["spec"].get("nodeName") or ""), []).append(one)
    return found
