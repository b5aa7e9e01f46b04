"""What sharing does to nodes that are somebody else's, in words: their owner consents to this and nothing more."""

from collections.abc import Mapping

from .plan import SharingPlan
from .said import said


def changes(plan: SharingPlan, shown: Mapping[str, Mapping[str, int]], running: int) -> tuple[str, ...]:
    """What consent is given to, one clause for each thing that changes.

    shown:   node → resource → how many it offers now.
    running: pods on these nodes that have GPUs.
    """
    now = sorted({said(one) for one in shown.values()})
    slices = ", ".join(f"{wish} {name}" for name, wish in _most(plan).items())
    clauses = [
        f"a device plugin of ours comes onto {_nodes(len(shown))}, found by labels that they have",
        f"each offers {slices} in place of {' or '.join(now) or 'no GPU'}",
        "pods that run there keep running",
    ]
    if running:
        others = plan.wish.replicas - 1
        gpus = f"{running} of them {'has' if running == 1 else 'have'} whole GPUs"
        clauses.append(
            f"{gpus}: each GPU counts as one slice from then on, and up to {others} pods more may come onto it"
        )
    clauses.append("on destroy the plugin goes, and the nodes offer no GPU until another one runs there")
    return tuple(clauses)


def _most(plan: SharingPlan) -> dict[str, str]:
    counts = {name: sorted({each.get(name, 0) for each in plan.allocatable.values()}) for name in plan.resources}
    return {name: " or ".join(str(count) for count in found) for name, found in counts.items()}


def _nodes(count: int) -> str:
    if not count:
        return "nodes that are not ours, once there are any"
    return "1 node that is not ours" if count == 1 else f"{count} nodes that are not ours"
