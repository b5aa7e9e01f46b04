"""Whether the cluster's name is free, or ours."""

from collections.abc import Iterator

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("names-taken", "no cluster of somebody else has the name")
def names_taken(context: CheckContext) -> Iterator[Finding]:
    """Cluster names are unique in an account and region. A cluster without our mark is never changed or deleted."""
    facts, name = context.facts, context.spec.metadata.name
    if facts.live_version is None or facts.live_ours or facts.cluster is not None:
        return
    message = (
        f"an EKS cluster named {name} (Kubernetes {facts.live_version}) lives in {facts.region} already, "
        "and was not made by eksgpu"
    )
    yield Finding("names-taken", Severity.ERROR, f"eks cluster {name}", message, "choose another metadata.name")
