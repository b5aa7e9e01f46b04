"""The Node that a NodeClaim's instance registers: the claim's labels and taints on its class's machine."""

from eksgpu.catalog.instance import instance
from eksgpu.sandbox.controllers.client import Object
from eksgpu.sandbox.controllers.gpu_boot import boot_annotations
from eksgpu.sandbox.controllers.node_object import node_object
from eksgpu.sandbox.controllers.setting import Setting
from eksgpu.scheduling.labels import INSTANCE_TYPE, ZONE
from eksgpu.scheduling.offering import Storage

from . import classes
from .names import FINALIZER, class_of, owner

REGISTERED = "karpenter.sh/registered"


def registered_node(setting: Setting, claim: Object) -> Object:
    """As the kubelet of a launched claim registers it."""
    labels, status, spec = claim["metadata"]["labels"], claim["status"], claim["spec"]
    node_class = setting.view.classes.get(class_of(claim))
    item = instance(labels[INSTANCE_TYPE])
    assert item is not None, f"{labels[INSTANCE_TYPE]} is not in the catalogue"
    node = node_object(
        status["nodeName"],
        item,
        instance_id=status["providerID"].rpartition("/")[2],
        region=setting.cloud.region,
        zone=labels[ZONE],
        address=setting.node_address or _address(status["nodeName"]),
        os=classes.system(node_class) if node_class else "al2023",
        version=setting.cloud.version,
        labels={**labels, REGISTERED: "true"},
        taints=[*(spec.get("taints") or ()), *(spec.get("startupTaints") or ())],
        storage=classes.storage(node_class) if node_class else Storage(),
        downloads=classes.downloads(node_class) if node_class else 0,
        ready=setting.cloud.network_ready,
        now=setting.clock.now(),
        kubelet_port=setting.kubelet_port,
        owners=[owner(claim)],
    )
    node["metadata"]["finalizers"] = [FINALIZER]
    if node_class:
        user_data = str(node_class["spec"].get("userData") or "")
        node["metadata"]["annotations"] |= boot_annotations(classes.system(node_class), user_data, item.gpu_count)
    return node


def _address(node: str) -> str:
    """`ip-10-0-1-2.us-west-2.compute.internal` says its own address."""
    return node.partition(".")[0].removeprefix("ip-").replace("-", ".")
