"""Who may do what: the roles of the control plane and of node groups, and the people's access entries. Row 000-07."""

import re
from collections.abc import Iterator, Mapping

from eksgpu.aws.access_entry import AccessEntry
from eksgpu.aws.iam_policy import IamPolicy
from eksgpu.aws.iam_role import IamRole
from eksgpu.aws.service_linked_role import ServiceLinkedRole
from eksgpu.components.policy import NODE_POLICIES, document, trust
from eksgpu.components.site import CLUSTER, Site
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.engine.resource import Resource
from eksgpu.facts.model import Facts
from eksgpu.spec.models import AccessEntry as Entry
from eksgpu.spec.models import GpuCluster

CLUSTER_ROLE = Ref("iam_role/cluster", "arn")
NODE_ROLE = Ref("iam_role/node", "arn")
# The spec's words for EKS's access policies. Source: EKS user guide, access-policy-permissions.
ACCESS_POLICIES = {
    "clusterAdmin": "AmazonEKSClusterAdminPolicy",
    "admin": "AmazonEKSAdminPolicy",
    "adminView": "AmazonEKSAdminViewPolicy",
    "edit": "AmazonEKSEditPolicy",
    "view": "AmazonEKSViewPolicy",
}


def roles(site: Site, spec: GpuCluster, key: Ref | str | None) -> Iterator[Resource]:
    """The control plane's role, with its right to the key, and the node groups' role.

    key: what encrypts secrets, None without encryption.
    """
    policies: tuple[str | Ref, ...] = (site.managed_policy("AmazonEKSClusterPolicy"),)
    if key is not None:
        yield IamPolicy(
            "cluster-encryption",
            document=document("clusterEncryption", {"KeyArn": key}),
            description="Secrets encryption of the cluster",
            tags=site.tags,
        )
        policies = (*policies, Ref("iam_policy/cluster-encryption", "arn"))
    yield IamRole(
        "cluster",
        trust=trust("eks.amazonaws.com"),
        managed_policies=policies,
        description="EKS control plane",
        tags=site.tags,
    )
    yield from node_roles(site, spec)


def node_roles(site: Site, spec: GpuCluster) -> Iterator[Resource]:
    """What node groups and Spot need."""
    if spec.spec.node_groups:
        yield IamRole(
            "node",
            trust=trust("ec2.amazonaws.com"),
            managed_policies=tuple(site.managed_policy(name) for name in NODE_POLICIES),
            description="Nodes of managed node groups",
            tags=site.tags,
        )
    if wants_spot(spec):
        yield ServiceLinkedRole("spot")


def wants_spot(spec: GpuCluster) -> bool:
    """Whether anything may ask EC2 for Spot capacity."""
    groups = any(group.capacity == "spot" for group in spec.spec.node_groups)
    return groups or any("spot" in pool.capacity for pool in spec.spec.node_pools)


def access(site: Site, spec: GpuCluster, facts: Facts) -> Iterator[Resource]:
    """One entry for every principal of the spec, and one for whoever made the cluster."""
    given = [(_role(entry.principal, facts.principals), entry) for entry in spec.spec.access]
    for principal, entry in given:
        yield _entry(site, _name(principal), principal, entry)
    caller = _role(site.caller, facts.principals)
    if caller and caller not in {principal for principal, _ in given}:
        yield AccessEntry(
            "caller",
            cluster=CLUSTER,
            # Who made the cluster stays; another operator's run does not take it away.
            principal=Chosen(caller, quiet=True),
            policies=((ACCESS_POLICIES["clusterAdmin"], ()),),
            tags=site.tags,
        )


def _entry(site: Site, name: str, principal: str, entry: Entry) -> AccessEntry:
    policies = ((ACCESS_POLICIES[entry.policy], tuple(entry.namespaces)),) if entry.policy else ()
    return AccessEntry(
        name, cluster=CLUSTER, principal=principal, groups=entry.groups, policies=policies, tags=site.tags
    )


def _role(principal: str, known: Mapping[str, str]) -> str:
    """The role behind an assumed role's ARN (SSO too), whose path only IAM knows; other ARNs as they are."""
    if principal.endswith(":root"):
        return ""
    found = re.fullmatch(r"arn:(aws[\w-]*):sts::(\d{12}):assumed-role/([^/]+)/.+", principal)
    if found is None:
        return principal
    partition, account, name = found.groups()
    return known.get(principal, f"arn:{partition}:iam::{account}:role/{name}")


def _name(principal: str) -> str:
    kind, _, path = principal.split(":", 5)[5].partition("/")
    return re.sub(r"[^A-Za-z0-9-]+", "-", f"{kind}-{path}").strip("-").lower()
