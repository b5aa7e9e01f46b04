"""What CreateCluster refuses, in the order that spares the caller least: name, version, role, network, key, settings.

Checks only; nothing is made here.
"""

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.eks import data, iam, limits, refusals, subnets
from eksgpu.sandbox.eks.tagging import check_tags
from eksgpu.sandbox.overlay import Call
from eksgpu.sandbox.world import World

_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,99}")
_CLUSTER_POLICY = "AmazonEKSClusterPolicy"
_PRIVATE = tuple(ipaddress.IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def check_new_cluster(call: Call) -> str:
    """Raise for a request EKS would refuse; return the id of the VPC that the cluster goes into."""
    params = call.params
    name = params["name"]
    if not _NAME.fullmatch(name):
        raise refusals.invalid(
            f"The cluster name '{name}' does not match the pattern ^[0-9A-Za-z][A-Za-z0-9\\-_]* or is longer than 100"
        )
    check_tags(params.get("tags"))
    check_version(call, params.get("version") or data.default_version(), params.get("upgradePolicy"))
    check_cluster_role(call.world, params["roleArn"])
    vpc_id = _check_network(call, params["resourcesVpcConfig"])
    check_encryption(call.world, call.region, params.get("encryptionConfig", []))
    check_scheduler(params.get("kubeSchedulerConfig"))
    return vpc_id


def check_version(call: Call, version: str, policy: dict[str, Any] | None) -> None:
    now = call.world.clock.now()
    if not data.creatable(version, now):
        raise refusals.invalid("unsupported Kubernetes version")
    support = data.support(data.versions_at(now)[version], now)
    if support == "EXTENDED_SUPPORT" and (policy or {}).get("supportType") == "STANDARD":
        raise refusals.invalid(f"Kubernetes version {version} is in extended support: supportType must be EXTENDED")


def check_cluster_role(world: World, arn: str) -> None:
    role = iam.visible_role(world, arn)
    if role is None or not iam.trusts(role, "eks.amazonaws.com", "sts:AssumeRole"):
        raise refusals.invalid(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        )
    if not iam.has_managed_policy(role, _CLUSTER_POLICY):
        raise refusals.invalid(
            "The provided role doesn't have the Amazon EKS Managed Policies associated with it. "
            f"Please ensure the following policy is attached: {_CLUSTER_POLICY}"
        )


def check_endpoint(world: World, config: dict[str, Any]) -> None:
    """The endpoint settings as they will stand."""
    if not config["endpointPublicAccess"] and not config["endpointPrivateAccess"]:
        raise refusals.invalid("Private and public endpoint access cannot be false")
    cidrs = config["publicAccessCidrs"]
    limits.refuse_over(world, limits.CIDRS, len(cidrs))
    wrong = [cidr for cidr in cidrs if not _public_cidr(cidr)]
    if wrong:
        raise refusals.invalid(f"The following CIDRs are invalid in publicAccessCidrs: {wrong}")


def check_groups(world: World, region: str, vpc_id: str, groups: Sequence[str]) -> None:
    limits.refuse_over(world, limits.GROUPS, len(groups))
    subnets.check_security_groups(world, region, vpc_id, groups)


def check_encryption(world: World, region: str, config: Sequence[dict[str, Any]]) -> None:
    for item in config:
        arn = item.get("provider", {}).get("keyArn", "")
        if item.get("resources") != ["secrets"] or not arn:
            raise refusals.invalid(
                "encryptionConfig must name a key and the one resource that can be encrypted: secrets"
            )
        state = key_state(world, region, arn)
        if state is None:
            raise refusals.invalid(f"The KMS key {arn} in encryptionConfig does not exist")
        if state != "Enabled":
            raise refusals.invalid(f"{arn} is {'pending deletion' if state == 'PendingDeletion' else state.lower()}.")


def key_state(world: World, region: str, arn: str) -> str | None:
    """KMS's state of the key with this ARN, None when there is none."""
    keys = moto_bridge.backend("kms", world.account, region).keys
    return next((str(key.key_state) for key in keys.values() if key.arn == arn), None)


def check_scheduler(config: dict[str, Any] | None) -> None:
    """The names and weights that DescribeClusterVersions allows."""
    strategy = (config or {}).get("nodeResourcesFit", {}).get("scoringStrategy", {})
    allowed = data.table("eks_versions")["scheduler"]
    for resource in strategy.get("resources", ()):
        if resource.get("name") not in allowed["resources"]:
            raise refusals.invalid(
                f"kubeSchedulerConfig: resource {resource.get('name')} is not one of {allowed['resources']}"
            )
        if not allowed["weight"]["min"] <= resource.get("weight", 1) <= allowed["weight"]["max"]:
            raise refusals.invalid(f"kubeSchedulerConfig: weight of {resource['name']} must be from 1 to 100")


def _check_network(call: Call, config: dict[str, Any]) -> str:
    found = subnets.check_control_plane_subnets(
        call.world, call.region, call.params["name"], config.get("subnetIds", [])
    )
    vpc_id = str(found[0].vpc_id)
    check_groups(call.world, call.region, vpc_id, config.get("securityGroupIds", []))
    check_endpoint(call.world, endpoint_of(config))
    return vpc_id


def endpoint_of(config: dict[str, Any]) -> dict[str, Any]:
    """The endpoint settings of a request with EKS's defaults filled in."""
    return {
        "endpointPublicAccess": config.get("endpointPublicAccess", True),
        "endpointPrivateAccess": config.get("endpointPrivateAccess", False),
        "publicAccessCidrs": config.get("publicAccessCidrs") or ["0.0.0.0/0"],
    }


def _public_cidr(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return False
    return not any(network.version == 4 and network.subnet_of(private) for private in _PRIVATE)
