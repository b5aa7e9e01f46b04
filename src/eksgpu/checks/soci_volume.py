"""Whether the data volume is fast enough for SOCI parallel pull, where images live on one. Row 000-15."""

from collections.abc import Iterator

from eksgpu.components.soci import slow_volume
from eksgpu.spec.node_classes import node_classes

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("soci-volume", "data volumes are fast enough for parallel pull")
def soci_volume(context: CheckContext) -> Iterator[Finding]:
    """Parallel pull buffers layers on disk, so a slow volume makes it slower than a plain pull. Types with instance
    store under their images are not concerned.
    """
    for node_class in node_classes(context.spec.spec.node_pools):
        volume = node_class.volume
        if node_class.tuning is None or node_class.on_instance_store or volume.type != "gp3":
            continue
        slow = slow_volume(volume.throughput)
        if slow:
            where = f"spec.nodePools[{node_class.first.name}].disk.throughput"
            fix = "set disk: {throughput: 600}, leave disk out, or write imagePull: standard"
            yield Finding("soci-volume", Severity.WARNING, where, slow, fix)
