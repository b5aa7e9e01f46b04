"""NAT gateways: minutes to appear, a minute to go, and an hour in the list afterwards.

A gateway holds an interface and its elastic IP until it is deleted; one that cannot work ends as `failed`. Source of
states and failure codes: botocore's NatGateway shape and the NAT gateway troubleshooting page of the VPC guide.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.ec2.utils import random_nat_gateway_id

from eksgpu.sandbox.ec2 import tags
from eksgpu.sandbox.ec2.backend import backend, later
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.listing import Listing, listed
from eksgpu.sandbox.ec2.network import create_eni, delete_eni
from eksgpu.sandbox.ec2.quota import refuse_over
from eksgpu.sandbox.ec2.tokens import once
from eksgpu.sandbox.overlay import Call, Refused

REMEMBERED = 3600.0
LISTING = Listing(
    "NatGateways",
    "NatGatewayId",
    "NatGatewayIds",
    ("NatGatewayNotFound", "NAT gateway {} was not found"),
    {"nat-gateway-id": "NatGatewayId", "state": "State", "subnet-id": "SubnetId", "vpc-id": "VpcId"},
)


@dataclass
class NatGateway:
    """One gateway; moto's route tables hold on to it by `id`."""

    id: str
    vpc_id: str
    subnet_id: str
    connectivity: str
    allocation_id: str | None
    created: datetime
    state: str = "pending"
    eni_id: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    association_id: str | None = None
    deleted: datetime | None = None
    failure: tuple[str, str] | None = None

    def shown(self, moto: Any) -> dict[str, Any]:
        """The gateway as DescribeNatGateways shows it."""
        address = {
            "AllocationId": self.allocation_id,
            "NetworkInterfaceId": self.eni_id,
            "PrivateIp": self.private_ip,
            "PublicIp": self.public_ip,
            "AssociationId": self.association_id,
            "IsPrimary": True,
            "Status": "succeeded" if self.state == "available" else None,
        }
        code, message = self.failure if self.failure and self.state == "failed" else (None, None)
        return {
            "NatGatewayId": self.id,
            "VpcId": self.vpc_id,
            "SubnetId": self.subnet_id,
            "State": self.state,
            "CreateTime": self.created,
            "DeleteTime": self.deleted,
            "ConnectivityType": self.connectivity,
            "NatGatewayAddresses": [address],
            "FailureCode": code,
            "FailureMessage": message,
            "Tags": tags.shown(moto, self.id),
        }


@ec2("CreateNatGateway")
def create_nat_gateway(call: Call) -> dict[str, Any]:
    """Start a gateway; a repeated ClientToken returns the first one, whatever became of it."""
    moto = backend(call.world, call.region)
    made, _ = once(call, lambda: _create(call, moto), lambda known: known in moto.nat_gateways)
    return {"ClientToken": call.params.get("ClientToken"), "NatGateway": moto.nat_gateways[made].shown(moto)}


@ec2("DescribeNatGateways")
def describe_nat_gateways(call: Call) -> dict[str, Any]:
    """Every gateway, those deleted in the last hour too."""
    moto = backend(call.world, call.region)
    return listed(call, LISTING, [gateway.shown(moto) for gateway in moto.nat_gateways.values()])


@ec2("DeleteNatGateway")
def delete_nat_gateway(call: Call) -> dict[str, Any]:
    """Start deleting; the interface and the address are free only when the state is `deleted`."""
    moto = backend(call.world, call.region)
    gateway = moto.nat_gateways.get(call.params["NatGatewayId"])
    if gateway is None or gateway.state == "deleted":
        code, text = LISTING.missing or ("", "")
        raise Refused(code, text.format(call.params["NatGatewayId"]))
    if gateway.state != "deleting":
        gateway.state = "deleting"
        seconds = call.world.durations.seconds("ec2:nat:delete")
        later(call.world, call.region, seconds, lambda: _finish_delete(call, moto, gateway))
    return {"NatGatewayId": gateway.id}


def _create(call: Call, moto: Any) -> str:
    subnet = moto.get_subnet(call.params["SubnetId"])
    connectivity = call.params.get("ConnectivityType", "public")
    allocation = call.params.get("AllocationId")
    if connectivity == "public" and not allocation:
        raise Refused("MissingParameter", "The request must contain the parameter AllocationId")
    zone = subnet.availability_zone
    alive = [one for one in moto.nat_gateways.values() if one.state in ("pending", "available", "deleting")]
    refuse_over(call, sum(moto.get_subnet(one.subnet_id).availability_zone == zone for one in alive))
    gateway = NatGateway(
        random_nat_gateway_id(), subnet.vpc_id, subnet.id, connectivity, allocation, call.world.clock.now()
    )
    moto.nat_gateways[gateway.id] = gateway
    tags.put(moto, gateway.id, tags.requested(call, "natgateway"))
    gateway.failure = _flaw(moto, gateway) if connectivity == "public" else None
    if gateway.failure is None:
        _connect(call, moto, gateway)
    seconds = call.world.durations.seconds("ec2:nat:create")
    later(call.world, call.region, seconds, lambda: _finish_create(call, moto, gateway))
    return gateway.id


def _flaw(moto: Any, gateway: NatGateway) -> tuple[str, str] | None:
    """Why a public gateway will end as failed, if it will."""
    if not any(one.vpc and one.vpc.id == gateway.vpc_id for one in moto.internet_gateways.values()):
        return "Gateway.NotAttached", f"Network {gateway.vpc_id} has no Internet gateway attached"
    address = next((one for one in moto.addresses if one.allocation_id == gateway.allocation_id), None)
    if address is None:
        return "InvalidAllocationID.NotFound", f"The allocation ID '{gateway.allocation_id}' does not exist"
    if address.association_id:
        return (
            "Resource.AlreadyAssociated",
            f"Elastic IP address [{gateway.allocation_id}] is already associated",
        )
    if moto.get_subnet(gateway.subnet_id).available_ip_address_count < 1:
        return "InsufficientFreeAddressesInSubnet", "Subnet has insufficient free addresses to create this NAT gateway"
    return None


def _connect(call: Call, moto: Any, gateway: NatGateway) -> None:
    description = f"Interface for NAT Gateway {gateway.id}"
    gateway.eni_id = create_eni(
        call.world, call.region, gateway.subnet_id, [], description, interface_type="nat_gateway"
    )
    eni = moto.get_network_interface(gateway.eni_id)
    eni._group_set = []
    gateway.private_ip = eni.private_ip_address
    if gateway.allocation_id:
        address = moto.associate_address(eni=eni, allocation_id=gateway.allocation_id)
        gateway.public_ip, gateway.association_id = address.public_ip, address.association_id


def _finish_create(call: Call, moto: Any, gateway: NatGateway) -> None:
    if gateway.state != "pending":
        return
    gateway.state = "failed" if gateway.failure else "available"
    if gateway.failure:
        later(call.world, call.region, REMEMBERED, lambda: _forget(moto, gateway))


def _finish_delete(call: Call, moto: Any, gateway: NatGateway) -> None:
    if gateway.eni_id:
        delete_eni(call.world, call.region, gateway.eni_id)
    gateway.state = "deleted"
    gateway.deleted = call.world.clock.now()
    later(call.world, call.region, REMEMBERED, lambda: _forget(moto, gateway))


def _forget(moto: Any, gateway: NatGateway) -> None:
    moto.nat_gateways.pop(gateway.id, None)
    tags.forget(moto, gateway.id)
