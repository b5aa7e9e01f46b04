"""Whether everything that sharing GPUs takes is so in the cluster, and nodes show the slices that they should."""

from collections.abc import Iterator

from eksgpu.scheduling.sharing.agreement import disagreements
from eksgpu.scheduling.sharing.places import PLACES
from eksgpu.spec.shared import shared

from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .sharing_places import live

ID = "sharing-agrees"
_PODS = "pod"  # somebody's workload, which is not the cluster's fault
_TITLES = {place.name: place.title for place in PLACES}
_FIXES = {
    "node": "delete the node once the other places agree, and the next one has it: kubectl delete node NAME",
    _PODS: "change what makes the pod; eksgpu workload apply says so beforehand",
    "gate": "Helm does not see it: open the gate in FEATURE_GATES of Karpenter's Deployment, or reinstall the chart",
    "config": "run eksgpu apply --accept conflicts, then restart DaemonSet nvidia-device-plugin-daemonset",
}


@check(ID, "every place that sharing GPUs depends on says the same", stage="verify")
def sharing_agrees(context: VerifyContext) -> Iterator[Finding]:
    """A node's plugin, its label, Karpenter's overlay and gate, the Cluster Autoscaler's tags: where one of them says
    something else than the others, pods wait for ever, or every slice costs a node of its own.
    """
    plans = shared(context.spec.spec)
    places = live(context) if plans else None
    for one in plans:
        assert places is not None
        for found in disagreements(one.plan, one.host.kind, places.seen(one)):
            fix = _FIXES.get(found.place, f"run eksgpu apply --accept conflicts: it puts back {_TITLES[found.place]}")
            severity = Severity.WARNING if found.place == _PODS else Severity.ERROR
            yield Finding(ID, severity, f"{one.where}.sharing, {found.place}", found.message, fix)
