"""What holds a VPC to the outside: one internet gateway at most, and addresses and interfaces that AWS itself attached.

Source of the refusals: hashicorp/terraform-provider-aws#3572 (addresses of NAT gateways), public destroy logs
(interfaces of load balancers), the VPC guide (one gateway per VPC).
"""

from typing import Any

from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.overlay import Call, Refused

NOT_YOURS = "You do not have permission to access the specified resource."


@ec2("DisassociateAddress")
def disassociate_address(call: Call) -> dict[str, Any]:
    """Free an address, unless a gateway or a load balancer of AWS's holds it."""
    moto = backend(call.world, call.region)
    association, ip = call.params.get("AssociationId"), call.params.get("PublicIp")
    for address in moto.addresses:
        chosen = address.association_id == association if association else address.public_ip == ip
        if chosen and address.eni is not None and address.eni.requester_managed:
            raise Refused("AuthFailure", NOT_YOURS, 400)
    return call.moto()


@ec2("DetachNetworkInterface")
def detach_network_interface(call: Call) -> dict[str, Any]:
    """Detach an interface from an instance; attachments of AWS's own are out of reach."""
    if call.params["AttachmentId"].startswith("ela-attach-"):
        raise Refused("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")
    return call.moto()


@ec2("AttachInternetGateway")
def attach_internet_gateway(call: Call) -> dict[str, Any]:
    """Attach a gateway to a VPC that has none."""
    moto, vpc = backend(call.world, call.region), call.params["VpcId"]
    for gateway in moto.internet_gateways.values():
        if gateway.vpc and gateway.vpc.id == vpc and gateway.id != call.params["InternetGatewayId"]:
            raise Refused("InvalidParameterValue", f"Network {vpc} already has an internet gateway attached")
    return call.moto()
