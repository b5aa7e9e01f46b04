"""Access policies: what an access entry may do inside the cluster, and where.

Only the association is kept; what a policy grants is the business of `clusters`.
"""

from typing import Any

from eksgpu.sandbox.eks import refusals
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.eks.state import AccessEntry, Fields, entry_of
from eksgpu.sandbox.kubernetes.rule_tables import rule_table
from eksgpu.sandbox.overlay import Call
from eksgpu.sandbox.world import World

PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
ADMIN = PREFIX + "AmazonEKSClusterAdminPolicy"


@eks("AssociateAccessPolicy")
def associate_access_policy(call: Call) -> dict[str, Any]:
    cluster, entry = entry_of(call)
    policy, scope = call.params["policyArn"], call.params["accessScope"]
    if entry.fields["type"] != "STANDARD":
        raise refusals.bad_request(
            f"Access policies cannot be associated with an access entry of type {entry.fields['type']}",
            clusterName=cluster.name,
        )
    if policy.removeprefix(PREFIX) not in _names() or not policy.startswith(PREFIX):
        raise refusals.invalid(f"The specified policyArn is invalid: {policy}")
    if bool(scope.get("namespaces")) != (scope.get("type") == "namespace"):
        raise refusals.invalid("accessScope needs namespaces when its type is namespace, and none when it is cluster")
    return {
        "clusterName": cluster.name,
        "principalArn": entry.fields["principalArn"],
        "associatedAccessPolicy": associate(call.world, entry, policy, scope),
    }


@eks("DisassociateAccessPolicy")
def disassociate_access_policy(call: Call) -> dict[str, Any]:
    _, entry = entry_of(call)
    if entry.policies.pop(call.params["policyArn"], None) is None:
        raise refusals.not_found(f"The specified policyArn is not associated: {call.params['policyArn']}")
    return {}


@eks("ListAssociatedAccessPolicies")
def list_associated_access_policies(call: Call) -> dict[str, Any]:
    cluster, entry = entry_of(call)
    return page(
        call, list(entry.policies.values()), "associatedAccessPolicies",
        clusterName=cluster.name, principalArn=entry.fields["principalArn"],
    )  # fmt: skip


@eks("ListAccessPolicies")
def list_access_policies(call: Call) -> dict[str, Any]:
    return page(call, [{"name": name, "arn": PREFIX + name} for name in _names()], "accessPolicies")


def associate(world: World, entry: AccessEntry, policy: str, scope: Fields) -> Fields:
    """Give the entry a policy; one that it has already gets the new scope."""
    now = world.clock.now()
    entry.policies_since[policy] = world.clock.monotonic()
    since = entry.policies.get(policy, {}).get("associatedAt", now)
    scope = {"type": scope["type"], "namespaces": list(scope.get("namespaces", ()))}
    entry.policies[policy] = {"policyArn": policy, "accessScope": scope, "associatedAt": since, "modifiedAt": now}
    return entry.policies[policy]


def _names() -> list[str]:
    return sorted(rule_table("access_policies.yaml"))
