"""`cluster: {existing: …}` in place of a whole cluster: what goes with it, and what does not."""

import pytest

from tests.unit.spec.telling import spec, told

THERE = "cluster: {existing: My_cluster-1}\n"


def test_it_brings_nothing_by_itself() -> None:
    body = spec(THERE).spec
    assert body.cluster is not None
    assert body.cluster.existing == "My_cluster-1"
    assert body.node_groups == ()
    assert spec(f"{THERE}nodePools: [{{name: gpu, gpu: {{name: t4, count: 1}}}}]").spec.node_pools


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('version: "1.35"', "version: a cluster that is there already has its own | remove version, or cluster"),
        (
            "network: {vpc: default}",
            "network: a cluster that is there already has its own | remove network, or cluster",
        ),
        ("deletionProtection: true", "deletionProtection: a cluster that is there already has its own"),
        ("components: {karpenter: {}}", "components.karpenter: what runs in a cluster that is there already is used"),
    ],
)
def test_what_describes_a_whole_cluster_is_refused(body: str, expected: str) -> None:
    (fault,) = told(THERE + body)
    assert fault.partition("spec.")[2].startswith(expected)


def test_names_are_those_of_eks_and_iam() -> None:
    (fault,) = told("cluster: {existing: 'no name'}")
    assert "EKS has no cluster of such a name | `aws eks list-clusters`" in fault
    (fault,) = told("cluster: {existing: a, nodeRole: 'arn:aws:iam::1:role/x'}")
    assert "write the role's name without its path or ARN" in fault


def test_a_vpc_of_somebody_elses_gets_no_endpoints() -> None:
    (fault,) = told("network: {vpc: default, vpcEndpoints: {s3: true}}")
    assert "endpoints would change the route tables and names of a VPC that is not ours" in fault
