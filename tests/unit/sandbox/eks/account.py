"""An account with what a cluster needs beforehand: a VPC with three subnets, a cluster role, a node role."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eksgpu.engine.clock import SteppedClock

CLUSTER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
NO_SUCH_ROLE = "arn:aws:iam::111122223333:role/nobody"


class EksAccount:
    """Clients and ids; `active_cluster` and `wait` do what most tests begin with."""

    def __init__(self, client: Callable[..., Any], clock: SteppedClock) -> None:
        self.clock = clock
        self.client = client
        self.eks, self.ec2, self.iam = client("eks"), client("ec2"), client("iam")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [self.subnet(f"10.0.{number}.0/24", zone) for number, zone in enumerate("abc")]
        self.cluster_role = self.role("cluster", "eks.amazonaws.com")
        self.iam.attach_role_policy(RoleName="cluster", PolicyArn=CLUSTER_POLICY)
        self.node_role = self.role("node", "ec2.amazonaws.com")

    @property
    def logs(self) -> Any:
        return self.client("logs")

    @property
    def kms(self) -> Any:
        return self.client("kms")

    def subnet(self, cidr: str, zone: str, vpc: str | None = None) -> str:
        made = self.ec2.create_subnet(VpcId=vpc or self.vpc, CidrBlock=cidr, AvailabilityZone=f"us-west-2{zone}")
        return str(made["Subnet"]["SubnetId"])

    def role(self, name: str, service: str, *actions: str, path: str = "/") -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": list(actions) or "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return str(self.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)["Role"]["Arn"])

    def request(self, **changed: Any) -> dict[str, Any]:
        """A CreateCluster request that is accepted."""
        return {
            "name": "demo",
            "version": "1.35",
            "roleArn": self.cluster_role,
            "resourcesVpcConfig": {"subnetIds": self.subnets},
            "accessConfig": {"authenticationMode": "API"},
            "bootstrapSelfManagedAddons": False,
            **changed,
        }

    def active_cluster(self, **changed: Any) -> dict[str, Any]:
        self.eks.create_cluster(**self.request(**changed))
        self.clock.sleep(600)
        return self.cluster()

    def cluster(self, name: str = "demo") -> dict[str, Any]:
        described: dict[str, Any] = self.eks.describe_cluster(name=name)["cluster"]
        return described

    def group_request(self, **changed: Any) -> dict[str, Any]:
        """A CreateNodegroup request that is accepted: two m5.large."""
        return {
            "clusterName": "demo",
            "nodegroupName": "system",
            "nodeRole": self.node_role,
            "subnets": self.subnets,
            "instanceTypes": ["m5.large"],
            "scalingConfig": {"minSize": 2, "maxSize": 4, "desiredSize": 2},
            **changed,
        }

    def group(self, name: str = "system") -> dict[str, Any]:
        described: dict[str, Any] = self.eks.describe_nodegroup(clusterName="demo", nodegroupName=name)["nodegroup"]
        return described

    def active_group(self, **changed: Any) -> dict[str, Any]:
        """A pod network, and a node group on it."""
        if "vpc-cni" not in self.eks.list_addons(clusterName="demo")["addons"]:
            self.eks.create_addon(clusterName="demo", addonName="vpc-cni")
        request = self.group_request(**changed)
        self.eks.create_nodegroup(**request)
        self.clock.sleep(300)
        return self.group(request["nodegroupName"])

    def addon(self, name: str) -> dict[str, Any]:
        described: dict[str, Any] = self.eks.describe_addon(clusterName="demo", addonName=name)["addon"]
        return described

    def log_groups(self) -> list[str]:
        return [group["logGroupName"] for group in self.logs.describe_log_groups()["logGroups"]]

    def interfaces(self) -> list[str]:
        described = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return [interface["Description"] for interface in described]

    def security_groups(self) -> list[str]:
        return [group["GroupName"] for group in self.ec2.describe_security_groups()["SecurityGroups"]]


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Code and message of the error that a call must give."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
