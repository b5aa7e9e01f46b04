"""How long the steps of a plan usually take on AWS, from documented durations. Row 000-23."""

from collections.abc import Mapping
from graphlib import TopologicalSorter

from eksgpu.catalog.durations import load_durations
from eksgpu.engine.plan import Action, Change, Plan
from eksgpu.engine.resource import Deletable, Live, Resource
from eksgpu.engine.schedule import Needs, make_key, remove_key

# The update that dominates when one of these fields changes.
UPDATES = {
    ("eks_cluster", "version"): "eks:cluster:VersionUpdate",
    ("eks_cluster", "log_types"): "eks:cluster:LoggingUpdate",
    ("eks_cluster", "public_cidrs"): "eks:cluster:EndpointAccessUpdate",
    ("eks_cluster", "endpoint_public"): "eks:cluster:EndpointAccessUpdate",
    ("eks_cluster", "endpoint_private"): "eks:cluster:EndpointAccessUpdate",
    ("eks_cluster", "encryption_key"): "eks:cluster:AssociateEncryptionConfig",
    ("eks_cluster", "authentication_mode"): "eks:cluster:AccessConfigUpdate",
    ("eks_node_group", "version"): "eks:nodegroup:VersionUpdate",
    ("eks_node_group", "launch_template_version"): "eks:nodegroup:VersionUpdate",
    ("eks_node_group", "labels"): "eks:nodegroup:ConfigUpdate",
    ("eks_addon", "version"): "eks:addon:AddonUpdate",
    ("eks_addon", "configuration"): "eks:addon:AddonUpdate",
}
A_CALL = 1.0  # what is done as soon as the API answers


def expected(plan: Plan, kinds: Mapping[str, type[Deletable]]) -> dict[str, float]:
    """Seconds of every step that has something to do, by the keys of `engine.schedule`."""
    seconds: dict[str, float] = {}
    for change in plan.changes:
        if change.resource is not None and change.action is not Action.NO_OP:
            seconds[make_key(change.identity)] = _make(change, change.resource)
        for live in change.old:
            seconds[remove_key(live)] = _remove(live, kinds)
    return seconds


def longest_chain(needs: Needs, seconds: Mapping[str, float]) -> tuple[float, tuple[tuple[str, float], ...]]:
    """The critical path: its length, and (identity, seconds) of the steps on it that take a while."""
    ends: dict[str, float] = {}
    before: dict[str, str] = {}
    for key in TopologicalSorter(needs).static_order():
        last = max(needs.get(key, ()), key=lambda need: (ends[need], need), default="")
        ends[key] = ends.get(last, 0.0) + seconds.get(key, 0.0)
        before[key] = last
    key = max(ends, key=lambda key: (ends[key], key), default="")
    total, path = ends.get(key, 0.0), []
    while key:
        if seconds.get(key, 0.0) > A_CALL:
            path.append((" ".join(key.split(" ")[:2]).removeprefix("make "), seconds[key]))
        key = before[key]
    return total, tuple(reversed(path))


def _make(change: Change, resource: Resource) -> float:
    known = load_durations()
    if change.action is Action.UPDATE:
        keys = {UPDATES.get((change.kind, name), "") for name in change.fields}
        return max(A_CALL, sum(known[key].typical for key in keys if key))
    special = resource.typical.replace(":create", f":{resource.name}:create")
    found = known.get(special) or known.get(resource.typical)
    return max(A_CALL, found.typical if found else 0.0)


def _remove(live: Live, kinds: Mapping[str, type[Deletable]]) -> float:
    typical = getattr(kinds[live.kind], "typical", "").replace(":create", ":delete")
    found = load_durations().get(typical)
    return max(A_CALL, found.typical if found else 0.0)
