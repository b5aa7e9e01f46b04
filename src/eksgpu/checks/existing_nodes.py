"""What is about to be done to nodes that are there already and not ours, so that their owner sees it in every plan."""

from collections.abc import Iterator

from eksgpu.facts.found_nodes import FoundNodes
from eksgpu.scheduling.sharing.consent import changes
from eksgpu.scheduling.sharing.tags import template_tags
from eksgpu.spec.models import ExistingNodes
from eksgpu.spec.shared import Shared, shared

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "existing-nodes"
_AMAZON_LINUX = "Amazon Linux 2023"


@check(ID, "what sharing does to nodes that are not ours")
def existing_nodes(context: CheckContext) -> Iterator[Finding]:
    """Consent was given to this and nothing more. What must be true of these nodes besides, and cannot be made true by
    us, is said: NVIDIA's driver on them, and the tags of their node group by which a Cluster Autoscaler plans.
    """
    cluster = context.facts.cluster
    for one in shared(context.spec.spec, context.facts.there) if cluster is not None else ():
        if not isinstance(one.owner, ExistingNodes) or cluster is None:
            continue
        found = cluster.nodes[one.owner.name]
        if not found.nodes or any(each.offered != one.plan.allocatable[each.type] for each in found.nodes):
            yield _changes(one, found)
        yield from _drivers(one, found)
        yield from _tags(one, found, context.facts.region)


def _changes(one: Shared, found: FoundNodes) -> Finding:
    """Once more what consent was given to, as long as the nodes do not offer it yet."""
    shown = {each.name: each.gpus for each in found.nodes}
    said = changes(one.plan, shown, sum(each.pods for each in found.nodes))
    return Finding(ID, Severity.NOTE, one.where, "; ".join(said))


def _drivers(one: Shared, found: FoundNodes) -> Iterator[Finding]:
    for image in sorted({each.image for each in found.nodes if not each.image.startswith(_AMAZON_LINUX)}):
        message = f"whether {image} has NVIDIA's driver and container runtime is not known: the plugin needs both"
        fix = "look before you apply: nvidia-smi on the node"
        yield Finding(ID, Severity.WARNING, one.where, message, fix)


def _tags(one: Shared, found: FoundNodes, region: str) -> Iterator[Finding]:
    """A group's tags are its owner's to write. Where its number of nodes is fixed nobody reads them."""
    for group in found.groups:
        advertised = next((one.plan.allocatable[name] for name in group.types if name in one.plan.allocatable), None)
        if advertised is None or not group.scales:
            continue
        missing = {key: value for key, value in template_tags(advertised).items() if group.tags.get(key) != value}
        missing = {key: value for key, value in missing.items() if value != "0" or one.plan.renamed}
        if missing:
            message = (
                f"node group {group.name} can grow, and it is not ours to tag: a Cluster Autoscaler would count whole "
                "GPUs on a node that is not there yet"
            )
            tags = ",".join(f"{key}={value}" for key, value in missing.items())
            fix = f"aws eks tag-resource --region {region} --resource-arn {group.arn} --tags '{tags}'"
            yield Finding(ID, Severity.WARNING, one.where, message, fix)
