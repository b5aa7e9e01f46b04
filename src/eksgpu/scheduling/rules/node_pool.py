"""The rules for a NodePool. Source: Karpenter v1.14.1, CRD of nodepools.karpenter.sh and its validation."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.scheduling.labels import AWS, AWS_LABELS, CAPACITY_TYPE, HOSTNAME
from eksgpu.scheduling.requirements import OPERATORS

from .breach import Breach, among, count, duration, unknown

_SPEC = frozenset({"template", "disruption", "limits", "weight", "replicas"})
_NODE = frozenset({"nodeClassRef", "requirements", "taints", "startupTaints", "expireAfter", "terminationGracePeriod"})
_POLICIES = ("WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced")
_REASONS = ("Underutilized", "Empty", "Drifted")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_QUALIFIED = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_NODES = re.compile(r"(100|[0-9]{1,2})%|[0-9]+")
_SHORTCUT = re.compile(r"@(annually|yearly|monthly|weekly|daily|midnight|hourly)|(\S+ ){4}\S+")


def breaches(manifest: Mapping[str, Any]) -> Iterator[Breach]:
    """Every rule that the manifest breaks."""
    spec = manifest["spec"]
    template = spec.get("template") or {}
    node = template.get("spec") or {}
    yield from unknown("spec", spec, _SPEC)
    yield from unknown("spec.template.spec", node, _NODE)
    yield from _labels((template.get("metadata") or {}).get("labels") or {})
    yield from _requirements(node.get("requirements"))
    for name in ("taints", "startupTaints"):
        yield from _taints(f"spec.template.spec.{name}", node.get(name) or ())
    yield from _node_class(node.get("nodeClassRef") or {})
    yield from duration("expire-after", "spec.template.spec.expireAfter", node.get("expireAfter"))
    yield from _disruption(spec.get("disruption"))
    yield from _size(spec)


def _labels(labels: Mapping[str, str]) -> Iterator[Breach]:
    where = "spec.template.metadata.labels"
    yield from count("labels-at-most-100", where, labels, 100)
    for key in labels:
        yield from _key("label-domain", f"{where}.{key}", key)


def _requirements(entries: Any) -> Iterator[Breach]:
    where = "spec.template.spec.requirements"
    if entries is None:
        yield Breach("requirements-required", where, "the field must be there, if only as an empty list")
        return
    yield from count("requirements-at-most-100", where, entries, 100)
    for position, entry in enumerate(entries):
        yield from _requirement(f"{where}[{position}]", entry)


def _requirement(where: str, entry: Mapping[str, Any]) -> Iterator[Breach]:
    operator, values = entry.get("operator"), list(entry.get("values") or ())
    yield from _key("requirement-domain", f"{where}.key", str(entry.get("key")))
    yield from among("requirement-operator", f"{where}.operator", operator, OPERATORS)
    if operator == "In" and not values:
        yield Breach("in-needs-values", f"{where}.values", "In needs values")
    if operator in ("Gt", "Lt", "Gte", "Lte") and not (len(values) == 1 and str(values[0]).isdecimal()):
        yield Breach("bound-is-one-number", f"{where}.values", f"{operator} takes exactly one whole number from 0 up")
    least = entry.get("minValues")
    if least is None:
        return
    if not 1 <= least <= 50:
        yield Breach("min-values-1-to-50", f"{where}.minValues", f"{least} is not between 1 and 50")
    elif operator == "In" and len(values) < least:
        yield Breach("min-values-of-in", f"{where}.minValues", f"{least} wanted of {len(values)} values")


def _key(rule: str, where: str, key: str) -> Iterator[Breach]:
    if not _QUALIFIED.fullmatch(key):
        yield Breach(rule, where, f"{key!r} is no label name")
    if key == HOSTNAME:
        yield Breach(rule, where, f"{HOSTNAME} is each node's own")
    if key.startswith("karpenter.sh/") and key != CAPACITY_TYPE:
        yield Breach(rule, where, f"of karpenter.sh only {CAPACITY_TYPE} may be named")
    if key.startswith(AWS) and key not in AWS_LABELS:
        yield Breach(rule, where, f"Karpenter knows no label {key}")


def _taints(where: str, taints: Any) -> Iterator[Breach]:
    for position, taint in enumerate(taints):
        at = f"{where}[{position}]"
        if not _QUALIFIED.fullmatch(str(taint.get("key") or "")):
            yield Breach("taint-key", f"{at}.key", f"{taint.get('key')!r} is no label name")
        if taint.get("value") and not _QUALIFIED.fullmatch(str(taint["value"])):
            yield Breach("taint-value", f"{at}.value", f"{taint['value']!r} is neither a label value nor a name")
        if taint.get("effect") not in _EFFECTS:
            yield Breach("taint-effect", f"{at}.effect", f"{taint.get('effect')!r} is none of {', '.join(_EFFECTS)}")


def _node_class(reference: Mapping[str, Any]) -> Iterator[Breach]:
    for name in ("group", "kind", "name"):
        if not reference.get(name):
            yield Breach("node-class-required", f"spec.template.spec.nodeClassRef.{name}", "must be given")


def _disruption(disruption: Any) -> Iterator[Breach]:
    if disruption is None:
        return
    where = "spec.disruption"
    if not disruption.get("consolidateAfter"):
        yield Breach("consolidate-after-required", f"{where}.consolidateAfter", "must be given beside the policy")
    yield from duration("consolidate-after", f"{where}.consolidateAfter", disruption.get("consolidateAfter"))
    yield from among(
        "consolidation-policy", f"{where}.consolidationPolicy", disruption.get("consolidationPolicy"), _POLICIES
    )
    budgets = disruption.get("budgets") or ()
    yield from count("budgets-at-most-50", f"{where}.budgets", budgets, 50)
    for position, budget in enumerate(budgets):
        yield from _budget(f"{where}.budgets[{position}]", budget)


def _budget(where: str, budget: Mapping[str, Any]) -> Iterator[Breach]:
    if not _NODES.fullmatch(str(budget.get("nodes"))):
        yield Breach("budget-nodes", f"{where}.nodes", f"{budget.get('nodes')!r} is no number or share of nodes")
    if (budget.get("schedule") is None) != (budget.get("duration") is None):
        yield Breach("budget-schedule-and-duration", where, "schedule and duration go together")
    if budget.get("schedule") and not _SHORTCUT.fullmatch(str(budget["schedule"])):
        yield Breach("budget-schedule", f"{where}.schedule", f"{budget['schedule']!r} is no cron line")
    for reason in budget.get("reasons") or ():
        yield from among("budget-reason", f"{where}.reasons", reason, _REASONS)


def _size(spec: Mapping[str, Any]) -> Iterator[Breach]:
    weight, replicas, limits = spec.get("weight"), spec.get("replicas"), spec.get("limits") or {}
    if weight is not None and not 1 <= weight <= 100:
        yield Breach("weight-1-to-100", "spec.weight", f"{weight} is not between 1 and 100")
    if replicas is None:
        return
    if replicas < 0:
        yield Breach("replicas", "spec.replicas", f"{replicas} is less than 0")
    if weight is not None:
        yield Breach("static-without-weight", "spec.weight", "a pool with replicas has no weight")
    if set(limits) - {"nodes"}:
        yield Breach("static-limits-nodes", "spec.limits", "a pool with replicas is limited by nodes alone")
