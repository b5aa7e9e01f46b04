"""What a type sets itself when it is created or changed, beyond defaults: first status, addresses, service quality.

The names follow apiserver's registry strategies.
"""

import zlib
from collections.abc import Callable
from typing import Any

from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


def on_create(kind: ResourceType, new: Object) -> None:
    """Set what a new object has from its first moment."""
    step = _CREATE.get(kind.qualified)
    if step is not None:
        step(new)


def on_update(kind: ResourceType, old: Object, new: Object) -> None:
    """Keep what a client may leave out of an update."""
    if kind.qualified == "services":
        for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if key in old["spec"]:
                new["spec"].setdefault(key, old["spec"][key])
        _node_ports(new)
    elif kind.qualified == "namespaces" and "spec" in old:
        new.setdefault("spec", old["spec"])


def on_status(kind: ResourceType, old: Object, new: Object) -> None:
    """Keep what does not pass the door of the status: mostly the spec alone, of some types metadata too."""
    if kind.custom or kind.qualified in _METADATA_KEPT:
        new["metadata"] = dict(old["metadata"])
    elif kind.qualified == "deployments.apps":
        new["metadata"].pop("labels", None)
        if "labels" in old["metadata"]:
            new["metadata"]["labels"] = old["metadata"]["labels"]
    elif kind.qualified == "pods" and "status" in new:
        new["status"].setdefault("qosClass", old["status"]["qosClass"])


def quality_of_service(pod: Object) -> str:
    """Guaranteed, Burstable or BestEffort, from requests and limits of cpu and memory."""
    containers = [*pod["spec"].get("containers", ()), *pod["spec"].get("initContainers", ())]
    requested, guaranteed = False, True
    for container in containers:
        resources = container.get("resources", {})
        limits, requests = resources.get("limits", {}), resources.get("requests", {})
        for name in ("cpu", "memory"):
            requested = requested or name in limits or name in requests
            guaranteed = guaranteed and name in limits and requests.get(name, limits[name]) == limits[name]
    if not requested:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _pod(new: Object) -> None:
    new["status"] = {"phase": "Pending", "qosClass": quality_of_service(new)}


def _namespace(new: Object) -> None:
    new.setdefault("spec", {})["finalizers"] = ["kubernetes"]
    new["status"] = {"phase": "Active"}


def _service(new: Object) -> None:
    spec = new["spec"]
    new["status"] = {"loadBalancer": {}}
    if spec.get("type") == "ExternalName":
        return
    spec.setdefault("clusterIP", _address(new["metadata"]))
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    _node_ports(new)


def _node_ports(new: Object) -> None:
    if new["spec"].get("type") in ("NodePort", "LoadBalancer"):
        for at, port in enumerate(new["spec"].get("ports", ())):
            port.setdefault("nodePort", 30000 + (_digest(new["metadata"]) + at) % 2768)


def _address(meta: dict[str, Any]) -> str:
    """EKS's service range, 172.20.0.0/16; the same name gets the same address."""
    number = _digest(meta) % 65000 + 10
    return f"172.20.{number // 256}.{number % 256}"


def _digest(meta: dict[str, Any]) -> int:
    return zlib.crc32(f"{meta.get('namespace')}/{meta['name']}".encode())


def _job(new: Object) -> None:
    new["status"] = {}
    uid, name = new["metadata"]["uid"], new["metadata"]["name"]
    labels = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    if not new["spec"].get("manualSelector"):
        meta = new["spec"].setdefault("template", {}).setdefault("metadata", {})
        meta["labels"] = {**meta.get("labels", {}), **labels}
        new["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}


def _scaler(new: Object) -> None:
    new["status"] = {"currentMetrics": None, "desiredReplicas": 0}


def _persistent_volume_claim(new: Object) -> None:
    new["status"] = {"phase": "Pending"}


def _replica_set(new: Object) -> None:
    new["status"] = {"replicas": 0}


def _stateful_set(new: Object) -> None:
    new["status"] = {"replicas": 0, "availableReplicas": 0}


def _budget(new: Object) -> None:
    new["status"] = dict.fromkeys(("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), 0)


def _daemon_set(new: Object) -> None:
    counts = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
    new["status"] = dict.fromkeys(counts, 0)


def _empty_status(new: Object) -> None:
    new["status"] = {}


def _event(new: Object) -> None:
    for key, zero in _EVENT_ZEROS.items():
        new.setdefault(key, zero)


def _ingress(new: Object) -> None:
    new["status"] = {"loadBalancer": {}}


def _definition(new: Object) -> None:
    names = new["spec"]["names"]
    names.setdefault("singular", names["kind"].lower())
    names.setdefault("listKind", names["kind"] + "List")
    new["spec"].setdefault("conversion", {"strategy": "None"})
    held = new["metadata"].setdefault("finalizers", [])
    if CLEANUP not in held:
        held.append(CLEANUP)


def _node(new: Object) -> None:
    """What the TaintNodesByCondition plug-in adds: a node is tainted until it says that it is ready."""
    new.setdefault("spec", {})
    status = new.setdefault("status", {})
    if "capacity" in status:
        status.setdefault("allocatable", status["capacity"])
    status.setdefault("daemonEndpoints", {"kubeletEndpoint": {"Port": 0}})
    status.setdefault("nodeInfo", dict.fromkeys(_NODE_INFO, ""))
    rows = status.get("conditions", ())
    if any(row.get("type") == "Ready" and row.get("status") == "True" for row in rows):
        return
    taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    held = new["spec"].setdefault("taints", [])
    if taint not in held:
        held.append(taint)


_NODE_INFO = (
    "architecture", "bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion", "kubeletVersion",
    "machineID", "operatingSystem", "osImage", "systemUUID",
)  # fmt: skip
_METADATA_KEPT = ("customresourcedefinitions.apiextensions.k8s.io", "apiservices.apiregistration.k8s.io")
# What Go writes of an Event even where nothing was said.
_EVENT_ZEROS: Object = {
    "eventTime": None, "firstTimestamp": None, "lastTimestamp": None, "source": {}, "reportingComponent": "",
    "reportingInstance": "",
}  # fmt: skip
_CREATE: dict[str, Callable[[Object], None]] = {
    "pods": _pod,
    "events": _event,
    "nodes": _node,
    "customresourcedefinitions.apiextensions.k8s.io": _definition,
    "namespaces": _namespace,
    "services": _service,
    "jobs.batch": _job,
    "horizontalpodautoscalers.autoscaling": _scaler,
    "cronjobs.batch": _empty_status,
    "persistentvolumeclaims": _persistent_volume_claim,
    "deployments.apps": _empty_status,
    "replicasets.apps": _replica_set,
    "daemonsets.apps": _daemon_set,
    "statefulsets.apps": _stateful_set,
    "resourcequotas": _empty_status,
    "poddisruptionbudgets.policy": _budget,
    "ingresses.networking.k8s.io": _ingress,
}
