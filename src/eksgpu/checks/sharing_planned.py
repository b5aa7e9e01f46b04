"""Whether everything that sharing GPUs takes is still said, after the user's own values are on top of ours."""

from collections.abc import Iterator

from eksgpu.scheduling.sharing.agreement import disagreements
from eksgpu.spec.shared import shared

from .check import check
from .context import CheckContext
from .finding import Finding, Severity
from .sharing_places import wanted

ID = "sharing-planned"


@check(ID, "nothing in the spec undoes what sharing GPUs takes")
def sharing_planned(context: CheckContext) -> Iterator[Finding]:
    """Slices exist only while several places agree: the plugin's configuration, the nodes' labels, Bottlerocket's
    settings, the overlays that Karpenter plans with and its feature gate. A value of the user's own wins over ours, and
    one that says something else makes Karpenter start a node for every slice, or none at all.
    """
    plans = shared(context.spec.spec)
    places = wanted(context) if plans else None
    for one in plans:
        assert places is not None
        for found in disagreements(one.plan, one.host.kind, places.seen(one)):
            fix = "leave it to sharing: take your own value out of values, settings or nodeClassSpec"
            yield Finding(ID, Severity.ERROR, f"{one.where}.sharing, {found.place}", found.message, fix)
