"""vCPU quotas: what fits, what does not, and what it takes to make it fit."""

import pytest

from eksgpu.checks.vcpu_quota import vcpu_quota
from tests.support.rig import Rig

from .account import context_of, found, only

P5 = "  nodePools: [{name: gpu, gpu: {name: h100, count: 8}, capacity: [CAPACITY]}]\n  components: {karpenter: {}}\n"
GROUP = "  nodeGroups: [{name: system, system: true, instanceTypes: [m5.large], desired: 2, max: MAX}]\n"
SPOT_P5, ON_DEMAND_P = "L-C4BD4855", "L-417A185B"


def test_a_pool_without_room_for_one_node_is_an_error_that_names_quota_value_and_command() -> None:
    rig = Rig(fresh_quotas=True)
    finding = only(vcpu_quota, context_of(rig, P5.replace("CAPACITY", "spot")))
    assert finding.severity == "error"
    assert finding.where == "spec.nodePools[gpu]"
    for part in ("p5.48xlarge", "192 vCPUs", SPOT_P5, "All P5 Spot Instance Requests", "is 0"):
        assert part in finding.message
    assert finding.fix == (
        "ask for more: aws service-quotas request-service-quota-increase --service-code ec2 "
        f"--quota-code {SPOT_P5} --desired-value 384 --region us-west-2"
    )


@pytest.mark.parametrize(
    ("spot", "severity"), [(0, "error"), (191, "error"), (192, "warning"), (383, "warning"), (384, None)]
)
def test_two_nodes_of_the_default_limit_are_compared_with_the_quota(spot: int, severity: str | None) -> None:
    rig = Rig()
    rig.world.quotas.set(SPOT_P5, spot)
    expected = [(severity, "spec.nodePools[gpu]")] if severity else []
    assert found(vcpu_quota, context_of(rig, P5.replace("CAPACITY", "spot"))) == expected


def test_spot_and_on_demand_are_apart() -> None:
    rig = Rig()
    rig.world.quotas.set(SPOT_P5, 0)
    rig.world.quotas.set(ON_DEMAND_P, 384)
    finding = only(vcpu_quota, context_of(rig, P5.replace("CAPACITY", "spot, on-demand")))
    assert finding.severity == "warning"
    assert "no node comes on Spot" in finding.message
    assert SPOT_P5 in finding.fix
    assert found(vcpu_quota, context_of(rig, P5.replace("CAPACITY", "on-demand"))) == []


def test_a_pool_may_reach_its_limit_by_both_quotas_together() -> None:
    rig = Rig()
    rig.world.quotas.set(SPOT_P5, 192)
    rig.world.quotas.set(ON_DEMAND_P, 192)
    assert found(vcpu_quota, context_of(rig, P5.replace("CAPACITY", "spot, on-demand"))) == []


def test_own_limits_count_in_place_of_the_default() -> None:
    rig = Rig()
    rig.world.quotas.set(SPOT_P5, 192)
    limited = P5.replace("capacity: [CAPACITY]", "capacity: [spot], limits: {nvidia.com/gpu: 8}")
    unlimited = P5.replace("capacity: [CAPACITY]", "capacity: [spot], limits: unlimited")
    assert found(vcpu_quota, context_of(rig, limited)) == []
    assert found(vcpu_quota, context_of(rig, unlimited)) == []


def test_a_node_group_that_does_not_fit_is_an_error() -> None:
    rig = Rig()
    rig.world.quotas.set("L-1216C47A", 3)
    finding = only(vcpu_quota, context_of(rig, GROUP.replace("MAX", "2")))
    assert (finding.severity, finding.where) == ("error", "spec.nodeGroups[system]")
    assert "2 x m5.large" in finding.message
    assert "--desired-value 4 " in finding.fix


def test_a_node_group_that_cannot_grow_to_its_maximum_is_a_warning() -> None:
    rig = Rig()
    rig.world.quotas.set("L-1216C47A", 5)
    finding = only(vcpu_quota, context_of(rig, GROUP.replace("MAX", "10")))
    assert (finding.severity, finding.where) == ("warning", "spec.nodeGroups[system]")
    assert "--desired-value 20 " in finding.fix


def test_groups_share_a_quota_and_leave_pools_the_rest() -> None:
    rig = Rig()
    rig.world.quotas.set("L-1216C47A", 6)
    pool = "  nodePools: [{name: general, vcpus: {min: 4, max: 8}}]\n  components: {karpenter: {}}\n"
    finding = only(vcpu_quota, context_of(rig, GROUP.replace("MAX", "2") + pool))
    assert (finding.severity, finding.where) == ("error", "spec.nodePools[general]")
    assert "of which node groups take 4" in finding.message


def test_reserved_capacity_needs_no_quota() -> None:
    pool = P5.replace("capacity: [CAPACITY]", "capacity: [reserved], reservations: [{id: cr-0a1b2c3d4e5f67890}]")
    assert found(vcpu_quota, context_of(Rig(fresh_quotas=True), pool)) == []


def test_quotas_that_could_not_be_read_accuse_nobody() -> None:
    rig = Rig(fresh_quotas=True, denied={"servicequotas:ListServiceQuotas"})
    context = context_of(rig, P5.replace("CAPACITY", "spot"))
    assert found(vcpu_quota, context) == []
    assert any("EC2's quotas are not known" in note for note in context.facts.notes)
