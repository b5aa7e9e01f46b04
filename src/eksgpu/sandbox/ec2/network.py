"""What other services do to a VPC on a customer's behalf: network interfaces, groups and launch template copies.

EKS, NAT gateways, endpoints and load balancers call these; requests of a user never come here. Nothing here checks
whether the caller may do it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from moto.ec2.exceptions import InvalidNetworkInterfaceIdError, InvalidSecurityGroupNotFoundError

from eksgpu.sandbox.ec2.backend import backend, later
from eksgpu.sandbox.ec2.tags import forget
from eksgpu.sandbox.world import World

REQUESTER = "amazon-aws"
REMEMBERED = 3600.0


def create_eni(
    world: World,
    region: str,
    subnet_id: str,
    groups: Sequence[str],
    description: str,
    tags: Mapping[str, str] | None = None,
    requester_managed: bool = True,
    interface_type: str = "interface",
) -> str:
    """Put a network interface that is in use into a subnet and return its id."""
    ec2 = backend(world, region)
    eni = ec2.create_network_interface(
        ec2.get_subnet(subnet_id), None, group_ids=list(groups), description=description, tags=dict(tags or {})
    )
    eni.requester_managed = requester_managed
    eni.interface_type = interface_type
    if requester_managed:
        eni.requester_id = REQUESTER
        eni.status = "in-use"
        eni.service_attachment = world.new_id("ela-attach-")
    return str(eni.id)


def delete_eni(world: World, region: str, eni_id: str) -> None:
    """Take a network interface away, freeing its public address; one that is already gone is fine."""
    ec2 = backend(world, region)
    for address in ec2.addresses:
        if address.eni is not None and address.eni.id == eni_id:
            ec2.disassociate_address(address=address.public_ip)
    try:
        ec2.delete_network_interface(eni_id)
    except InvalidNetworkInterfaceIdError:
        return


def create_security_group(
    world: World,
    region: str,
    vpc_id: str,
    name: str,
    description: str,
    tags: Mapping[str, str] | None = None,
    managed: bool = True,
) -> str:
    """Create a security group that lets everything out and, when `managed`, everything in from itself."""
    ec2 = backend(world, region)
    group = ec2.create_security_group(name, description, vpc_id=vpc_id, tags=dict(tags or {}))
    if managed:
        ec2.authorize_security_group_ingress(
            group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}], vpc_id=vpc_id
        )
    return str(group.id)


def delete_security_group(world: World, region: str, group_id: str) -> bool:
    """Delete a group unless an interface or another group still uses it; say whether it is gone."""
    ec2 = backend(world, region)
    if group_holders(world, region, group_id):
        return False
    try:
        ec2.delete_security_group(group_id=group_id)
    except InvalidSecurityGroupNotFoundError:
        return True
    forget(ec2, group_id)
    return True


def group_holders(world: World, region: str, group_id: str) -> list[str]:
    """The ids of interfaces and of other groups' rules that keep a security group from being deleted."""
    ec2 = backend(world, region)
    enis = [eni.id for eni in ec2.enis.values() if group_id in {group.id for group in eni.group_set}]
    rules = [
        rule.id
        for group in all_groups(ec2)
        if group.id != group_id
        for rule in [*group.ingress_rules, *group.egress_rules]
        if rule.source_group.get("GroupId") == group_id
    ]
    return enis + rules


def all_groups(ec2: Any) -> list[Any]:
    """Every security group of a moto backend."""
    return [group for groups in ec2.groups.values() for group in groups.values()]


def create_launch_template_copy(
    world: World, region: str, source_id: str | None, version: str | None, name: str, tags: Mapping[str, str]
) -> str:
    """Copy one version of a launch template under `name`, as EKS does for its node groups; None starts from nothing."""
    ec2 = backend(world, region)
    data: dict[str, Any] = {}
    if source_id is not None:
        data = dict(ec2.get_launch_template(source_id).get_version(version or "$Default").data)
    template = ec2.create_launch_template(name, "", data, {"launch-template": dict(tags)})
    return str(template.id)


def delete_launch_template(world: World, region: str, template_id: str) -> None:
    """Delete a launch template; one that is already gone is fine."""
    ec2 = backend(world, region)
    if template_id in ec2.launch_templates:
        ec2.delete_launch_template(None, template_id)
        forget(ec2, template_id)


def run_node_instance(
    world: World,
    region: str,
    subnet: str,
    instance_type: str,
    groups: Sequence[str],
    tags: Mapping[str, str],
    lifecycle: str | None = None,
    image_id: str = "",
) -> str:
    """Start one instance with its primary interface in `subnet` and return its id; `lifecycle` is None or "spot"."""
    ec2 = backend(world, region)
    reservation = ec2.run_instances(
        image_id,
        1,
        None,
        [],
        instance_type=instance_type,
        is_instance_type_default=False,
        region_name=region,
        subnet_id=subnet,
        associate_public_ip=str(ec2.get_subnet(subnet).map_public_ip_on_launch).lower() == "true",
        security_group_ids=list(groups),
        tags={"instance": dict(tags)},
        lifecycle=lifecycle,
        block_device_mappings=[],
    )
    instance = reservation.instances[0]
    for eni in instance.nics.values():
        eni.delete_on_termination = True
    return str(instance.id)


def terminate_instance(world: World, region: str, instance_id: str) -> None:
    """Terminate an instance, if it lives, with its interfaces; termination protection does not stop AWS itself."""
    ec2 = backend(world, region)
    found = [one for made in ec2.reservations.values() for one in made.instances if one.id == instance_id]
    if not found or found[0].state == "terminated":
        return
    instance = found[0]
    instance.disable_api_termination = False
    ec2.terminate_instances([instance_id])
    for eni in list(ec2.enis.values()):
        if eni.instance is instance:
            delete_eni(world, region, eni.id)
    forget_later(world, region, instance_id)


def forget_later(world: World, region: str, instance_id: str) -> None:
    """Have a terminated instance vanish from the lists after an hour, as on AWS."""
    later(world, region, REMEMBERED, partial(_forget, world, region, instance_id))


def _forget(world: World, region: str, instance_id: str) -> None:
    ec2 = backend(world, region)
    for reservation in list(ec2.reservations.values()):
        reservation.instances = [one for one in reservation.instances if one.id != instance_id]
        if not reservation.instances:
            del ec2.reservations[reservation.id]
    forget(ec2, instance_id)
