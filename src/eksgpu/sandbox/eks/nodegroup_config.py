"""UpdateNodegroupConfig: size, labels, taints and the way of updating, in place.

Instances come and go at once; the new ones join in their own time.
"""

import json
from collections.abc import Callable
from typing import Any

from eksgpu.sandbox.eks import nodegroup_checks, nodes, refusals
from eksgpu.sandbox.eks.front import eks
from eksgpu.sandbox.eks.state import Cluster, Fields, Nodegroup, nodegroup_of
from eksgpu.sandbox.eks.updates import begin_update, sent_again
from eksgpu.sandbox.overlay import Call
from eksgpu.sandbox.world import World

_REPLACED = ("nodeRepairConfig", "warmPoolConfig")


@eks("UpdateNodegroupConfig")
def update_nodegroup_config(call: Call) -> dict[str, Any]:
    cluster, nodegroup = nodegroup_of(call)
    again = sent_again(call, cluster)
    if again is not None:
        return {"update": again}
    check_updatable(cluster, nodegroup)
    changed = _changed(call.world, nodegroup, call.params)
    if not changed:
        raise refusals.invalid("No changes needed: the request names nothing to update")
    nodegroup.fields.update(changed)
    return {"update": start(call, cluster, nodegroup, "ConfigUpdate", changed, lambda: None, resize=True)}


def check_updatable(cluster: Cluster, nodegroup: Nodegroup) -> None:
    if nodegroup.status not in ("ACTIVE", "DEGRADED"):
        raise refusals.nodegroup_not_active(cluster.name, nodegroup.name)


def start(
    call: Call,
    cluster: Cluster,
    nodegroup: Nodegroup,
    kind: str,
    changed: Fields,
    finish: Callable[[], None],
    *,
    resize: bool = False,
) -> Fields:
    """Set the group to UPDATING until this kind of update is over; it ends DEGRADED when instances are missing."""

    def done() -> None:
        finish()
        nodegroup.status = "DEGRADED" if nodegroup.issues else "ACTIVE"

    nodegroup.status = "UPDATING"
    nodegroup.fields["modifiedAt"] = call.world.clock.now()
    if resize:
        _resize(call, cluster, nodegroup)
    shown = {name: value if isinstance(value, str) else json.dumps(value) for name, value in _shown(changed).items()}
    seconds = call.world.durations.seconds(f"eks:nodegroup:{kind}")
    return begin_update(call, cluster, kind, shown, seconds, done, nodegroup=nodegroup.name)


def _changed(world: World, nodegroup: Nodegroup, params: Fields) -> Fields:
    """The fields that the request changes, with their new values, checked."""
    fields = nodegroup.fields
    changed: Fields = {key: params[key] for key in _REPLACED if key in params}
    if "updateConfig" in params:
        changed["updateConfig"] = nodegroup_checks.update_config(params["updateConfig"])
    if "scalingConfig" in params:
        changed["scalingConfig"] = {**fields["scalingConfig"], **params["scalingConfig"]}
        nodegroup_checks.check_scaling(world, changed["scalingConfig"])
    if "labels" in params:
        asked = params["labels"]
        added = {**fields["labels"], **asked.get("addOrUpdateLabels", {})}
        nodegroup_checks.check_labels(added)
        changed["labels"] = {key: added[key] for key in added if key not in asked.get("removeLabels", ())}
    if "taints" in params:
        changed["taints"] = _taints(fields.get("taints", ()), params["taints"])
        nodegroup_checks.check_taints(changed["taints"])
    return changed


def _taints(current: Any, asked: Fields) -> list[Fields]:
    """A taint is told from another by key and effect."""
    kept = {(taint["key"], taint["effect"]): taint for taint in current}
    for taint in asked.get("removeTaints", ()):
        kept.pop((taint.get("key"), taint.get("effect")), None)
    for taint in asked.get("addOrUpdateTaints", ()):
        kept[taint.get("key"), taint.get("effect")] = taint
    return list(kept.values())


def _resize(call: Call, cluster: Cluster, nodegroup: Nodegroup) -> None:
    desired = nodegroup.fields["scalingConfig"]["desiredSize"]
    nodegroup.issues.clear()
    nodes.end(call.world, call.region, nodegroup, nodegroup.machines[desired:])
    missing = desired - len(nodegroup.machines)
    nodes.launch(call, cluster, nodegroup, missing, nodes.join_seconds(call.world, nodegroup))


def _shown(changed: Fields) -> Fields:
    """The update's parameters under the names that the API gives them."""
    shown: Fields = {}
    for name, value in changed.items():
        if name in ("scalingConfig", "updateConfig"):
            shown |= {key[0].upper() + key[1:]: part for key, part in value.items()}
        elif name in ("labels", "taints"):
            shown[f"{name.capitalize()}ToAdd"] = value
        else:
            shown[name[0].upper() + name[1:]] = value
    return shown
