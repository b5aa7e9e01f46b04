"""Whether GPUs are cut into more slices than pays."""

from collections.abc import Iterator

from eksgpu.catalog import sharing
from eksgpu.spec.shared import shared

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "sharing-replicas"


@check(ID, "no GPU is shared by more pods than EKS advises")
def sharing_replicas(context: CheckContext) -> Iterator[Finding]:
    """Every pod on a GPU holds a context of its own, hundreds of megabytes of its memory, before it computes anything;
    and the more take turns, the longer each waits. EKS advises two to eight.
    """
    advised = sharing.replicas()["advised"]
    for one in shared(context.spec.spec):
        replicas = one.plan.wish.replicas
        if replicas > advised:
            message = f"{replicas} pods on one GPU are more than EKS advises ({advised})"
            fix = f"write replicas: {advised} or fewer, or measure that your pods are small enough"
            yield Finding(ID, Severity.WARNING, f"{one.where}.sharing.replicas", message, fix)
