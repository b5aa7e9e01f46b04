"""CreateNodegroup, DescribeNodegroup, ListNodegroups, DeleteNodegroup: a group from the request until it is gone.

What EKS makes for a group beside its instances stands in `group_parts`; changes have files of their own.
"""

from typing import Any

from eksgpu.sandbox.ec2.backend import later
from eksgpu.sandbox.eks import access_entries, group_parts, limits, nodegroup_checks, nodes, refusals, updates
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.eks.launch_templates import Template, check_template, find_template
from eksgpu.sandbox.eks.state import Cluster, Eks, Fields, Nodegroup, cluster_of, eks_of, nodegroup_of
from eksgpu.sandbox.eks.tagging import check_tags
from eksgpu.sandbox.overlay import Call
from eksgpu.sandbox.services.service_linked_roles import ensure_service_linked_role

_DEFAULT_TYPE = "t3.medium"
_DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
_DEFAULT_DISK_GIB = 20
_AS_GIVEN = ("taints", "remoteAccess", "nodeRepairConfig", "warmPoolConfig")


@eks("CreateNodegroup")
def create_nodegroup(call: Call) -> dict[str, Any]:
    state, cluster, params = eks_of(call), cluster_of(call), call.params
    existing = cluster.nodegroups.get(params["nodegroupName"])
    if existing is not None:
        if existing.token and existing.token == params.get("clientRequestToken"):
            return {"nodegroup": described(existing)}
        raise refusals.nodegroup_exists(cluster.name, existing.name)
    if cluster.status != "ACTIVE":
        raise refusals.not_active(cluster.name)
    limits.refuse_over(call.world, limits.NODEGROUPS, len(cluster.nodegroups) + 1)
    template = find_template(call, params["launchTemplate"]) if params.get("launchTemplate") else None
    nodegroup = Nodegroup(_new_fields(call, cluster, template), params.get("clientRequestToken"))
    cluster.nodegroups[nodegroup.name] = nodegroup
    ensure_service_linked_role(call.world, "eks-nodegroup.amazonaws.com")
    group_parts.make(state, cluster, nodegroup, template)
    access_entries.admit_node_roles(state, cluster)
    _begin(call, cluster, nodegroup)
    return {"nodegroup": described(nodegroup)}


@eks("DescribeNodegroup")
def describe_nodegroup(call: Call) -> dict[str, Any]:
    return {"nodegroup": described(nodegroup_of(call)[1])}


@eks("ListNodegroups")
def list_nodegroups(call: Call) -> dict[str, Any]:
    return page(call, sorted(cluster_of(call).nodegroups), "nodegroups")


@eks("DeleteNodegroup")
def delete_nodegroup(call: Call) -> dict[str, Any]:
    state = eks_of(call)
    cluster, nodegroup = nodegroup_of(call)
    if nodegroup.status != "DELETING":
        nodegroup.status = "DELETING"
        updates.abandon(cluster, nodegroup=nodegroup.name)
        seconds = call.world.durations.seconds("eks:nodegroup:delete")
        later(call.world, call.region, seconds, lambda: _gone(state, cluster, nodegroup))
    return {"nodegroup": described(nodegroup)}


def described(nodegroup: Nodegroup) -> Fields:
    """The group as DescribeNodegroup answers it now."""
    return {**nodegroup.fields, "status": nodegroup.status, "health": {"issues": list(nodegroup.issues)}}


def nodes_may_join(cluster: Cluster) -> None:
    """The cluster has got a pod network: groups that only waited for it are ACTIVE."""
    for nodegroup in cluster.nodegroups.values():
        if nodegroup.status == "CREATING" and nodegroup.in_service:
            nodegroup.status = "ACTIVE"


def _begin(call: Call, cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Launch the first instances and let time decide what becomes of them."""
    desired = nodegroup.fields["scalingConfig"]["desiredSize"]
    kind = "create-empty" if not desired else "create-gpu" if nodes.has_gpu(nodegroup) else "create"
    seconds = call.world.durations.seconds(f"eks:nodegroup:{kind}")
    nodes.launch(call, cluster, nodegroup, desired, seconds)
    if nodegroup.issues:
        failure = call.world.durations.seconds("eks:nodegroup:launch-failure")
        later(call.world, call.region, failure, lambda: _fail(nodegroup))
        return
    later(call.world, call.region, seconds, lambda: _in_service(call, cluster, nodegroup))
    timeout = call.world.durations.seconds("eks:nodegroup:join-timeout")
    if desired:
        later(call.world, call.region, max(seconds, timeout), lambda: _give_up(nodegroup))


def _in_service(call: Call, cluster: Cluster, nodegroup: Nodegroup) -> None:
    if limits.doomed(call.world, "nodegroup", nodegroup.name):
        nodegroup.issues.append({"code": "InternalFailure", "message": "The creation failed.", "resourceIds": []})
        _fail(nodegroup)
    nodegroup.in_service = True
    if nodes.has_network(cluster) or not nodegroup.machines:
        nodes_may_join(cluster)


def _give_up(nodegroup: Nodegroup) -> None:
    if nodegroup.status == "CREATING":
        nodegroup.issues.append({
            "code": "NodeCreationFailure",
            "message": "Instances failed to join the kubernetes cluster",
            "resourceIds": [machine.instance_id for machine in nodegroup.machines],
        })  # fmt: skip
        _fail(nodegroup)


def _fail(nodegroup: Nodegroup) -> None:
    if nodegroup.status == "CREATING":
        nodegroup.status = "CREATE_FAILED"


def _gone(state: Eks, cluster: Cluster, nodegroup: Nodegroup) -> None:
    nodes.end(state.world, state.region, nodegroup, nodegroup.machines)
    group_parts.remove(state, nodegroup)
    del cluster.nodegroups[nodegroup.name]


def _new_fields(call: Call, cluster: Cluster, template: Template | None) -> Fields:
    params, now = call.params, call.world.clock.now()
    nodegroup_checks.check_name(params["nodegroupName"])
    tags = check_tags(params.get("tags"))
    nodegroup_checks.check_node_role(call.world, params["nodeRole"])
    nodegroup_checks.check_subnets(call, cluster, params["subnets"])
    scaling = {**_DEFAULT_SCALING, **params.get("scalingConfig", {})}
    nodegroup_checks.check_scaling(call.world, scaling)
    labels = dict(params.get("labels", {}))
    nodegroup_checks.check_labels(labels)
    nodegroup_checks.check_taints(params.get("taints", ()))
    fields: Fields = {
        "nodegroupName": params["nodegroupName"],
        "nodegroupArn": eks_of(call).arn("nodegroup", cluster.name, params["nodegroupName"], call.world.new_uuid()),
        "clusterName": cluster.name,
        "createdAt": now,
        "modifiedAt": now,
        "capacityType": params.get("capacityType", "ON_DEMAND"),
        "scalingConfig": scaling,
        "subnets": list(params["subnets"]),
        "nodeRole": params["nodeRole"],
        "labels": labels,
        "updateConfig": nodegroup_checks.update_config(params.get("updateConfig", {})),
        "tags": tags,
        **_what_runs(call, cluster, template),
    }
    return fields | {key: params[key] for key in _AS_GIVEN if params.get(key)}


def _what_runs(call: Call, cluster: Cluster, template: Template | None) -> Fields:
    """Instance types, image, versions and disk, from the request or from its launch template."""
    params = call.params
    given: Fields = {}
    types = list(params.get("instanceTypes") or ())
    if template is None:
        given["diskSize"] = params.get("diskSize") or _DEFAULT_DISK_GIB
    else:
        check_template(template, params)
        given["launchTemplate"] = template.fields
    from_template = template.data.get("InstanceType") if template else None
    if from_template is None:
        given["instanceTypes"] = types = types or [_DEFAULT_TYPE]
    image = template.data.get("ImageId") if template else None
    ami_type = (
        "CUSTOM" if image else params.get("amiType") or nodegroup_checks.default_ami_type(from_template or types[0])
    )
    if ami_type == "CUSTOM" and not image:
        raise refusals.invalid("amiType CUSTOM needs a launch template with an image")
    nodegroup_checks.check_types([from_template] if from_template else types, ami_type)
    version = params.get("version") or cluster.version
    release = str(image) if image else nodegroup_checks.check_version(
        call, cluster, ami_type, version, params.get("releaseVersion")
    )  # fmt: skip
    return {**given, "amiType": ami_type, "version": version, "releaseVersion": release}
