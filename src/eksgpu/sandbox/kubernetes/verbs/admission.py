"""Admission: what EKS's plug-ins change in or refuse of an object before it is checked.

ServiceAccount, DefaultTolerationSeconds, Priority and ExtendedResourceToleration (on in EKS) for pods; the default
storage class for claims.
"""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import PRIORITY_CLASSES, Cluster
from eksgpu.sandbox.kubernetes.failure import forbidden
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType, StoreKey

STORAGE_CLASSES: StoreKey = ("storage.k8s.io", "storageclasses")
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
SERVICE_ACCOUNTS: StoreKey = ("", "serviceaccounts")
_EVERYONE = "default"  # made by a controller a moment after the namespace
_UNHEALTHY = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def on_create(cluster: Cluster, kind: ResourceType, new: Object) -> None:
    """Change `new` in place. Raises ApiError 403."""
    if kind.qualified == "pods":
        _service_account(cluster, kind, new)
        _toleration_seconds(new["spec"])
        _extended_resource_toleration(new["spec"])
        _priority(cluster, kind, new)
    elif kind.qualified == "persistentvolumeclaims":
        _storage_class(cluster, new["spec"])
    elif kind.key == PRIORITY_CLASSES:
        _one_default(cluster, kind, new)


def _service_account(cluster: Cluster, kind: ResourceType, pod: Object) -> None:
    spec, namespace = pod["spec"], pod["metadata"]["namespace"]
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or _EVERYONE
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = cluster.store.get(SERVICE_ACCOUNTS, namespace, name)
    if account is None and name != _EVERYONE:
        why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise forbidden(kind, pod["metadata"]["name"], why)
    mounts = spec.get("automountServiceAccountToken", (account or {}).get("automountServiceAccountToken", True))
    if mounts:
        _mount_token(spec, f"kube-api-access-{cluster.suffix()}")


def _mount_token(spec: dict[str, Any], volume: str) -> None:
    """Every container finds the account's token, unless it has something else at that place."""
    mounted = False
    for container in [*spec.get("initContainers", ()), *spec.get("containers", ())]:
        held = container.setdefault("volumeMounts", [])
        if all(mount.get("mountPath") != _TOKEN_PATH for mount in held):
            held.append({"name": volume, "readOnly": True, "mountPath": _TOKEN_PATH})
            mounted = True
    if mounted:
        spec.setdefault("volumes", []).append({"name": volume, "projected": {"sources": _SOURCES, "defaultMode": 420}})


_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105  where it is mounted
_SOURCES = [
    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {
        "downwardAPI": {
            "items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]
        }
    },
]


def _toleration_seconds(spec: dict[str, Any]) -> None:
    """Five minutes on a node that is not ready, unless the pod says otherwise."""
    held = spec.setdefault("tolerations", [])
    for key in _UNHEALTHY:
        covered = any(row.get("key", key) == key and row.get("effect", "NoExecute") == "NoExecute" for row in held)
        if not covered:
            held.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})


def _extended_resource_toleration(spec: dict[str, Any]) -> None:
    """A pod that asks for `nvidia.com/gpu` tolerates the taint of that name."""
    asked: set[str] = set()
    for container in [*spec.get("containers", ()), *spec.get("initContainers", ())]:
        asked |= {name for name in container.get("resources", {}).get("requests", {}) if _is_extended(name)}
    held = spec.setdefault("tolerations", [])
    for name in sorted(asked):
        toleration = {"key": name, "operator": "Exists"}
        if toleration not in held:
            held.append(toleration)


def _is_extended(resource: str) -> bool:
    return "/" in resource and "kubernetes.io/" not in resource and not resource.startswith("requests.")


def _priority(cluster: Cluster, kind: ResourceType, pod: Object) -> None:
    spec = pod["spec"]
    name = spec.get("priorityClassName")
    found = cluster.store.get(PRIORITY_CLASSES, "", name) if name else _default_priority(cluster)
    if name and found is None:
        raise forbidden(kind, pod["metadata"]["name"], f"no PriorityClass with name {name} was found")
    if found is not None:
        spec["priorityClassName"] = found["metadata"]["name"]
    computed = found["value"] if found else 0
    policy = found["preemptionPolicy"] if found else "PreemptLowerPriority"
    for key, shown, value in (
        ("priority", "the integer value of priority", computed),
        ("preemptionPolicy", "the string value of PreemptionPolicy", policy),
    ):
        if spec.setdefault(key, value) != value:
            why = f"{shown} ({spec[key]}) must not be provided in pod spec; priority admission controller computed"
            raise forbidden(kind, pod["metadata"]["name"], f"{why} {value} from the given PriorityClass name")


def _default_priority(cluster: Cluster) -> Object | None:
    return next((row for row in cluster.store.list(PRIORITY_CLASSES) if row.get("globalDefault")), None)


def _one_default(cluster: Cluster, kind: ResourceType, new: Object) -> None:
    there = _default_priority(cluster) if new.get("globalDefault") else None
    if there is not None:
        name = there["metadata"]["name"]
        why = f"PriorityClass {name} is already marked as default. Only one default can exist"
        raise forbidden(kind, new["metadata"]["name"], why)


def _storage_class(cluster: Cluster, spec: dict[str, Any]) -> None:
    if "storageClassName" in spec:
        return
    for row in cluster.store.list(STORAGE_CLASSES):
        if row["metadata"].get("annotations", {}).get(_DEFAULT_CLASS) == "true":
            spec["storageClassName"] = row["metadata"]["name"]
