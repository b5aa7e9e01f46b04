"""Device plugins that somebody else runs in a cluster that is there already: do their pods come onto a node?

For nodes that are not there yet it is judged by what they will carry, and by what programs that label GPU nodes would
put on them: a plugin that follows such labels comes as soon as they are there.
"""

from collections.abc import Mapping

from eksgpu.facts.found import FoundCluster, FoundPlugin
from eksgpu.facts.found_nodes import FoundNodes
from eksgpu.scheduling.labels import NODE_GROUP, NODE_POOL, instance_labels
from eksgpu.scheduling.taints import Taint
from eksgpu.spec.models import NodeGroup, NodePool

# NVIDIA's feature discovery, the GPU Operator, nodeadm. Sources: k8s-device-plugin's chart, gpu-operator, nodeadm.
_LABELLED = {
    "feature.node.kubernetes.io/pci-10de.present": "true",
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.deploy.device-plugin": "true",
}


def on_ours(cluster: FoundCluster, owner: NodePool | NodeGroup, more: Mapping[str, str]) -> FoundPlugin | None:
    """The plugin that will come onto the nodes of a pool or group of ours. more: labels that we put on them."""
    named = {NODE_POOL: owner.name} if isinstance(owner, NodePool) else {NODE_GROUP: owner.name}
    taints = tuple(Taint(one.key, one.value, one.effect) for one in owner.taints)
    every = [{**_LABELLED, **instance_labels(item), **owner.labels, **more, **named} for item in owner.types]
    return next((one for one in cluster.plugins if any(one.runs_on(labels, taints) for labels in every)), None)


def on_theirs(cluster: FoundCluster, found: FoundNodes) -> FoundPlugin | None:
    """The plugin that has its pods on any of these nodes, or would have on the next one of their node group."""
    there = [(one.labels, one.taints) for one in found.nodes]
    coming = [({**_LABELLED, **one.node_labels}, one.taints) for one in found.groups]
    every = [*there, *(() if there else coming)]
    return next((one for one in cluster.plugins if any(one.runs_on(*node) for node in every)), None)


def said(plugin: FoundPlugin) -> str:
    """`kube-system/NAME (IMAGE, by WHOM)`."""
    return f"{plugin.namespace}/{plugin.name} ({plugin.image}, by {plugin.by})"
