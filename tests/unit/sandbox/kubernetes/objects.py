"""Objects that tests of the embedded API create, and a kubelet small enough to read at a glance."""

from typing import Any, Protocol

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Response

Object = dict[str, Any]
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
PODS = "/api/v1/namespaces/default/pods"


class Call(Protocol):
    def __call__(
        self, method: str, target: str, body: Any = None, content_type: str = "application/json", **headers: str
    ) -> Response: ...


def config_map(name: str = "settings", **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def pod_spec(**container: Any) -> Object:
    return {"containers": [{"name": "app", "image": "nginx:1.29", **container}]}


def gpus(count: int) -> Object:
    """A container's resources."""
    return {"limits": {"nvidia.com/gpu": str(count)}}


def pod(name: str = "one", spec: Any = None, **labels: Any) -> Object:
    meta = {"name": name, "namespace": "default", "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec or pod_spec()}


def workload(kind: str, name: str = "web", spec: Object | None = None, **own: Any) -> Object:
    """A Deployment, DaemonSet, StatefulSet … whose pods carry `app: NAME`."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": spec or pod_spec()}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **own},
    }


def job(name: str = "train", **own: Any) -> Object:
    spec = {"template": {"spec": {**pod_spec(), "restartPolicy": "Never"}}, **own}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def definition(schema: Object | None = None, **version: Any) -> Object:
    """The CRD of `Pool` in `pools.example.com/v1`, cluster-wide."""
    spec = {"type": "object", "properties": {"size": {"type": "integer", "minimum": 1, "default": 3}}}
    held = {"type": "object", "properties": {"spec": schema or spec, "status": {"type": "object"}}}
    served = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": held}, **version}
    names = {"plural": "pools", "singular": "pool", "kind": "Pool", "shortNames": ["pl"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "pools.example.com"},
        "spec": {"group": "example.com", "scope": "Cluster", "names": names, "versions": [served]},
    }


def add_node(api: Api, name: str, *, labels: Object | None = None, taints: Any = (), **allocatable: str) -> None:
    """A Ready node with room; `gpus` are `nvidia.com/gpu`."""
    client = api.client("kubelet")
    spec = {"taints": list(taints)} if taints else {}
    meta = {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}}
    node = client.create({"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec})
    amounts = {"cpu": "8", "memory": "32Gi", "pods": "58", **allocatable}
    amounts = {key.replace("gpus", "nvidia.com/gpu"): value for key, value in amounts.items()}
    node["status"] = {
        "allocatable": amounts,
        "capacity": amounts,
        "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready"}],
    }
    client.update_status(node)


class Kubelets:
    """Runs every bound pod at once and lets go of those that are being deleted; `outcome` ends them.

    Each container prints `greeting` when it starts.
    """

    def __init__(self, api: Api, outcome: str = "Running", greeting: str = "") -> None:
        self.outcome = outcome
        self._greeting = greeting
        self._logs = api.logs
        self._client = api.client("kubelet")
        _, version = self._client.list("v1", "Pod")
        self._watch = self._client.watch("v1", "Pod", resource_version=version)
        api.add_step(self.step)

    def step(self) -> bool:
        events = [(kind, found) for kind, found in self._watch.poll() if kind != "DELETED"]
        changed = [self._attend(found) for _, found in events]
        return any(changed)

    def _attend(self, found: Object) -> bool:
        meta = found["metadata"]
        if not found["spec"].get("nodeName"):
            return False
        if meta.get("deletionTimestamp"):
            if any(row["metadata"]["uid"] == meta["uid"] for row in self._client.list("v1", "Pod")[0]):
                self._client.delete("v1", "Pod", meta["name"], meta["namespace"], grace=0)
            return True
        if found["status"]["phase"] != "Pending":
            return False
        for row in found["spec"]["containers"]:
            self._logs.append(meta["uid"], row["name"], self._greeting)
        ready = "True" if self.outcome == "Running" else "False"
        status = {
            **found["status"],
            "phase": self.outcome,
            "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": ready}],
            "containerStatuses": [self._container(row) for row in found["spec"]["containers"]],
        }
        self._client.update_status({**found, "status": status})
        return True

    def _container(self, row: Object) -> Object:
        ended = {"terminated": {"exitCode": 0 if self.outcome == "Succeeded" else 1, "reason": "Completed"}}
        state = {"running": {}} if self.outcome == "Running" else ended
        own = {"name": row["name"], "image": row["image"], "imageID": "", "restartCount": 0}
        return {**own, "ready": self.outcome == "Running", "state": state}
