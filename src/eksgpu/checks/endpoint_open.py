"""Whether the whole internet may talk to the Kubernetes API."""

from collections.abc import Iterator

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("endpoint-open", "the public endpoint is limited to known networks")
def endpoint_open(context: CheckContext) -> Iterator[Finding]:
    """Whoever reaches the endpoint still needs credentials; limiting it keeps out scans and protects against faults of
    the API server itself.
    """
    access = context.spec.spec.endpoint_access
    if (
        context.facts.cluster is not None
        or not access.public
        or not any(cidr.prefixlen == 0 for cidr in access.public_cidrs)
    ):
        return
    message = "the public endpoint of the Kubernetes API is open to 0.0.0.0/0, the whole internet"
    fix = "name your networks in spec.endpointAccess.publicCidrs, or set public: false"
    yield Finding("endpoint-open", Severity.WARNING, "spec.endpointAccess.publicCidrs", message, fix)
