"""Whether each GPU is advertised by one device plugin alone."""

from collections.abc import Iterator

from eksgpu.engine.mark import CLUSTER_TAG
from eksgpu.scheduling.pod import pod
from eksgpu.scheduling.taints import Taint

from .check import check
from .context import VerifyContext
from .device_plugins import is_device_plugin
from .finding import Finding, Severity
from .live_cluster import Object

ID = "one-device-plugin"


@check(ID, "no second device plugin runs beside ours", stage="verify")
def one_device_plugin(context: VerifyContext) -> Iterator[Finding]:
    """Two plugins on one node fight for one socket, and the kubelet believes whoever registered last: whole GPUs from a
    plugin without the slices' configuration make Karpenter start a node for every slice that is left.
    """
    cluster = context.cluster
    plugins = [one for one in cluster.daemon_sets if is_device_plugin(one)]
    ours = [one for one in plugins if _is_ours(one, context.spec.metadata.name)]
    for one in plugins:
        if one in ours:
            continue
        both = [node for node in cluster.nodes if lands(one, node) and any(lands(other, node) for other in ours)]
        if both:
            name, namespace = one["metadata"]["name"], one["metadata"]["namespace"]
            first, count = both[0]["metadata"]["name"], len(both)
            message = f"it is a device plugin too, beside ours on {count} nodes ({first}): whose GPUs show is chance"
            fix = f"kubectl delete daemonset -n {namespace} {name}, or keep it off these nodes by its nodeAffinity"
            yield Finding(ID, Severity.ERROR, f"daemonset {namespace}/{name}", message, fix)


def lands(daemon_set: Object, node: Object) -> bool:
    """Does this node get a pod of it?"""
    labels, taints = node["metadata"].get("labels") or {}, node["spec"].get("taints") or ()
    return pod(daemon_set["spec"]["template"]).fits(labels, map(Taint.parse, taints))


def _is_ours(daemon_set: Object, cluster: str) -> bool:
    return bool((daemon_set["metadata"].get("labels") or {}).get(CLUSTER_TAG) == cluster)
