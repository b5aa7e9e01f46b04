"""Whether node images are pinned to a release."""

from collections.abc import Iterator

from eksgpu.spec.node_classes import node_classes

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("image-pinned", "node images are pinned to a release")
def image_pinned(context: CheckContext) -> Iterator[Finding]:
    """With `latest` Karpenter replaces every node, running work included, whenever AWS publishes an image."""
    for node_class in node_classes(context.spec.spec.node_pools):
        ami = node_class.first.ami
        if ami is not None and ami.release == "latest":
            message = f"nodes of {node_class.name} are replaced whenever there is a new image, on a day AWS chooses"
            where = f"spec.nodePools[{node_class.first.name}].ami.release"
            fix = "leave ami out: the newest release is then taken once, and a newer one with --accept amis"
            yield Finding("image-pinned", Severity.WARNING, where, message, fix)
