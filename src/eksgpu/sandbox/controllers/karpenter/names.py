"""Karpenter's own names, and how its objects point at each other."""

from collections.abc import Mapping
from typing import Any

from eksgpu.sandbox.controllers.client import Object
from eksgpu.scheduling.labels import NODE_POOL

FINALIZER = "karpenter.sh/termination"
CLASS_FINALIZER = "karpenter.k8s.aws/termination"
DISRUPTED = {"key": "karpenter.sh/disrupted", "effect": "NoSchedule"}


def owner(obj: Object) -> Object:
    """A reference to the object that something belongs to."""
    return {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "uid": obj["metadata"]["uid"],
        "blockOwnerDeletion": True,
    }


def pool_of(obj: Mapping[str, Any]) -> str:
    """The NodePool that a claim or node belongs to."""
    return str((obj["metadata"].get("labels") or {}).get(NODE_POOL) or "")


def class_of(claim: Mapping[str, Any]) -> str:
    """The EC2NodeClass that a claim is made from."""
    return str(claim["spec"]["nodeClassRef"]["name"])


def without(finalizers: list[str], name: str) -> dict[str, Any]:
    """The patch that takes one finalizer off."""
    return {"metadata": {"finalizers": [one for one in finalizers if one != name]}}
