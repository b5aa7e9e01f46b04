"""What holds when a spec says nothing, and what is derived from what it says."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from eksgpu.spec.load import load
from eksgpu.spec.models import ClusterSpec, NodeGroup, NodePool, Taint
from eksgpu.units import Bytes, Quantity
from tests.unit.spec.telling import spec

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_an_empty_spec_is_a_cluster() -> None:
    cluster = spec("{}").spec
    (group,) = cluster.node_groups
    assert (group.name, group.system, group.instance_types, group.min, group.desired, group.max) == (
        "system",
        True,
        ("m5.large",),
        2,
        2,
        2,
    )
    assert (str(cluster.network.cidr), cluster.network.zones, cluster.network.nat_gateways) == (
        "10.0.0.0/16",
        "all",
        "single",
    )
    assert (cluster.version, cluster.authentication_mode, cluster.support_type) == (None, "API", "extended")
    assert (cluster.secrets_encryption.kms_key, cluster.logging.retention_days) == ("create", 90)
    assert list(cluster.addons.by_name) == ["coredns", "kube-proxy", "vpc-cni", "eks-pod-identity-agent"]
    assert cluster.components.chosen == ()


def test_the_minimal_example() -> None:
    assert load(EXAMPLES / "minimal.yaml").spec == ClusterSpec()


def test_awss_spellings_are_read() -> None:
    cluster = spec(
        """
        supportType: STANDARD
        nodeGroups:
          - {name: a, system: true, instanceTypes: [m5.large], capacity: ON_DEMAND}
          - name: b
            instanceTypes: [g5.xlarge]
            capacity: SPOT
            taints: [{key: nvidia.com/gpu, value: "true", effect: NO_SCHEDULE}]
        """
    ).spec
    assert cluster.support_type == "standard"
    assert [group.capacity for group in cluster.node_groups] == ["on-demand", "spot"]
    assert cluster.node_groups[1].taints == (Taint(key="nvidia.com/gpu", value="true", effect="NoSchedule"),)


def test_counts_of_a_node_group_follow_desired() -> None:
    groups = spec(
        "nodeGroups: [{name: a, system: true, instanceTypes: [m5.large], desired: 3},"
        " {name: b, instanceTypes: [g5.xlarge], desired: 0}, {name: c, instanceTypes: [g5.xlarge], min: 0, max: 4}]"
    ).spec.node_groups
    assert [(group.min, group.desired, group.max) for group in groups] == [(3, 3, 3), (0, 0, 1), (0, 1, 4)]
    assert [group.arch for group in groups] == ["amd64"] * 3
    assert groups[0].disk.size == Bytes.gib(80)


def test_a_pool_shares_its_name_with_its_class() -> None:
    assert NodePool(name="gpu").node_class == "gpu"


@pytest.mark.parametrize(
    ("pool", "taint"),
    [
        ("gpu: {name: l4}", "nvidia.com/gpu"),
        ("instanceTypes: [g5.xlarge]", "nvidia.com/gpu"),
        ("instanceFamilies: [trn1]", "aws.amazon.com/neuron"),
        ("instanceCategories: [c]", None),
        ("gpu: {name: l4}, taints: []", None),
    ],
)
def test_accelerators_are_kept_for_pods_that_ask_for_them(pool: str, taint: str | None) -> None:
    (made,) = spec(f"nodePools: [{{name: p, {pool}}}]\ncomponents: {{karpenter: {{}}}}").spec.node_pools
    assert [item.key for item in made.taints] == ([taint] if taint else [])


@pytest.mark.parametrize(
    ("pool", "limits"),
    [
        ("gpu: {name: h100, count: 8}", {"nvidia.com/gpu": 16}),
        ("gpu: {name: a10g}", {"nvidia.com/gpu": 16}),
        ("instanceFamilies: [trn1]", {"aws.amazon.com/neuron": 32}),
        ("instanceCategories: [m]", {"cpu": 1000}),
        ("limits: {cpu: 64, memory: 256Gi}", {"cpu": 64, "memory": 256 * 2**30}),
        ("limits: unlimited", {}),
    ],
)
def test_every_pool_has_a_limit_unless_it_is_lifted(pool: str, limits: dict[str, int]) -> None:
    (made,) = spec(f"nodePools: [{{name: p, {pool}}}]\ncomponents: {{karpenter: {{}}}}").spec.node_pools
    assert {name: quantity.number for name, quantity in made.effective_limits.items()} == limits


def test_the_tree_is_frozen_and_can_be_built_in_python() -> None:
    group = NodeGroup(name="a", instance_types=("m5.large",))
    with pytest.raises(ValidationError, match="frozen"):
        group.desired = 3
    with pytest.raises(ValidationError, match=r"no instance type is named"):
        NodeGroup(name="a", instance_types=("m5.larg",))
    assert NodePool(name="p", limits={"cpu": Quantity(Decimal(8))}).effective_limits["cpu"].number == 8
