"""CustomResourceDefinitions: serving their types as soon as they are stored, and no longer once they are gone."""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import CRDS, Cluster
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.custom import served
from eksgpu.sandbox.kubernetes.types.registry import ResourceType

_CONDITIONS = (
    ("NamesAccepted", "NoConflicts", "no conflicts found"),
    ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
)


def register(cluster: Cluster, kind: ResourceType, stored: Object) -> None:
    """Serve what a stored definition defines, and give the definition its status. Other objects are ignored."""
    if kind.key != CRDS:
        return
    kinds = served(stored)
    if kinds:
        cluster.types.serve(kinds)
    status = _status(stored, cluster.now())
    if stored.get("status") != status:
        cluster.store.put(CRDS, {**stored, "metadata": dict(stored["metadata"]), "status": status})


def withdraw(cluster: Cluster, kind: ResourceType, removed: Object) -> None:
    """Serve the types of a removed definition no longer."""
    if kind.key == CRDS:
        cluster.types.drop((removed["spec"]["group"], removed["spec"]["names"]["plural"]))


def _status(crd: Object, now: str) -> dict[str, Any]:
    before = {row["type"]: row for row in crd.get("status", {}).get("conditions", ())}
    return {
        "acceptedNames": crd["spec"]["names"],
        "storedVersions": [version["name"] for version in crd["spec"]["versions"] if version.get("storage")],
        "conditions": [
            before.get(name)
            or {"type": name, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now}
            for name, reason, message in _CONDITIONS
        ],
    }
