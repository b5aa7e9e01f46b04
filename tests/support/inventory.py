"""Everything an account holds, ours or not, asked without any of our filters: what two ends of a test compare."""

from collections.abc import Callable
from typing import Any, Protocol

from eksgpu.aws.clients import Clients
from eksgpu.aws.run import AwsRun
from eksgpu.errors import NotFound


class Connectable(Protocol):
    """Whatever has an account to look at."""

    def connect(self) -> AwsRun: ...


EC2: dict[str, tuple[str, str, Callable[[Any], object]]] = {
    "vpc": ("describe_vpcs", "Vpcs", lambda x: x["CidrBlock"]),
    "subnet": ("describe_subnets", "Subnets", lambda x: x["CidrBlock"]),
    "internet_gateway": ("describe_internet_gateways", "InternetGateways", lambda x: len(x["Attachments"])),
    "address": ("describe_addresses", "Addresses", lambda x: "AssociationId" in x),
    "nat_gateway": ("describe_nat_gateways", "NatGateways", lambda x: x["State"]),
    "route_table": ("describe_route_tables", "RouteTables", lambda x: (len(x["Associations"]), len(x["Routes"]))),
    "security_group": ("describe_security_groups", "SecurityGroups", lambda x: x["Description"]),
    "rule": ("describe_security_group_rules", "SecurityGroupRules", lambda x: x.get("Description", "")),
    "endpoint": ("describe_vpc_endpoints", "VpcEndpoints", lambda x: (x["ServiceName"], x["State"])),
    "launch_template": ("describe_launch_templates", "LaunchTemplates", lambda x: x["LatestVersionNumber"]),
    "interface": ("describe_network_interfaces", "NetworkInterfaces", lambda x: x["InterfaceType"]),
}


def inventory(rig: Connectable) -> dict[str, list[str]]:
    """What lives, by kind, without ids and names that differ between equal runs; what is dying or dead left out."""
    aws = rig.connect().aws
    found: dict[str, list[Any]] = {}
    for kind, (method, key, tell) in EC2.items():
        found[kind] = [tell(item) for item in aws.ec2.pages(method, key) if item.get("State") != "deleted"]
    found["instance"] = [
        instance["InstanceType"]
        for reservation in aws.ec2.pages("describe_instances", "Reservations")
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in ("terminated", "shutting-down")
    ]
    found |= _identity(aws) | _eks(aws) | _others(aws)
    return {kind: sorted(map(repr, items)) for kind, items in found.items()}


def _identity(aws: Clients) -> dict[str, list[Any]]:
    roles = [role for role in aws.iam.pages("list_roles", "Roles") if "aws-service-role" not in role["Path"]]
    attached = [(role["RoleName"], _attached(aws, role["RoleName"])) for role in roles]
    policies = [policy["PolicyName"] for policy in aws.iam.pages("list_policies", "Policies", Scope="Local")]
    providers = aws.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    profiles = [0 for _ in aws.iam.pages("list_instance_profiles", "InstanceProfiles")]
    return {
        "role": [(name, sorted(names)) for name, names in attached],
        "policy": policies,
        "oidc_provider": [0 for _ in providers],
        "instance_profile": profiles,
    }


def _attached(aws: Clients, role: str) -> list[str]:
    found = aws.iam.pages("list_attached_role_policies", "AttachedPolicies", RoleName=role)
    return [policy["PolicyName"] for policy in found]


def _eks(aws: Clients) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"cluster": [], "node_group": [], "addon": [], "access_entry": [], "association": []}
    for name in aws.eks.pages("list_clusters", "clusters"):
        cluster = aws.eks.describe_cluster(name=name)["cluster"]
        found["cluster"].append((name, cluster["status"], cluster["version"]))
        groups = list(aws.eks.pages("list_nodegroups", "nodegroups", clusterName=name))
        found["node_group"] += [_group(aws, name, group) for group in groups]
        found["addon"] += list(aws.eks.pages("list_addons", "addons", clusterName=name))
        entries = aws.eks.list_access_entries(clusterName=name)["accessEntries"]
        found["access_entry"] += [_entry(aws, name, arn) for arn in entries]
        associations = aws.eks.list_pod_identity_associations(clusterName=name)["associations"]
        found["association"] += [(one["namespace"], one["serviceAccount"]) for one in associations]
    return found


def _group(aws: Clients, cluster: str, name: str) -> Any:
    group = aws.eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
    return (group["nodegroupName"], group["status"], group["scalingConfig"], group.get("labels"))


def _entry(aws: Clients, cluster: str, arn: str) -> Any:
    policies = aws.eks.list_associated_access_policies(clusterName=cluster, principalArn=arn)[
        "associatedAccessPolicies"
    ]
    return (arn, [policy["policyArn"] for policy in policies])


def _others(aws: Clients) -> dict[str, list[Any]]:
    keys = [aws.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in aws.kms.pages("list_keys", "Keys")]
    rules = [rule["Name"] for rule in aws.events.list_rules()["Rules"]]
    aliases = [alias["AliasName"] for alias in aws.kms.pages("list_aliases", "Aliases")]
    try:
        parameters = [aws.ssm.get_parameter(Name="/eksgpu/demo/lock")["Parameter"]["Name"]]
    except NotFound:
        parameters = []
    return {
        "key": [key["Description"] for key in keys if key["KeyState"] != "PendingDeletion"],
        "alias": [alias for alias in aliases if "eksgpu" in alias],
        "queue": [url.rsplit("/", 1)[1] for url in aws.sqs.pages("list_queues", "QueueUrls")],
        "event_rule": [(name, len(aws.events.list_targets_by_rule(Rule=name)["Targets"])) for name in rules],
        "log_group": [group["logGroupName"] for group in aws.logs.pages("describe_log_groups", "logGroups")],
        "lock": parameters,
    }
