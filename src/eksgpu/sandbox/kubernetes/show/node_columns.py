"""The columns of nodes: ready or not, roles from labels, addresses."""

from collections.abc import Callable

from eksgpu.sandbox.kubernetes.store import Object

_ROLE = "node-role.kubernetes.io/"


def status(node: Object) -> str:
    """`Ready`, `NotReady` or `Unknown`, with `,SchedulingDisabled` when it is cordoned."""
    conditions = {row.get("type"): row.get("status") for row in node.get("status", {}).get("conditions", ())}
    words = ["Unknown" if "Ready" not in conditions else "Ready" if conditions["Ready"] == "True" else "NotReady"]
    if node.get("spec", {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def roles(node: Object) -> str:
    labels = node["metadata"].get("labels", {})
    found = {key.removeprefix(_ROLE) for key in labels if key.startswith(_ROLE)}
    if labels.get("kubernetes.io/role"):
        found.add(labels["kubernetes.io/role"])
    return ",".join(sorted(found)) or "<none>"


def address(kind: str) -> Callable[[Object], str]:
    """The node's address of one kind."""

    def cell(node: Object) -> str:
        rows = node.get("status", {}).get("addresses", ())
        return next((str(row["address"]) for row in rows if row.get("type") == kind), "<none>")

    return cell
