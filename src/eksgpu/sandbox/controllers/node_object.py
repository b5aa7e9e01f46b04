"""Node objects as a kubelet registers them: labels, taints, capacity, addresses. Devices come later, by plugins."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from eksgpu.catalog.instance import InstanceType
from eksgpu.scheduling.labels import ARCH, HOSTNAME, INSTANCE_TYPE, OS, REGION, ZONE
from eksgpu.scheduling.offering import Storage, allocatable, whole
from eksgpu.scheduling.resources import extended, quantity

from .client import Object
from .conditions import condition, merged, timestamp

DOWNLOADS = "sandbox.eksgpu.dev/soci-downloads"
INITIALIZED = "karpenter.sh/initialized"
_IMAGES = {"bottlerocket": "Bottlerocket (aws-k8s, sandbox)", "al2023": "Amazon Linux 2023 (sandbox)"}
# None are set aside, and a kubelet reports them all the same.
_HUGE_PAGES = {
    "amd64": dict.fromkeys(("hugepages-1Gi", "hugepages-2Mi"), "0"),
    "arm64": dict.fromkeys(("hugepages-1Gi", "hugepages-2Mi", "hugepages-32Mi", "hugepages-64Ki"), "0"),
}
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


def node_object(
    name: str,
    item: InstanceType,
    *,
    instance_id: str,
    region: str,
    zone: str,
    address: str,
    os: str,
    version: str,
    labels: Mapping[str, str],
    taints: Iterable[Mapping[str, str]],
    storage: Storage,
    downloads: int,
    ready: bool,
    now: datetime,
    kubelet_port: int,
    owners: list[Object] | None = None,
) -> Object:
    """A whole Node. `address`: where its kubelet answers; `downloads`: SOCI's parallel downloads, 0 without."""
    named = {ARCH: item.arch, OS: "linux", HOSTNAME: name, INSTANCE_TYPE: item.name, REGION: region, ZONE: zone}
    metadata: Object = {"name": name, "labels": {**named, **labels}, "annotations": {DOWNLOADS: str(downloads)}}
    if owners:
        metadata["ownerReferences"] = owners
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": metadata,
        "spec": {
            "providerID": f"aws:///{zone}/{instance_id}",
            "taints": [dict(taint) for taint in taints],
        },
        "status": {
            "capacity": _HUGE_PAGES[item.arch] | _written(whole(item, storage)),
            "allocatable": _HUGE_PAGES[item.arch] | _written(allocatable(item, storage)),
            "conditions": conditions((), ready=ready, now=now),
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet_port}},
            "nodeInfo": _info(item, os, version, instance_id),
        },
    }


def conditions(known: Iterable[Mapping[str, Any]], *, ready: bool, now: datetime) -> list[dict[str, Any]]:
    """A node's conditions, with its kubelet's heartbeat."""
    health = [condition(name, status=False, reason="KubeletHasNoPressure") for name in _PRESSURES]
    reason, message = ("KubeletReady", "kubelet is posting ready status") if ready else _NO_NETWORK
    health.append(condition("Ready", status=ready, reason=reason, message=message))
    return [{**one, "lastHeartbeatTime": timestamp(now)} for one in merged(known, health, now)]


_NO_NETWORK = (
    "KubeletNotReady",
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady cni plugin not initialized",
)


def _written(amounts: Mapping[str, int]) -> dict[str, str]:
    return {name: quantity(name, count) for name, count in amounts.items() if not extended(name)}


def _info(item: InstanceType, os: str, version: str, instance_id: str) -> dict[str, str]:
    return {
        "architecture": item.arch,
        "bootID": instance_id,
        "containerRuntimeVersion": "containerd://2.2.4",
        "kernelVersion": "6.12.0",
        "kubeProxyVersion": "",
        "kubeletVersion": f"v{version}.0-eks-sandbox",
        "machineID": instance_id,
        "operatingSystem": "linux",
        "osImage": _IMAGES[os],
        "systemUUID": instance_id,
    }
