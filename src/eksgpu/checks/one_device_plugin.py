"""Whether each GPU is advertised by one device plugin alone."""

from collections.abc import Iterator

from eksgpu.components.nvidia_device_plugin import NAME
from eksgpu.components.nvidia_mps import NAME as MPS_DAEMON

from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .live_cluster import Object

ID = "one-device-plugin"
_IMAGE = "k8s-device-plugin"


@check(ID, "no second device plugin runs beside ours", stage="verify")
def one_device_plugin(context: VerifyContext) -> Iterator[Finding]:
    """Two plugins on one node fight for one socket, and the kubelet believes whoever registered last: whole GPUs from a
    plugin without the slices' configuration make Karpenter start a node for every slice that is left.
    """
    daemon_sets = context.cluster.daemon_sets
    if not any(one["metadata"]["name"] == NAME for one in daemon_sets):
        return
    for one in daemon_sets:
        name, namespace = one["metadata"]["name"], one["metadata"]["namespace"]
        if name in (NAME, MPS_DAEMON) or not _is_plugin(one):
            continue
        message = f"it is a device plugin too, beside {NAME}: which of them a node's GPUs come from is chance"
        fix = f"kubectl delete daemonset -n {namespace} {name}, or keep it off nodes with nvidia.com/gpu.present"
        yield Finding(ID, Severity.ERROR, f"daemonset {namespace}/{name}", message, fix)


def _is_plugin(one: Object) -> bool:
    return any(_IMAGE in str(each.get("image")) for each in one["spec"]["template"]["spec"].get("containers") or ())
