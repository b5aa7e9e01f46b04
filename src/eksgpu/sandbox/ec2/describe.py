"""Describe calls of objects that moto keeps, read through `listing` for ids, filters and pages.

It must not know how the objects come to be; kinds with a module of their own describe themselves there.
"""

from typing import Any

from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.listing import Listing, listed, stock
from eksgpu.sandbox.overlay import Call

LISTINGS = {
    "DescribeVpcs": Listing(
        "Vpcs",
        "VpcId",
        "VpcIds",
        ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
        {
            "cidr": "CidrBlock",
            "cidr-block-association.cidr-block": "CidrBlockAssociationSet.CidrBlock",
            "dhcp-options-id": "DhcpOptionsId",
            "is-default": "IsDefault",
            "isDefault": "IsDefault",
            "owner-id": "OwnerId",
            "state": "State",
            "vpc-id": "VpcId",
        },
    ),
    "DescribeSubnets": Listing(
        "Subnets",
        "SubnetId",
        "SubnetIds",
        ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
        {
            "availability-zone": "AvailabilityZone",
            "availabilityZone": "AvailabilityZone",
            "availability-zone-id": "AvailabilityZoneId",
            "cidr-block": "CidrBlock",
            "default-for-az": "DefaultForAz",
            "map-public-ip-on-launch": "MapPublicIpOnLaunch",
            "owner-id": "OwnerId",
            "state": "State",
            "subnet-id": "SubnetId",
            "vpc-id": "VpcId",
        },
    ),
    "DescribeInternetGateways": Listing(
        "InternetGateways",
        "InternetGatewayId",
        "InternetGatewayIds",
        ("InvalidInternetGatewayID.NotFound", "The internetGateway ID '{}' does not exist"),
        {
            "attachment.state": "Attachments.State",
            "attachment.vpc-id": "Attachments.VpcId",
            "internet-gateway-id": "InternetGatewayId",
            "owner-id": "OwnerId",
        },
    ),
    "DescribeNetworkInterfaces": Listing(
        "NetworkInterfaces",
        "NetworkInterfaceId",
        "NetworkInterfaceIds",
        ("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"),
        {
            "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
            "association.allocation-id": "Association.AllocationId",
            "association.public-ip": "Association.PublicIp",
            "attachment.attachment-id": "Attachment.AttachmentId",
            "attachment.instance-id": "Attachment.InstanceId",
            "attachment.instance-owner-id": "Attachment.InstanceOwnerId",
            "attachment.status": "Attachment.Status",
            "availability-zone": "AvailabilityZone",
            "description": "Description",
            "group-id": "Groups.GroupId",
            "group-name": "Groups.GroupName",
            "interface-type": "InterfaceType",
            "mac-address": "MacAddress",
            "network-interface-id": "NetworkInterfaceId",
            "owner-id": "OwnerId",
            "private-ip-address": "PrivateIpAddress",
            "requester-id": "RequesterId",
            "requester-managed": "RequesterManaged",
            "status": "Status",
            "subnet-id": "SubnetId",
            "vpc-id": "VpcId",
        },
    ),
    "DescribeAddresses": Listing(
        "Addresses",
        "AllocationId",
        "AllocationIds",
        ("InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
        {
            "allocation-id": "AllocationId",
            "association-id": "AssociationId",
            "domain": "Domain",
            "instance-id": "InstanceId",
            "network-interface-id": "NetworkInterfaceId",
            "private-ip-address": "PrivateIpAddress",
            "public-ip": "PublicIp",
        },
    ),
    "DescribeVpcPeeringConnections": Listing(
        "VpcPeeringConnections",
        "VpcPeeringConnectionId",
        "VpcPeeringConnectionIds",
        ("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '{}' does not exist"),
        {
            "accepter-vpc-info.cidr-block": "AccepterVpcInfo.CidrBlock",
            "accepter-vpc-info.vpc-id": "AccepterVpcInfo.VpcId",
            "requester-vpc-info.cidr-block": "RequesterVpcInfo.CidrBlock",
            "requester-vpc-info.vpc-id": "RequesterVpcInfo.VpcId",
            "status-code": "Status.Code",
            "vpc-peering-connection-id": "VpcPeeringConnectionId",
        },
    ),
    "DescribeSecurityGroups": Listing(
        "SecurityGroups",
        "GroupId",
        "GroupIds",
        ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
        {
            "description": "Description",
            "group-id": "GroupId",
            "group-name": "GroupName",
            "ip-permission.cidr": "IpPermissions.IpRanges.CidrIp",
            "ip-permission.group-id": "IpPermissions.UserIdGroupPairs.GroupId",
            "egress.ip-permission.group-id": "IpPermissionsEgress.UserIdGroupPairs.GroupId",
            "owner-id": "OwnerId",
            "vpc-id": "VpcId",
        },
    ),
    "DescribeVolumes": Listing(
        "Volumes",
        "VolumeId",
        "VolumeIds",
        ("InvalidVolume.NotFound", "The volume '{}' does not exist."),
        {
            "attachment.instance-id": "Attachments.InstanceId",
            "availability-zone": "AvailabilityZone",
            "status": "State",
            "volume-id": "VolumeId",
            "volume-type": "VolumeType",
        },
    ),
}


@ec2(*LISTINGS)
def describe(call: Call) -> dict[str, Any]:
    """One page of what was asked for."""
    listing = LISTINGS[call.operation]
    items = stock(call, listing)
    mend = MENDED.get(call.operation)
    if mend:
        items = [mend(call, item) for item in items]
    names = call.params.get("GroupNames") or call.params.get("PublicIps")
    if names:
        items = [item for item in items if item.get("GroupName", item.get("PublicIp")) in names]
    return listed(call, listing, items)


def _interface(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    """Interfaces that AWS itself attached say so, and groups come in a fixed order; moto knows neither."""
    item = {**item, "Groups": sorted(item.get("Groups", []), key=lambda group: str(group["GroupId"]))}
    eni = backend(call.world, call.region).enis[item["NetworkInterfaceId"]]
    if not eni.requester_managed:
        return item
    attachment = {
        "AttachmentId": eni.service_attachment,
        "InstanceOwnerId": "amazon-aws",
        "DeviceIndex": 1,
        "DeleteOnTermination": False,
        "Status": "attached",
    }
    return {**item, "Attachment": attachment}


def _address(_call: Call, item: dict[str, Any]) -> dict[str, Any]:
    """An address without an instance has no InstanceId; moto shows an empty one."""
    return {key: value for key, value in item.items() if value != ""}


MENDED = {"DescribeAddresses": _address, "DescribeNetworkInterfaces": _interface}
