"""Whether Karpenter knows of the instance store that pods will find."""

from collections.abc import Iterator

from eksgpu.spec.node_classes import node_classes

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("instance-store-counted", "Karpenter counts instance store as ephemeral storage")
def instance_store_counted(context: CheckContext) -> Iterator[Finding]:
    """Karpenter counts instance store only where it sets it up itself (`raid0`). Set up by bootstrap commands it is
    there on the node, but a pod that asks for more ephemeral storage than the data volume has never gets a node.
    """
    for node_class in node_classes(context.spec.spec.node_pools):
        with_store = [item for item in node_class.types if item.nvme_gb]
        if node_class.first.local_storage != "bootstrapCommands" or not with_store:
            continue
        largest = max(with_store, key=lambda item: item.nvme_gb)
        message = (
            f"Karpenter plans nodes of {node_class.name} with the {node_class.volume.gib} GiB of their data volume, "
            f"not with the {largest.nvme_gb} GB of {largest.name}: pods that ask for more stay Pending"
        )
        where = f"spec.nodePools[{node_class.first.name}].localStorage"
        yield Finding("instance-store-counted", Severity.NOTE, where, message, "write localStorage: raid0")
