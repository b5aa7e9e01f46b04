"""What DescribeCluster answers, in the vocabulary of the wanted cluster. Pure: it calls nothing."""

from typing import Any

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.resource import Live, State

from .eks import iso, issues
from .log_group import control_plane_group

KIND, MAIN = "eks_cluster", "main"
STATES = {
    "ACTIVE": State.READY, "CREATING": State.PENDING, "UPDATING": State.PENDING, "PENDING": State.PENDING,
    "DELETING": State.DELETING, "FAILED": State.FAILED,
}  # fmt: skip


def live_cluster(cluster: dict[str, Any], *, shared: bool = False) -> Live:
    """The cluster as the engine sees it.

    shared: it is not ours; else it has a name tag.
    """
    vpc, tags = cluster["resourcesVpcConfig"], cluster.get("tags", {})
    settings = _settings(cluster)
    keys = [item["provider"]["keyArn"] for item in cluster.get("encryptionConfig", [])]
    # A key is known to its own kind by id and to others by ARN.
    uses = {*vpc["subnetIds"], *vpc.get("securityGroupIds", []), vpc.get("vpcId", ""), cluster["roleArn"]}
    uses |= {*keys, *(key.rpartition("/")[2] for key in keys)}
    if settings["log_types"]:
        uses.add(_log_group(cluster))
    return Live(
        kind=KIND,
        name=MAIN if shared else tags[NAME_TAG],
        id=cluster["arn"],
        state=STATES.get(cluster["status"], State.PENDING),
        uses=frozenset() if shared else frozenset(filter(None, uses)),
        fields={
            "version": cluster.get("version"),
            "role": cluster["roleArn"],
            "subnets": tuple(sorted(vpc["subnetIds"])),
            "security_groups": tuple(sorted(vpc.get("securityGroupIds", []))),
            "endpoint_public": vpc.get("endpointPublicAccess"),
            "endpoint_private": vpc.get("endpointPrivateAccess"),
            "public_cidrs": tuple(sorted(vpc.get("publicAccessCidrs", []))),
            "encryption_key": keys[0] if keys else "",
            **settings,
            "tags": user_tags(tags),
        },
        outputs=_outputs(cluster, vpc),
        tags=tags,
        created=iso(cluster),
        reason=issues(cluster),
        shared=shared,
    )


def _log_group(cluster: dict[str, Any]) -> str:
    """ARN of the group it writes to: deleted before the cluster has stopped writing, the group comes back."""
    _, partition, _, region, account, _ = cluster["arn"].split(":", 5)
    return f"arn:{partition}:logs:{region}:{account}:log-group:{control_plane_group(cluster['name'])}"


def _settings(cluster: dict[str, Any]) -> dict[str, Any]:
    network = cluster.get("kubernetesNetworkConfig", {})
    logging = cluster.get("logging", {}).get("clusterLogging", [])
    strategy = cluster.get("kubeSchedulerConfig", {}).get("nodeResourcesFit", {}).get("scoringStrategy", {})
    weights = {item["name"]: item.get("weight", 1) for item in strategy.get("resources", [])}
    return {
        "log_types": tuple(sorted(name for item in logging if item.get("enabled") for name in item["types"])),
        "authentication_mode": cluster.get("accessConfig", {}).get("authenticationMode"),
        "service_cidr": network.get("serviceIpv4Cidr"),
        "ip_family": network.get("ipFamily", "ipv4"),
        "deletion_protection": cluster.get("deletionProtection", False),
        "tier": cluster.get("controlPlaneScalingConfig", {}).get("tier", "standard"),
        "scheduler": {"type": strategy["type"], "resources": weights} if strategy else None,
        "support_type": cluster.get("upgradePolicy", {}).get("supportType"),
    }


def _outputs(cluster: dict[str, Any], vpc: dict[str, Any]) -> dict[str, str]:
    return {
        "arn": cluster["arn"],
        "name": cluster["name"],
        "version": cluster.get("version", ""),
        "endpoint": cluster.get("endpoint", ""),
        "ca": cluster.get("certificateAuthority", {}).get("data", ""),
        "issuer": cluster.get("identity", {}).get("oidc", {}).get("issuer", ""),
        "cluster_security_group": vpc.get("clusterSecurityGroupId", ""),
        "vpc": vpc.get("vpcId", ""),
    }
