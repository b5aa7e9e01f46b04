"""Whether SOCI's values stay within what ECR advises for one image."""

from collections.abc import Iterator

from eksgpu.spec.node_classes import node_classes

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("soci-advice", "parallel pull asks of a registry no more than ECR advises")
def soci_advice(context: CheckContext) -> Iterator[Finding]:
    """Large nodes can fetch more of an image at once than ECR advises. It was measured to be worth it there; other
    registries may answer with errors of too many requests.
    """
    for node_class in node_classes(context.spec.spec.node_pools):
        tuning = node_class.tuning
        if tuning is None or not tuning.warnings:
            continue
        message = f"{'; '.join(tuning.warnings)} (nodeClass {node_class.name}: {tuning.reason})"
        where = f"spec.nodePools[{node_class.first.name}].soci"
        fix = "leave it where images come from ECR; else set maxConcurrentDownloadsPerImage: 20 and smaller chunks"
        yield Finding("soci-advice", Severity.WARNING, where, message, fix)
