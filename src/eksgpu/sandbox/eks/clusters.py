"""CreateCluster, DescribeCluster, ListClusters: a control plane from the request until it is ACTIVE.

What it makes in the VPC and in IAM on its way stands in `control_plane`; changes and deletion have files of their own.
"""

from typing import Any

from eksgpu.sandbox.ec2.backend import later
from eksgpu.sandbox.eks import access_entries, control_plane, data, iam, limits, refusals, subnets
from eksgpu.sandbox.eks.certificate import ClusterAuthority
from eksgpu.sandbox.eks.cluster_checks import check_new_cluster, endpoint_of, key_state
from eksgpu.sandbox.eks.endpoints import Endpoints
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.eks.state import Cluster, Eks, Fields, cluster_of, eks_of
from eksgpu.sandbox.eks.tagging import check_tags
from eksgpu.sandbox.overlay import Call
from eksgpu.sandbox.services.service_linked_roles import ensure_service_linked_role

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")

# Given in the request and answered as they were given; absent otherwise.
_AS_GIVEN = (
    "zonalShiftConfig", "remoteNetworkConfig", "computeConfig", "storageConfig", "outpostConfig",
    "kubeApiServerConfig", "kubeSchedulerConfig", "kubeControllerManagerConfig", "encryptionConfig",
)  # fmt: skip

# Not known until the control plane is up.
_ONLY_WHEN_UP = ("endpoint", "identity")


@eks("CreateCluster")
def create_cluster(call: Call) -> dict[str, Any]:
    state, params = eks_of(call), call.params
    existing = state.clusters.get(params["name"])
    if existing is not None:
        return {"cluster": _sent_again(existing, call)}
    limits.refuse_over(call.world, limits.CLUSTERS, len(state.clusters) + 1)
    vpc_id = check_new_cluster(call)
    cluster = Cluster(_new_fields(call, vpc_id), params)
    if params.get("bootstrapSelfManagedAddons", True):
        cluster.self_managed = {"vpc-cni", "kube-proxy", "coredns"}
    state.clusters[cluster.name] = cluster
    ensure_service_linked_role(call.world, "eks.amazonaws.com")
    control_plane.put_into_vpc(state, cluster)
    if params.get("accessConfig", {}).get("bootstrapClusterCreatorAdminPermissions", True):
        cluster.creator = iam.caller_principal(call.world)
        access_entries.admit_creator(state, cluster)
    later(
        call.world, call.region, call.world.durations.seconds("eks:cluster:create"),
        lambda: control_plane.come_up(state, cluster),
    )  # fmt: skip
    return {"cluster": described(state, cluster)}


@eks("DescribeCluster")
def describe_cluster(call: Call) -> dict[str, Any]:
    return {"cluster": described(eks_of(call), cluster_of(call))}


@eks("ListClusters")
def list_clusters(call: Call) -> dict[str, Any]:
    return page(call, sorted(eks_of(call).clusters), "clusters")


def described(state: Eks, cluster: Cluster) -> Fields:
    """The cluster as DescribeCluster answers it now."""
    fields, authority = dict(cluster.fields), {}
    if cluster.ever_active:
        fields["endpoint"] = state.world.state(Endpoints, "").of(state.region, cluster)
        authority = {"data": state.world.state(ClusterAuthority, "").data}
    else:
        for key in _ONLY_WHEN_UP:
            del fields[key]
    return {
        **fields,
        "status": cluster.status,
        "certificateAuthority": authority,
        "health": {"issues": _issues(state, cluster)},
    }


def logging_fields(enabled: set[str]) -> Fields:
    """`logging` as EKS answers it: one entry of what is on, one of what is off."""
    on = [kind for kind in LOG_TYPES if kind in enabled]
    off = [kind for kind in LOG_TYPES if kind not in enabled]
    groups = [{"types": on, "enabled": True}] if on else []
    return {"clusterLogging": groups + ([{"types": off, "enabled": False}] if off else [])}


def enabled_logs(logging: Fields, before: set[str] | None = None) -> set[str]:
    """The log types that are on after a request's `logging` has been laid over those on before."""
    enabled = set(before or ())
    for group in logging.get("clusterLogging", ()):
        types = set(group.get("types", ()))
        enabled = enabled | types if group.get("enabled") else enabled - types
    return enabled


def _sent_again(existing: Cluster, call: Call) -> Fields:
    """The same request with the same token gets the same cluster; any other finds the name taken."""
    token = call.params.get("clientRequestToken")
    if not token or existing.request != call.params or existing.status == "DELETING":
        raise refusals.cluster_exists(existing.name)
    return described(eks_of(call), existing)


def _new_fields(call: Call, vpc_id: str) -> Fields:
    state, params, world = eks_of(call), call.params, call.world
    version = params.get("version") or data.default_version()
    host = world.new_id("", 32).upper()
    access = params.get("accessConfig", {})
    fields: Fields = {
        "name": params["name"],
        "arn": state.arn("cluster", params["name"]),
        "createdAt": world.clock.now(),
        "version": version,
        "platformVersion": data.table("eks_versions")["versions"][version]["platform"],
        "roleArn": params["roleArn"],
        "endpoint": f"https://{host}.gr7.{call.region}.eks.amazonaws.com",
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{call.region}.amazonaws.com/id/{host}"}},
        "resourcesVpcConfig": _vpc_fields(params["resourcesVpcConfig"], vpc_id),
        "kubernetesNetworkConfig": _network_fields(call, vpc_id),
        "logging": logging_fields(enabled_logs(params.get("logging", {}))),
        "accessConfig": {"authenticationMode": access.get("authenticationMode", "CONFIG_MAP")},
        "upgradePolicy": {"supportType": params.get("upgradePolicy", {}).get("supportType", "EXTENDED")},
        "deletionProtection": params.get("deletionProtection", False),
        "controlPlaneScalingConfig": {"tier": params.get("controlPlaneScalingConfig", {}).get("tier", "standard")},
        "tags": check_tags(params.get("tags")),
    }
    if params.get("clientRequestToken"):
        fields["clientRequestToken"] = params["clientRequestToken"]
    return fields | {key: params[key] for key in _AS_GIVEN if key in params}


def _vpc_fields(config: Fields, vpc_id: str) -> Fields:
    fields = {
        "subnetIds": list(config["subnetIds"]),
        "securityGroupIds": list(config.get("securityGroupIds", ())),
        "vpcId": vpc_id,
        **endpoint_of(config),
    }
    mode = config.get("controlPlaneEgressMode")
    return {**fields, "controlPlaneEgressMode": mode} if mode else fields


def _network_fields(call: Call, vpc_id: str) -> Fields:
    config = call.params.get("kubernetesNetworkConfig", {})
    family = config.get("ipFamily", "ipv4")
    balancing = config.get("elasticLoadBalancing") or {"enabled": False}
    fields: Fields = {"ipFamily": family, "elasticLoadBalancing": balancing}
    if family == "ipv6":
        return {**fields, "serviceIpv6Cidr": f"fd{call.world.new_id('', 2)}:{call.world.new_id('', 4)}::/108"}
    chosen = config.get("serviceIpv4Cidr") or subnets.service_cidr(call.world, call.region, vpc_id)
    return {**fields, "serviceIpv4Cidr": chosen}


_KEY_ISSUES = {"PendingDeletion": "KmsKeyMarkedForDeletion", "Disabled": "KmsKeyDisabled", None: "KmsKeyNotFound"}


def _issues(state: Eks, cluster: Cluster) -> list[Fields]:
    issues = list(cluster.issues)
    for config in cluster.fields.get("encryptionConfig", ()):
        arn = config["provider"]["keyArn"]
        code = _KEY_ISSUES.get(key_state(state.world, state.region, arn))
        if code is not None:
            issues.append({"code": code, "message": f"The key {arn} cannot be used.", "resourceIds": [arn]})
    return issues
