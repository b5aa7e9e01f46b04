"""Everything of an account, and of a cluster's API, as it is answered: what must be equal before and after.

Left out is what moves by itself: times, resource versions, and how often a node has reported itself.
"""

import re
from collections.abc import Mapping
from typing import Any

from eksgpu.sandbox.clusters.control_planes import ControlPlanes

from .account import Account

EC2 = {
    "describe_vpcs": "Vpcs",
    "describe_subnets": "Subnets",
    "describe_route_tables": "RouteTables",
    "describe_internet_gateways": "InternetGateways",
    "describe_nat_gateways": "NatGateways",
    "describe_network_acls": "NetworkAcls",
    "describe_network_interfaces": "NetworkInterfaces",
    "describe_security_groups": "SecurityGroups",
    "describe_security_group_rules": "SecurityGroupRules",
    "describe_launch_templates": "LaunchTemplates",
    "describe_vpc_endpoints": "VpcEndpoints",
    "describe_addresses": "Addresses",
    "describe_volumes": "Volumes",
}
MOVING = re.compile(
    r"(time|date|timestamp|resourceversion|observedgeneration|createdat|modifiedat|lastused|responsemetadata)$",
    re.IGNORECASE,
)


def ec2_objects(account: Account) -> dict[str, list[Any]]:
    """All that EC2 tells, by call; of instances those that live."""
    ec2 = account.boto("ec2")
    found = {call: _still(getattr(ec2, call)()[key]) for call, key in EC2.items()}
    instances = [one for made in ec2.describe_instances()["Reservations"] for one in made["Instances"]]
    found["describe_instances"] = _still([one for one in instances if one["State"]["Name"] == "running"])
    return found


def account_objects(account: Account) -> dict[str, Any]:
    """All that EC2, EKS and IAM tell, and the names of the rest."""
    sqs, logs, balancers = account.boto("sqs"), account.boto("logs"), account.boto("elbv2")
    others = {
        "queues": sqs.list_queues().get("QueueUrls", []),
        "log groups": logs.describe_log_groups()["logGroups"],
        "load balancers": balancers.describe_load_balancers()["LoadBalancers"],
        "target groups": balancers.describe_target_groups()["TargetGroups"],
        "keys": account.boto("kms").list_keys()["Keys"],
        "rules": account.boto("events").list_rules()["Rules"],
    }
    return {**ec2_objects(account), "iam": _still(_iam(account)), "eks": _still(_eks(account)), **_still(others)}


def cluster_objects(account: Account, cluster: str) -> dict[str, Any]:
    """Every object of a cluster's API by its kind and address, as it is stored."""
    api = account.world.state(ControlPlanes, account.metadata["region"]).api(cluster)
    assert api is not None
    found: dict[str, Any] = {}
    for one in (each for kind in api.cluster.types for each in api.cluster.store.all(kind.key)):
        metadata = one["metadata"]
        address = f"{one['apiVersion']} {one['kind']} {metadata.get('namespace', '')}/{metadata['name']}"
        if one["kind"] not in ("Event", "Lease"):
            found[address] = _still(one)
    return found


def _iam(account: Account) -> dict[str, Any]:
    """But for the roles that AWS makes for its own services, which stay."""
    found = account.boto("iam").get_account_authorization_details()
    roles = [one for one in found["RoleDetailList"] if "aws-service-role" not in one["Path"]]
    return {"roles": roles, "users": found["UserDetailList"], "policies": _own(found["Policies"])}


def _own(policies: list[Any]) -> list[Any]:
    return [one for one in policies if not one["Arn"].startswith("arn:aws:iam::aws:")]


def _eks(account: Account) -> dict[str, Any]:
    eks, found = account.boto("eks"), {}
    for name in eks.list_clusters()["clusters"]:
        where = {"clusterName": name}
        found[name] = {
            "cluster": eks.describe_cluster(name=name)["cluster"],
            "groups": [
                eks.describe_nodegroup(**where, nodegroupName=one)["nodegroup"]
                for one in eks.list_nodegroups(**where)["nodegroups"]
            ],
            "addons": [
                eks.describe_addon(**where, addonName=one)["addon"] for one in eks.list_addons(**where)["addons"]
            ],
            "entries": [
                eks.describe_access_entry(**where, principalArn=one)["accessEntry"]
                for one in eks.list_access_entries(**where)["accessEntries"]
            ],
            "associations": eks.list_pod_identity_associations(**where)["associations"],
        }
    return found


def _still(tree: Any) -> Any:
    """The same without what moves; lists of objects in one order."""
    match tree:
        case Mapping():
            return {key: _still(value) for key, value in sorted(tree.items()) if not MOVING.search(str(key))}
        case list() | tuple():
            return sorted((_still(one) for one in tree), key=repr)
        case _:
            return tree
