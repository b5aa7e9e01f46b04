"""Updates as EKS tracks them: one record per asynchronous change, DescribeUpdate and ListUpdates.

What a change does is handed in as a function and run when its time has come; knows no kind of change.
"""

from collections.abc import Callable, Mapping
from typing import Any

from eksgpu.sandbox.ec2.backend import later
from eksgpu.sandbox.eks import refusals
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.eks.state import Cluster, Fields, Update, addon_of, cluster_of, nodegroup_of
from eksgpu.sandbox.overlay import Call


def begin_update(
    call: Call,
    cluster: Cluster,
    kind: str,
    params: Mapping[str, str],
    seconds: float,
    finish: Callable[[], None],
    nodegroup: str | None = None,
    addon: str | None = None,
) -> Fields:
    """Record an update that runs `finish` after `seconds`; return the record as the API shows it."""
    update = Update(
        call.world.new_uuid(), kind, dict(params), call.world.clock.now(), nodegroup, addon,
        call.params.get("clientRequestToken"),
    )  # fmt: skip
    cluster.updates[update.id] = update

    def done() -> None:
        if update.status == "InProgress":
            update.status = "Successful"
            finish()

    later(call.world, call.region, seconds, done)
    return shown(update)


def sent_again(call: Call, cluster: Cluster) -> Fields | None:
    """The running update that this very request began, when a client sends it a second time."""
    token = call.params.get("clientRequestToken")
    running = (update for update in cluster.updates.values() if update.status == "InProgress")
    found = next((update for update in running if token and update.token == token), None)
    return None if found is None else shown(found)


def running_update(cluster: Cluster) -> Update | None:
    """The cluster's own update in progress, if any; those of its node groups and add-ons do not count."""
    own = (update for update in cluster.updates.values() if update.nodegroup is None and update.addon is None)
    return next((update for update in own if update.status == "InProgress"), None)


def abandon(cluster: Cluster, nodegroup: str | None = None, addon: str | None = None) -> None:
    """Cancel the running updates of something that is being deleted."""
    for update in cluster.updates.values():
        if update.status == "InProgress" and (update.nodegroup, update.addon) == (nodegroup, addon):
            update.status = "Cancelled"


def shown(update: Update) -> Fields:
    return {
        "id": update.id,
        "status": update.status,
        "type": update.type,
        "params": [{"type": name, "value": value} for name, value in update.params.items()],
        "createdAt": update.created_at,
        "errors": list(update.errors),
    }


@eks("DescribeUpdate")
def describe_update(call: Call) -> dict[str, Any]:
    cluster = _checked(call)
    update = cluster.updates.get(call.params["updateId"])
    if update is None or not _asked(update, call):
        raise refusals.no_update(call.params["updateId"])
    return {"update": shown(update)}


@eks("ListUpdates")
def list_updates(call: Call) -> dict[str, Any]:
    cluster = _checked(call)
    return page(call, [update.id for update in cluster.updates.values() if _asked(update, call)], "updateIds")


def _checked(call: Call) -> Cluster:
    if call.params.get("nodegroupName"):
        return nodegroup_of(call)[0]
    if call.params.get("addonName"):
        return addon_of(call)[0]
    return cluster_of(call)


def _asked(update: Update, call: Call) -> bool:
    wanted = (call.params.get("nodegroupName"), call.params.get("addonName"))
    return (update.nodegroup, update.addon) == wanted
