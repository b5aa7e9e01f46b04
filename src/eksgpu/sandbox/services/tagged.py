"""What the tagging API sees of the services that moto keeps: network and compute, keys, logs, queues, rules, IAM."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from eksgpu.sandbox.moto_bridge import backend_in_use
from eksgpu.sandbox.services.tagging import Tagged, tagged_resources

if TYPE_CHECKING:
    from eksgpu.sandbox.world import World


@tagged_resources("ec2")
def ec2(world: "World", region: str) -> Iterator[Tagged]:
    """EC2's objects. A NAT gateway stays for as long as DescribeNatGateways still shows it as deleted."""
    moto = backend_in_use("ec2", world.account, region)
    if moto is None:
        return
    for kind, ids in _ec2_ids(moto).items():
        for resource_id in ids:
            yield f"arn:aws:ec2:{region}:{world.account}:{kind}/{resource_id}", dict(moto.tags.get(resource_id, {}))


@tagged_resources("kms")
def kms(world: "World", region: str) -> Iterator[Tagged]:
    """Keys, those pending deletion too."""
    yield from _own_listing("kms", world, region)


@tagged_resources("sqs")
def sqs(world: "World", region: str) -> Iterator[Tagged]:
    yield from _own_listing("sqs", world, region)


@tagged_resources("ssm")
def ssm(world: "World", region: str) -> Iterator[Tagged]:
    yield from _own_listing("ssm", world, region)


@tagged_resources("elasticloadbalancing")
def elasticloadbalancing(world: "World", region: str) -> Iterator[Tagged]:
    yield from _own_listing("elbv2", world, region)


@tagged_resources("logs")
def logs(world: "World", region: str) -> Iterator[Tagged]:
    """Log groups, by the ARN without the `:*` that DescribeLogGroups appends."""
    for arn, tags in _own_listing("logs", world, region):
        yield arn.removesuffix(":*"), tags


@tagged_resources("events")
def events(world: "World", region: str) -> Iterator[Tagged]:
    """Rules of every bus."""
    moto = backend_in_use("events", world.account, region)
    for bus in moto.event_buses.values() if moto is not None else ():
        for rule in bus.rules.values():
            yield rule.arn, moto.tagger.get_tag_dict_for_resource(rule.arn)


@tagged_resources("iam")
def iam(world: "World", region: str) -> Iterator[Tagged]:
    """Customer managed policies, OIDC providers and instance profiles: in us-east-1 alone."""
    moto = backend_in_use("iam", world.account, "aws") if region == "us-east-1" else None
    if moto is None:
        return
    for policy in moto.managed_policies.values():
        if not policy.arn.startswith("arn:aws:iam::aws:"):
            yield policy.arn, _flat(policy.tags)
    for held in (*moto.open_id_providers.values(), *moto.instance_profiles.values()):
        yield held.arn, _flat(held.tags)


def _own_listing(service: str, world: "World", region: str) -> Iterator[Tagged]:
    moto = backend_in_use(service, world.account, region)
    for resource in moto.iter_tagged_resources() if moto is not None else ():
        yield resource.arn, resource.tags


def _flat(tags: Any) -> dict[str, str]:
    """IAM's tags in moto are a list of pairs, or a mapping from a key to its pair."""
    pairs = tags.values() if isinstance(tags, dict) else tags or ()
    return {pair["Key"]: pair["Value"] for pair in pairs}


def _ec2_ids(moto: Any) -> dict[str, Iterable[str]]:
    return {
        "vpc": moto.vpcs,
        "subnet": [subnet for zone in moto.subnets.values() for subnet in zone],
        "security-group": [group for vpc in moto.groups.values() for group in vpc],
        "internet-gateway": moto.internet_gateways,
        "natgateway": moto.nat_gateways,
        "elastic-ip": [address.allocation_id for address in moto.addresses],
        "route-table": moto.route_tables,
        "network-acl": moto.network_acls,
        "network-interface": moto.enis,
        "vpc-endpoint": moto.vpc_end_points,
        "launch-template": moto.launch_templates,
        "instance": [instance.id for made in moto.reservations.values() for instance in made.instances],
        "volume": moto.volumes,
    }
