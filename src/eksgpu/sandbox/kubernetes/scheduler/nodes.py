"""Which nodes a pod's spec admits: selectors, node affinity, taints. Pure functions over a spec and a node."""

from collections.abc import Iterable, Mapping
from typing import Any

from eksgpu.sandbox.kubernetes.selectors import expression, value_at
from eksgpu.sandbox.kubernetes.store import Object

HARD = ("NoSchedule", "NoExecute")


def admits(spec: Mapping[str, Any], node: Object) -> bool:
    """Whether `nodeSelector` and required node affinity admit the node."""
    labels = node["metadata"].get("labels", {})
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    required = value_at(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(_term(term, node, labels) for term in required.get("nodeSelectorTerms", ()))


def named(spec: Mapping[str, Any]) -> set[str] | None:
    """The only nodes that a pod may go to, by name: a daemon's affinity names its own. None where none are named."""
    required = value_at(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution") or {}
    found: set[str] = set()
    for term in required.get("nodeSelectorTerms", ()):
        rows = [row["values"] for row in term.get("matchFields", ()) if row["operator"] == "In"]
        if not rows:
            return None
        found |= set(rows[0]).intersection(*rows[1:])
    return found or None


def tolerates_all(tolerations: Iterable[Mapping[str, Any]], node: Object, effects: Iterable[str] = HARD) -> bool:
    """Whether every taint of the node with one of the effects is tolerated."""
    held = list(tolerations)
    return all(
        any(tolerates(row, taint) for row in held)
        for taint in node.get("spec", {}).get("taints", ())
        if taint["effect"] in effects
    )


def tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    """Kubernetes' rule: an empty effect or key matches every one; `Exists` needs no value."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def preference(spec: Mapping[str, Any], node: Object) -> int:
    """The weight of preferred node affinity that the node fulfils."""
    labels = node["metadata"].get("labels", {})
    rows = value_at(spec, "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution") or ()
    return sum(row["weight"] for row in rows if _term(row["preference"], node, labels))


def _term(term: Mapping[str, Any], node: Object, labels: Mapping[str, str]) -> bool:
    """A term without expressions matches nothing."""
    expressions, fields = term.get("matchExpressions", ()), term.get("matchFields", ())
    if not expressions and not fields:
        return False
    own = {"metadata.name": node["metadata"]["name"]}
    return all(expression(row, labels) for row in expressions) and all(expression(row, own) for row in fields)
