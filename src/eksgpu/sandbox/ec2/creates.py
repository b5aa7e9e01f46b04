"""Creates that moto does well once the quota allows them: VPCs, gateways, addresses, tables, subnets, groups.

It must not know what becomes of the objects.
"""

from collections.abc import Callable
from typing import Any

from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.network import all_groups
from eksgpu.sandbox.ec2.quota import refuse_over
from eksgpu.sandbox.overlay import Call, Refused

NAME_LENGTH = 255


def vpcs(_call: Call, moto: Any) -> int:
    """VPCs of the region, the default one among them."""
    return len(moto.vpcs)


def internet_gateways(_call: Call, moto: Any) -> int:
    """Internet gateways of the region, attached or not."""
    return len(moto.internet_gateways)


def addresses(_call: Call, moto: Any) -> int:
    """Elastic IPs of the region."""
    return len(moto.addresses)


def subnets(call: Call, moto: Any) -> int:
    """Subnets of the VPC that gets another."""
    vpc = call.params.get("VpcId")
    return sum(subnet.vpc_id == vpc for zone in moto.subnets.values() for subnet in zone.values())


def groups(_call: Call, moto: Any) -> int:
    """Security groups of the region."""
    return len(all_groups(moto))


COUNTS: dict[str, Callable[[Call, Any], int]] = {
    "CreateVpc": vpcs,
    "CreateInternetGateway": internet_gateways,
    "AllocateAddress": addresses,
    "CreateSubnet": subnets,
    "CreateSecurityGroup": groups,
}


@ec2(*COUNTS)
def counted(call: Call) -> dict[str, Any]:
    """Create through moto what the quota still allows."""
    refuse_over(call, COUNTS[call.operation](call, backend(call.world, call.region)))
    zone = call.params.get("AvailabilityZone", call.region)
    if call.operation == "CreateSubnet" and not zone.startswith(call.region):
        raise Refused(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the"
            f" availability zones of {call.region}.",
        )
    if len(call.params.get("GroupName", "")) > NAME_LENGTH:
        raise Refused(
            "InvalidParameterValue",
            f"Value ({call.params['GroupName']}) for parameter groupName is invalid. Character sets beyond ASCII are"
            f" not supported, and the name may have {NAME_LENGTH} characters.",
        )
    return call.moto()
