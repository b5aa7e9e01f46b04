"""Whether the region has the instance types, and in which of the cluster's zones."""

from collections.abc import Collection, Iterator, Sequence

from eksgpu.aws.subnet import Subnet

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "instance-offered"


@check(ID, "every instance type is offered in the cluster's zones")
def instance_offered(context: CheckContext) -> Iterator[Finding]:
    """New and large types exist in some regions, and there in some zones only. A node group that spans other zones
    fails to balance over them; a pool simply never gets a node there.
    """
    body, offerings = context.spec.spec, context.facts.offerings
    for group in body.node_groups:
        where = f"spec.nodeGroups[{group.name}]"
        yield from _offered(context, where, group.instance_types, group.zones, Severity.WARNING)
    for pool in body.node_pools:
        names = [item.name for item in pool.types]
        if all(name in offerings for name in names):  # else it was too many types to ask for
            yield from _offered(context, f"spec.nodePools[{pool.name}]", names, pool.zones, Severity.NOTE)


def _offered(
    context: CheckContext, where: str, types: Sequence[str], zones: Sequence[str], partly: Severity
) -> Iterator[Finding]:
    offerings = {name: context.facts.offerings[name] for name in types if name in context.facts.offerings}
    within = set(zones) or _cluster_zones(context)
    if not offerings or not within:
        return
    here = {name: found & within for name, found in offerings.items()}
    if not any(here.values()):
        yield Finding(ID, Severity.ERROR, where, _nowhere(context, offerings, within), _elsewhere(offerings))
        return
    for name, found in here.items():
        if not found:
            message = f"{name} is offered in none of {_list(within)}; the other types have to do"
            yield Finding(ID, Severity.WARNING, f"{where}.instanceTypes", message, f"remove {name}")
        elif found != within:
            message = f"{name} is offered in {_list(found)} only, not in {_list(within - found)}"
            fix = f"limit it to zones: [{_list(found)}]" if partly is Severity.WARNING else ""
            yield Finding(ID, partly, where, message, fix)


def _nowhere(context: CheckContext, offerings: dict[str, frozenset[str]], within: Collection[str]) -> str:
    names = _list(offerings)
    if any(offerings.values()):
        have = _list({zone for found in offerings.values() for zone in found})
        return f"{names}: offered in none of {_list(within)}; the region has it in {have}"
    return f"{names}: not offered in {context.run.region} at all"


def _elsewhere(offerings: dict[str, frozenset[str]]) -> str:
    zones = {zone for found in offerings.values() for zone in found}
    if zones:
        return f"use the zones {_list(zones)}"
    name = next(iter(offerings))
    return (
        f"choose another type or region; whether a region has it tells: aws ec2 describe-instance-type-offerings "
        f"--filters Name=instance-type,Values={name} --region REGION"
    )


def _cluster_zones(context: CheckContext) -> set[str]:
    """Where nodes may stand: the zones of the wanted subnets, or of those that are there already."""
    there = context.facts.network or (context.facts.cluster.network if context.facts.cluster is not None else None)
    ours = {subnet.zone for subnet in context.graph if isinstance(subnet, Subnet)}
    return ours or (set(there.zones) if there is not None else {zone.name for zone in context.facts.zones})


def _list(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
