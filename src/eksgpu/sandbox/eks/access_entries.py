"""Access entries: which IAM principals may enter a cluster, and those that EKS makes itself.

EKS makes an entry for the cluster's creator and for the role of each node group. Policies have a file of their own.
"""

from typing import Any

from eksgpu.sandbox.eks import iam, limits, refusals
from eksgpu.sandbox.eks.access_policies import ADMIN, associate
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.eks.state import AccessEntry, Cluster, Eks, cluster_of, eks_of, entry_of
from eksgpu.sandbox.eks.tagging import check_tags
from eksgpu.sandbox.overlay import Call

_TYPES = ("STANDARD", "FARGATE_LINUX", "EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
_NODE_NAMES = {"FARGATE_LINUX": "system:node:{{SessionName}}", "HYBRID_LINUX": "system:node:{{SessionName}}"}


@eks("CreateAccessEntry")
def create_access_entry(call: Call) -> dict[str, Any]:
    state, cluster, params = eks_of(call), cluster_of(call), call.params
    check_api_mode(cluster)
    arn, kind = params["principalArn"], params.get("type") or "STANDARD"
    existing = cluster.entries.get(arn)
    if existing is not None:
        token = params.get("clientRequestToken")
        if token and existing.token == token:
            return {"accessEntry": dict(existing.fields)}
        raise refusals.in_use("The specified access entry resource is already in use on this cluster.")
    limits.refuse_over(call.world, limits.ENTRIES, len(cluster.entries) + 1)
    _check_principal(call, arn)
    _check_shape(kind, params)
    tags = check_tags(params.get("tags"))
    entry = _admit(state, cluster, arn, kind, params.get("kubernetesGroups", ()), params.get("username"), tags)
    entry.token = params.get("clientRequestToken")
    return {"accessEntry": dict(entry.fields)}


@eks("DescribeAccessEntry")
def describe_access_entry(call: Call) -> dict[str, Any]:
    return {"accessEntry": dict(entry_of(call)[1].fields)}


@eks("ListAccessEntries")
def list_access_entries(call: Call) -> dict[str, Any]:
    cluster = cluster_of(call)
    check_api_mode(cluster)
    policy = call.params.get("associatedPolicyArn")
    names = [arn for arn, entry in cluster.entries.items() if policy is None or policy in entry.policies]
    return page(call, sorted(names), "accessEntries")


@eks("UpdateAccessEntry")
def update_access_entry(call: Call) -> dict[str, Any]:
    _, entry = entry_of(call)
    params = call.params
    _check_shape(entry.fields["type"], params)
    if "kubernetesGroups" in params:
        entry.fields["kubernetesGroups"] = list(params["kubernetesGroups"])
    if params.get("username"):
        entry.fields["username"] = params["username"]
    entry.fields["modifiedAt"] = call.world.clock.now()
    return {"accessEntry": dict(entry.fields)}


@eks("DeleteAccessEntry")
def delete_access_entry(call: Call) -> dict[str, Any]:
    cluster, entry = entry_of(call)
    del cluster.entries[entry.fields["principalArn"]]
    return {}


def check_api_mode(cluster: Cluster) -> None:
    if cluster.fields["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise refusals.bad_request(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
            "operation.",
            clusterName=cluster.name,
        )
    if cluster.status in ("CREATING", "DELETING"):
        raise refusals.not_active(cluster.name)


def admit_creator(state: Eks, cluster: Cluster) -> None:
    """Make whoever created the cluster its administrator, where access entries are in use."""
    if cluster.fields["accessConfig"]["authenticationMode"] != "CONFIG_MAP":
        entry = _admit(state, cluster, iam.caller_principal(state.world), "STANDARD")
        associate(state.world, entry, ADMIN, {"type": "cluster", "namespaces": []})


def admit_node_roles(state: Eks, cluster: Cluster) -> None:
    """Make the EC2_LINUX entry of every node group's role that has none, where access entries are in use."""
    if cluster.fields["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        return
    for nodegroup in cluster.nodegroups.values():
        arn = nodegroup.fields["nodeRole"]
        if arn not in cluster.entries:
            kind = "EC2_WINDOWS" if nodegroup.fields["amiType"].startswith("WINDOWS") else "EC2_LINUX"
            _admit(state, cluster, arn, kind)


def _admit(
    state: Eks,
    cluster: Cluster,
    arn: str,
    kind: str,
    groups: Any = (),
    username: str | None = None,
    tags: dict[str, str] | None = None,
) -> AccessEntry:
    sort, _, path = arn.split(":", 5)[5].partition("/")
    name = path.rsplit("/", 1)[-1] or "root"
    now = state.world.clock.now()
    standard = kind == "STANDARD"
    entry = AccessEntry({
        "clusterName": cluster.name,
        "principalArn": arn,
        "kubernetesGroups": list(groups) if standard else ["system:nodes"],
        "accessEntryArn": state.arn(
            "access-entry", cluster.name, sort, state.world.account, name, state.world.new_uuid()
        ),
        "createdAt": now,
        "modifiedAt": now,
        "tags": tags or {},
        "username": username or (_user_name(arn, sort, name) if standard else _node_name(kind)),
        "type": kind,
    }, since=state.world.clock.monotonic())  # fmt: skip
    cluster.entries[arn] = entry
    return entry


def _check_principal(call: Call, arn: str) -> None:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith(("role/", "user/", "root")):
        raise refusals.invalid("The principalArn parameter format is not valid")
    if "/aws-service-role/" in arn:
        raise refusals.invalid(
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role"
        )
    if not iam.principal_visible(call.world, arn):
        raise refusals.invalid("The specified principalArn is invalid: invalid principal.")


def _check_shape(kind: str, params: dict[str, Any]) -> None:
    if kind not in _TYPES:
        raise refusals.invalid(f"The type {kind} is not one of {', '.join(_TYPES)}")
    if kind != "STANDARD" and (params.get("kubernetesGroups") or params.get("username")):
        raise refusals.invalid(f"An access entry of type {kind} takes neither kubernetesGroups nor username")
    reserved = [group for group in params.get("kubernetesGroups", ()) if group.startswith(("system:", "eks:", "aws:"))]
    if reserved:
        raise refusals.invalid(
            f"The kubernetes group name {reserved[0]} is invalid, it cannot start with system:, eks: or aws:"
        )


def _user_name(arn: str, sort: str, name: str) -> str:
    if sort != "role":
        return arn
    account = arn.split(":")[4]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"


def _node_name(kind: str) -> str:
    return _NODE_NAMES.get(kind, "system:node:{{EC2PrivateDNSName}}")
