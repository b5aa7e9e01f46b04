"""EC2 operations that moto does well but for DryRun and the clock: listed here so that they pass the front door.

Anything not listed in this folder goes to moto directly.
"""

from typing import Any

from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.overlay import Call


@ec2(
    "AssignPrivateIpAddresses",
    "AssociateAddress",
    "AttachNetworkInterface",
    "AttachVolume",
    "CreateKeyPair",
    "CreateNetworkAcl",
    "CreateNetworkInterface",
    "CreatePlacementGroup",
    "CreateTags",
    "CreateVolume",
    "CreateVpcPeeringConnection",
    "DeleteFleets",
    "DeleteKeyPair",
    "DeleteNetworkAcl",
    "DeleteRoute",
    "DeleteTags",
    "DeleteVolume",
    "DeleteVpcPeeringConnection",
    "DescribeDhcpOptions",
    "DescribeFleets",
    "DescribeImages",
    "DescribeInstanceStatus",
    "DescribeInstances",
    "DescribeKeyPairs",
    "DescribeManagedPrefixLists",
    "DescribeNetworkAcls",
    "DescribePrefixLists",
    "DescribeRegions",
    "DescribeTags",
    "DescribeVpcAttribute",
    "DisassociateRouteTable",
    "ModifyInstanceAttribute",
    "ModifyNetworkInterfaceAttribute",
    "ModifySubnetAttribute",
    "ModifyVpcAttribute",
    "ReplaceRouteTableAssociation",
    "UnassignPrivateIpAddresses",
)
def stock_answer(call: Call) -> dict[str, Any]:
    """moto's answer."""
    return call.moto()
