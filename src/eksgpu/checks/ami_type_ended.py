"""Whether node groups name an image that AWS publishes no more."""

from collections.abc import Iterator

from eksgpu.catalog import ami_type

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("ami-type-ended", "node groups name images that AWS still publishes")
def ami_type_ended(context: CheckContext) -> Iterator[Finding]:
    """Amazon Linux 2 has ended: its images get no more fixes, and EKS has none for newer versions of Kubernetes. What
    came after it is taken in its place.
    """
    for group in context.spec.spec.node_groups:
        if group.ami_type in ami_type.ended():
            message = f"{group.ami_type} is taken as {group.image}: {ami_type.why_ended()}"
            where = f"spec.nodeGroups[{group.name}].amiType"
            fix = f"write {group.image}, or leave amiType out"
            yield Finding("ami-type-ended", Severity.WARNING, where, message, fix)
