"""Pod identity associations: which role the pods of a service account get.

The association only names a role that exists and lets `pods.eks.amazonaws.com` in; the agent that hands out the
credentials is an add-on.
"""

from typing import Any

from eksgpu.sandbox.eks import iam, refusals
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.eks.state import Association, Cluster, Eks, association_of, cluster_of, eks_of
from eksgpu.sandbox.eks.tagging import check_tags
from eksgpu.sandbox.overlay import Call
from eksgpu.sandbox.world import World

_LISTED = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")
_CHANGEABLE = ("roleArn", "disableSessionTags", "targetRoleArn", "policy")


@eks("CreatePodIdentityAssociation")
def create_pod_identity_association(call: Call) -> dict[str, Any]:
    state, cluster, params = eks_of(call), cluster_of(call), call.params
    if cluster.status in ("CREATING", "DELETING"):
        raise refusals.not_active(cluster.name)
    existing = find(cluster, params["namespace"], params["serviceAccount"])
    if existing is not None:
        token = params.get("clientRequestToken")
        if token and existing.token == token:
            return {"association": dict(existing.fields)}
        raise refusals.in_use(
            f"Association already exists: {existing.fields['associationId']}", clusterName=cluster.name
        )
    tags = check_tags(params.get("tags"))
    check_role(call.world, params["roleArn"])
    optional = {key: params[key] for key in _CHANGEABLE if key in params}
    made = make(state, cluster, params["namespace"], params["serviceAccount"], {**optional, "tags": tags})
    made.token = params.get("clientRequestToken")
    return {"association": dict(made.fields)}


@eks("DescribePodIdentityAssociation")
def describe_pod_identity_association(call: Call) -> dict[str, Any]:
    return {"association": dict(association_of(call)[1].fields)}


@eks("ListPodIdentityAssociations")
def list_pod_identity_associations(call: Call) -> dict[str, Any]:
    rows = [
        {key: association.fields[key] for key in _LISTED if key in association.fields}
        for association in cluster_of(call).associations.values()
    ]
    wanted = {key: call.params[key] for key in ("namespace", "serviceAccount") if call.params.get(key)}
    return page(call, [row for row in rows if all(row[key] == wanted[key] for key in wanted)], "associations")


@eks("UpdatePodIdentityAssociation")
def update_pod_identity_association(call: Call) -> dict[str, Any]:
    _, association = association_of(call)
    if call.params.get("roleArn"):
        check_role(call.world, call.params["roleArn"])
    association.fields.update({key: call.params[key] for key in _CHANGEABLE if key in call.params})
    association.fields["modifiedAt"] = call.world.clock.now()
    return {"association": dict(association.fields)}


@eks("DeletePodIdentityAssociation")
def delete_pod_identity_association(call: Call) -> dict[str, Any]:
    cluster, association = association_of(call)
    del cluster.associations[association.fields["associationId"]]
    return {"association": dict(association.fields)}


def find(cluster: Cluster, namespace: str, account: str) -> Association | None:
    wanted = (namespace, account)
    found = (a for a in cluster.associations.values() if (a.fields["namespace"], a.fields["serviceAccount"]) == wanted)
    return next(found, None)


def check_role(world: World, arn: str) -> None:
    role = iam.visible_role(world, arn)
    if role is None:
        raise refusals.invalid("Role provided in the request does not exist.")
    if not iam.trusts(role, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"):
        raise refusals.invalid(
            "Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue."
        )


def make(state: Eks, cluster: Cluster, namespace: str, account: str, optional: dict[str, Any]) -> Association:
    now = state.world.clock.now()
    association_id = state.world.new_id("a-", 17)
    association = Association({
        "clusterName": cluster.name,
        "namespace": namespace,
        "serviceAccount": account,
        "associationArn": state.arn("podidentityassociation", cluster.name, association_id),
        "associationId": association_id,
        "createdAt": now,
        "modifiedAt": now,
        "disableSessionTags": False,
        "tags": {},
        **optional,
    })  # fmt: skip
    cluster.associations[association_id] = association
    return association
