"""One VPC endpoint and what it puts into the VPC: a route per route table (gateway) or an interface per subnet.

It must not know requests; `endpoints` does.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eksgpu.sandbox.ec2 import tags
from eksgpu.sandbox.ec2.network import create_eni, delete_eni
from eksgpu.sandbox.overlay import Refused
from eksgpu.sandbox.world import World

OPEN_POLICY = json.dumps(
    {
        "Version": "2008-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
)


@dataclass
class Endpoint:
    """An endpoint as EC2 keeps it; moto's route tables hold on to it by `id`. `interfaces` maps subnet to ENI."""

    world: World
    region: str
    id: str
    vpc_id: str
    service_name: str
    kind: str
    policy: str
    private_dns: bool
    created: datetime
    state: str = "pending"
    route_tables: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    interfaces: dict[str, str] = field(default_factory=dict)

    def add_route_table(self, moto: Any, table_id: str) -> None:
        """Send the service's prefix list through this endpoint."""
        prefixes = prefix_list(moto, self.service_name)
        moto.create_route(table_id, None, gateway_id=self.id, destination_prefix_list_id=prefixes)
        self.route_tables.append(table_id)

    def remove_route_table(self, moto: Any, table_id: str) -> None:
        """Take the route away again; a table that is gone took its route along."""
        if table_id in self.route_tables:
            self.route_tables.remove(table_id)
            if table_id in moto.route_tables:
                moto.delete_route(table_id, None, None, prefix_list(moto, self.service_name))

    def add_subnet(self, subnet_id: str) -> None:
        """Put an interface into a subnet."""
        self.interfaces[subnet_id] = create_eni(
            self.world,
            self.region,
            subnet_id,
            self.groups,
            f"VPC Endpoint Interface {self.id}",
            interface_type="vpc_endpoint",
        )

    def remove_subnet(self, subnet_id: str) -> None:
        """Take the interface out of a subnet."""
        eni = self.interfaces.pop(subnet_id, None)
        if eni:
            delete_eni(self.world, self.region, eni)

    def use_groups(self, moto: Any, groups: list[str]) -> None:
        """Set the security groups on the endpoint and on its interfaces."""
        self.groups = groups
        for eni in self.interfaces.values():
            moto.modify_network_interface_attribute(eni, groups)

    def shown(self, moto: Any) -> dict[str, Any]:
        """The endpoint as DescribeVpcEndpoints shows it."""
        names = {group.id: group.name for groups in moto.groups.values() for group in groups.values()}
        return {
            "VpcEndpointId": self.id,
            "VpcEndpointType": self.kind,
            "VpcId": self.vpc_id,
            "ServiceName": self.service_name,
            "State": self.state,
            "PolicyDocument": self.policy,
            "RouteTableIds": self.route_tables,
            "SubnetIds": list(self.interfaces),
            "Groups": [{"GroupId": group, "GroupName": names.get(group, group)} for group in self.groups],
            "PrivateDnsEnabled": self.private_dns,
            "RequesterManaged": False,
            "NetworkInterfaceIds": list(self.interfaces.values()),
            "DnsEntries": self._dns() if self.kind == "Interface" else [],
            "CreationTimestamp": self.created,
            "OwnerId": self.world.account,
            "Tags": tags.shown(moto, self.id),
        }

    def _dns(self) -> list[dict[str, str]]:
        service = self.service_name.rpartition(f"{self.region}.")[2]
        return [{"DnsName": f"{self.id}.{service}.{self.region}.vpce.amazonaws.com", "HostedZoneId": "Z1YSA3EXCYUU9Z"}]


def prefix_list(moto: Any, service_name: str) -> str:
    """The id of the AWS-managed prefix list of a gateway service; raises InvalidServiceName when it has none."""
    found = next((one.id for one in moto.managed_prefix_lists.values() if one.prefix_list_name == service_name), None)
    if found is None:
        raise Refused("InvalidServiceName", f"The Vpc Endpoint Service '{service_name}' does not exist")
    return str(found)


def check_route_table(moto: Any, service_name: str, table_id: str) -> None:
    """Raise RouteAlreadyExists when a table has such an endpoint, and moto's error when there is no table."""
    prefixes = prefix_list(moto, service_name)
    if any(route.destination_prefix_list_id == prefixes for route in moto.get_route_table(table_id).routes):
        raise Refused(
            "RouteAlreadyExists",
            f"route table {table_id} already has a route with destination-prefix-list-id {prefixes}",
        )
