"""The bill: every line, with the price it rests on."""

from dataclasses import replace
from pathlib import Path

import pytest

from eksgpu.blueprint.bill import bill
from eksgpu.blueprint.cost import Cost, CostItem
from eksgpu.facts.model import ClusterVersion, Facts, Zone
from eksgpu.spec.load import load, loads

EXAMPLE = Path(__file__).parents[3] / "examples/h100-spot.yaml"
HEAD = "apiVersion: eksgpu.dev/v1alpha1\nkind: GpuCluster\nmetadata: {name: demo, region: us-west-2}\nspec:\n"
FACTS = Facts(
    region="us-west-2",
    partition="aws",
    zones=tuple(Zone(f"us-west-2{letter}", f"usw2-az{number}") for number, letter in enumerate("abcd")),
    cluster_versions=(
        ClusterVersion("1.35", "standard", True, None, None),
        ClusterVersion("1.33", "extended", False, None, None),
    ),
    version="1.35",
    prices={"m5.large": 0.1, "p5.48xlarge": 50.0},
)


def billed(body: str, facts: Facts = FACTS) -> Cost:
    return bill(loads(HEAD + body), facts)


def line(cost: Cost, what: str) -> CostItem:
    return next(item for item in cost.items if item.what == what)


def test_the_h100_example_line_by_line() -> None:
    cost = bill(load(EXAMPLE), FACTS)
    always = {item.what: (item.count, round(item.usd_per_hour, 4)) for item in cost.items if item.always}
    assert always == {
        "control plane": (1, 0.1),
        "NAT gateway": (1, 0.045),
        "Public IPv4 address": (1, 0.005),
        "KMS customer managed key": (1, 0.0014),
        "control-plane log group": (1, 0.0),
        "node group system": (2, 0.2),
        "volumes of system": (2, 0.0175),
    }
    assert cost.usd_per_hour == pytest.approx(0.3689, abs=0.0001)
    assert cost.usd_per_month == pytest.approx(0.3689 * 730, abs=0.1)


def test_a_pools_ceiling_is_its_limit_at_the_on_demand_price() -> None:
    pool = line(bill(load(EXAMPLE), FACTS), "pool p5-gpu-h100")
    assert (pool.count, pool.usd_per_hour, pool.always) == (2, 100.0, False)
    assert pool.detail == "p5.48xlarge; on-demand price as ceiling"


def test_a_pool_of_replicas_always_runs() -> None:
    body = "  components: {karpenter: {}}\n  nodePools: [{name: a, instanceTypes: [p5.48xlarge], replicas: 3}]\n"
    pool = line(billed(body), "pool a")
    assert (pool.count, pool.usd_per_hour, pool.always) == (3, 150.0, True)


def test_prices_say_where_they_come_from() -> None:
    cost = bill(load(EXAMPLE), replace(FACTS, prices={"m5.large": 0.1}))
    assert line(cost, "node group system").rests_on == "AWS price list, us-west-2"
    assert line(cost, "pool p5-gpu-h100").rests_on.startswith("catalogue, us-east-1")
    assert line(cost, "NAT gateway").rests_on.startswith("catalogue, us-east-1, 20")


def test_extended_support_costs_six_times_as_much() -> None:
    control_plane = line(billed("  {}\n", replace(FACTS, version="1.33")), "control plane")
    assert control_plane.usd_per_hour == pytest.approx(0.6)
    assert "extended support" in control_plane.detail


def test_a_larger_control_plane_says_what_is_missing() -> None:
    cost = billed("  controlPlane: {tier: tier-xl}\n")
    assert "without the surcharge of tier-xl" in line(cost, "control plane").detail


@pytest.mark.parametrize(("mode", "gateways"), [("single", 1), ("perZone", 3)])
def test_gateways_and_their_addresses(mode: str, gateways: int) -> None:
    cost = billed(f"  network: {{natGateways: {mode}, zones: 3}}\n")
    assert line(cost, "NAT gateway").count == gateways
    assert line(cost, "Public IPv4 address").usd_per_hour == pytest.approx(0.005 * gateways)


def test_no_gateways_cost_nothing() -> None:
    assert not [item for item in billed("  network: {natGateways: none}\n").items if "NAT" in item.what]


def test_interface_endpoints_cost_in_every_zone() -> None:
    endpoints = line(billed("  network: {zones: 2, vpcEndpoints: {ecr: true}}\n"), "Interface VPC endpoint in one zone")
    assert endpoints.count == 4
    assert endpoints.usd_per_hour == pytest.approx(0.04)


def test_a_key_of_your_own_and_no_logs_leave_their_lines_out() -> None:
    cost = billed("  secretsEncryption: {kmsKey: none}\n  logging: {types: []}\n")
    assert {item.what for item in cost.items} == {
        "control plane", "NAT gateway", "Public IPv4 address", "node group system", "volumes of system",
    }  # fmt: skip


def group(rest: str) -> Cost:
    return billed(f"  nodeGroups: [{{name: work, system: true, {rest}}}]\n")


def test_an_empty_group_costs_nothing() -> None:
    cost = billed(
        "  nodeGroups: [{name: system, system: true, instanceTypes: [m5.large]}, "
        "{name: work, instanceTypes: [m5.large], desired: 0}]\n"
    )
    assert "node group work" not in {item.what for item in cost.items}


def test_spot_counts_at_the_dearest_on_demand_price() -> None:
    work = line(group("instanceTypes: [m5.large, c5.4xlarge], capacity: spot"), "node group work")
    assert work.usd_per_hour == pytest.approx(0.68)
    assert "on-demand price, Spot costs less" in work.detail


def test_a_capacity_block_is_paid_elsewhere() -> None:
    work = line(group("instanceTypes: [p5.48xlarge], capacity: capacity-block"), "node group work")
    assert work.usd_per_hour == 0
    assert "paid when the capacity block is bought" in work.detail


def test_fast_volumes_cost_their_throughput_and_operations() -> None:
    disk = "disk: {size: 100Gi, throughput: 625, iops: 4000}"
    volumes = line(group(f"instanceTypes: [m5.large], desired: 2, {disk}"), "volumes of work")
    monthly = 2 * (100 * 0.08 + 500 * 0.04 + 1000 * 0.005)
    assert volumes.usd_per_hour == pytest.approx(monthly / 730)


def test_a_pool_without_limits_has_no_ceiling_and_says_so() -> None:
    body = "  nodePools: [{name: gpu, gpu: {name: h100}, limits: unlimited}]\n  components: {karpenter: {}}\n"
    pool = line(billed(body), "pool gpu")
    assert (pool.count, pool.usd_per_hour) == (0, 0.0)
    assert "no limits" in pool.detail


def test_of_several_types_the_dearest_makes_the_ceiling() -> None:
    body = (
        "  nodePools: [{name: gpu, instanceTypes: [g6.xlarge, g6.48xlarge], limits: {nvidia.com/gpu: 8}}]\n"
        "  components: {karpenter: {}}\n"
    )
    pool = line(billed(body), "pool gpu")
    assert (pool.count, "g6.48xlarge" in pool.detail) == (1, True)
    assert pool.usd_per_hour == pytest.approx(13.3504)
